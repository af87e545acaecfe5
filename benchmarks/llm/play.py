"""Who takes part: the expert, a scripted model behind a server of ours, or a model behind an endpoint."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.llm.cases import Case, Overheard
from benchmarks.llm.score import Row
from framework.engines.base import Engine
from framework.engines.decisions import Decisions
from framework.engines.expert import ExpertEngine
from framework.engines.llm.engine import LlmEngine
from framework.engines.llm.settings import LlmSettings, Price, load_settings
from framework.engines.llm.spending import Journal
from tests.llm.personas import PERSONAS, Stage
from tests.llm.server import serving

_MOST_ROUNDS = 12  # of one case: a dishonest model is asked again while it has lies left
_PRICE = Price(input=0.40, output=1.60)  # gpt-4.1-mini's, so that the cost of the scripted ones says something


@dataclass(frozen=True)
class Contender:
    """A model, or the expert. `meeting` opens its endpoint for the time of some cases; the expert has none."""

    name: str
    stage: Stage
    meeting: Callable[[], AbstractContextManager[LlmSettings | None]]

    def at(self, work: str, cases: Iterable[Case], folder: Path) -> Row:
        """All cases of one kind of work, done."""
        row = Row(self.name, work)
        with self.meeting() as settings:
            for case in cases:
                row.cases += 1
                self._play(case, row, settings, folder)
        return row

    def _play(self, case: Case, row: Row, settings: LlmSettings | None, folder: Path) -> None:
        self.stage.begin(case.script)
        for _ in range(_MOST_ROUNDS):
            room = Path(mkdtemp(dir=folder))
            journal = Journal(room / "llm.jsonl")
            engine = Overheard(_engine(settings, Decisions(room / "decisions"), journal), self.stage)
            began = time.monotonic()
            verdict = case.run(engine, room / "project")
            row.add(case.name, verdict, engine, journal.spent(), time.monotonic() - began)
            if not self.stage.has_lies_left:
                break


def expert() -> Contender:
    """The rules alone."""
    return Contender("expert", Stage(), nullcontext)


def scripted(name: str) -> Contender:
    """One of the scripted models, behind a server on this machine."""
    stage = Stage()
    return Contender(name, stage, partial(_played, name, stage))


def real(base_url: str, model: str) -> Contender:
    """A model behind an endpoint; everything else as the user's settings say."""
    chosen = os.environ | {"OPENAI_BASE_URL": base_url, "FOUNDRY_MODEL": model}
    return Contender(model, Stage(), lambda: nullcontext(load_settings(None, chosen)))


@contextmanager
def _played(name: str, stage: Stage) -> Iterator[LlmSettings]:
    with serving(PERSONAS[name](stage)) as server:
        yield LlmSettings(
            base_url=server.url, model=name, deadline_s=20, retries=0, prices={name: _PRICE}, writes_code=True
        )


def _engine(settings: LlmSettings | None, decisions: Decisions, journal: Journal) -> Engine:
    return ExpertEngine(decisions) if settings is None else LlmEngine(settings, decisions, journal)
