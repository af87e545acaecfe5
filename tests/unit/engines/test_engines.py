"""Engines: the expert follows its rule, what it decided is recorded, and a replay never guesses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from framework.engines.base import Ask
from framework.engines.decisions import Recording, ReplayEngine
from framework.engines.expert import ExpertEngine
from framework.errors import MissingOutside


class Weather(BaseModel):
    degrees: int


class Advice(BaseModel):
    coat: bool


def ask(degrees: int, rule_says: bool | None = None) -> Ask[Weather, Advice]:
    def rule(weather: Weather) -> Advice:
        return Advice(coat=weather.degrees < 10 if rule_says is None else rule_says)

    return Ask("planner.coat", Weather(degrees=degrees), Advice, rule)


def test_the_expert_follows_the_rule() -> None:
    assert ExpertEngine().decide(ask(5)) == Advice(coat=True)
    assert ExpertEngine().decide(ask(25)) == Advice(coat=False)


def test_a_recorded_decision_is_replayed_without_the_rule(tmp_path: Path) -> None:
    Recording(ExpertEngine(), tmp_path).decide(ask(5))

    assert ReplayEngine(tmp_path).decide(ask(5, rule_says=False)) == Advice(coat=True)


def test_a_question_that_was_not_recorded_is_refused(tmp_path: Path) -> None:
    Recording(ExpertEngine(), tmp_path).decide(ask(5))

    with pytest.raises(MissingOutside, match=r"no decision planner\.coat") as caught:
        ReplayEngine(tmp_path).decide(ask(6))
    assert caught.value.code == 5


def test_a_recording_that_is_damaged_is_refused(tmp_path: Path) -> None:
    Recording(ExpertEngine(), tmp_path).decide(ask(5))
    next(tmp_path.iterdir()).write_text('{"coat": "perhaps"}')

    with pytest.raises(MissingOutside, match="no valid answer"):
        ReplayEngine(tmp_path).decide(ask(5))


def test_the_expert_engine_loads_no_client_of_a_language_model() -> None:
    clients = "[name for name in sys.modules if name.startswith(('openai', 'langchain'))]"
    code = f"import sys, framework.engines.table; print({clients})"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_within_one_process_a_question_is_decided_once(tmp_path: Path) -> None:
    engine = Recording(ExpertEngine(), tmp_path)

    assert engine.decide(ask(5)) == engine.decide(ask(5, rule_says=False))
