"""A question about a coat, and an engine that puts it to a scripted endpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import Field

from framework.artifacts.base import Strict
from framework.engines.base import Ask, Fenced
from framework.engines.decisions import Decisions
from framework.engines.llm.engine import LlmEngine
from framework.engines.llm.prompting import Prompts
from framework.engines.llm.settings import LlmSettings
from framework.engines.llm.spending import Journal
from framework.engines.llm.wire import load_client
from tests.llm.server import Server

PROMPT = """\
Should one take a coat at {{ degrees }} degrees? What the user says:
{{ says }}
Example: {"coat": false, "why": "CANARY-planner.coat"}
"""


class Weather(Strict):
    degrees: int
    says: Fenced = "it is chilly"


class Advice(Strict):
    coat: bool
    why: str = Field(max_length=100)


BY_RULE = Advice(coat=True, why="the rule says so")
GOOD = {"coat": True, "why": "it is cold"}
SLACK = 10.0  # seconds that a busy machine may add; whatever hangs takes 30


def no_lovely_cold(weather: Weather, advice: Advice) -> list[str]:
    """What code can see of an answer."""
    return ["why: -40 degrees are not lovely."] if "lovely" in advice.why else []


def coat(degrees: int = 5, says: str = "it is chilly", kind: str = "planner.coat") -> Ask[Weather, Advice]:
    return Ask(kind, Weather(degrees=degrees, says=says), Advice, lambda _: BY_RULE, no_lovely_cold)


@dataclass
class Bench:
    """A project's folder, a cache, and prompts, all of the test's own."""

    folder: Path
    told: list[str] = field(default_factory=list)

    @property
    def journal(self) -> Journal:
        return Journal(self.folder / ".foundry" / "llm.jsonl")

    @property
    def prompts(self) -> Prompts:
        return Prompts(self.folder / "agents")

    def engine(self, server: Server, stopped: Callable[[], None] = lambda: None, **settings: object) -> LlmEngine:
        """A new engine, as a new process has it: it knows what is on disk."""
        told = {"base_url": server.url, "model": "m", "deadline_s": 30, "retries": 0, **settings}
        decisions = Decisions(self.folder / ".foundry" / "decisions")
        return LlmEngine(
            LlmSettings.model_validate(told), decisions, self.journal, self._announce, stopped, self.prompts
        )

    def _announce(self, key: str, /, **fields: object) -> None:
        self.told.append(" ".join([key, *(str(value) for value in fields.values())]))


@pytest.fixture(scope="session", autouse=True)
def _client() -> None:
    """Importing the client takes seconds, which no deadline of a test should pay for."""
    load_client()


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    prompt = tmp_path / "agents" / "planner" / "prompts" / "coat.md.j2"
    prompt.parent.mkdir(parents=True)
    prompt.write_text(PROMPT)
    return Bench(tmp_path)
