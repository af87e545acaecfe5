"""Engines: the expert follows its rule, what it decided is recorded, and a replay never guesses."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from framework.artifacts.base import Decided
from framework.artifacts.deciding import reason
from framework.engines.base import Ask
from framework.engines.decisions import Decisions, ReplayEngine
from framework.engines.expert import ExpertEngine
from framework.engines.llm.parsing import Flaw
from framework.engines.llm.terms import Trouble
from framework.errors import MissingOutside
from framework.messages import LANGUAGES


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
    ExpertEngine(Decisions(tmp_path)).decide(ask(5))

    assert ReplayEngine(tmp_path).decide(ask(5, rule_says=False)) == Advice(coat=True)


def test_a_question_that_was_not_recorded_is_refused(tmp_path: Path) -> None:
    ExpertEngine(Decisions(tmp_path)).decide(ask(5))

    with pytest.raises(MissingOutside, match=r"no decision planner\.coat") as caught:
        ReplayEngine(tmp_path).decide(ask(6))
    assert caught.value.code == 5


def test_a_recording_that_is_damaged_is_refused(tmp_path: Path) -> None:
    ExpertEngine(Decisions(tmp_path)).decide(ask(5))
    next(tmp_path.iterdir()).write_text('{"coat": "perhaps"}')

    with pytest.raises(MissingOutside, match="no valid answer"):
        ReplayEngine(tmp_path).decide(ask(5))


def test_what_a_model_decided_is_known_to_a_later_run(tmp_path: Path) -> None:
    Decisions(tmp_path).keep(ask(5), Advice(coat=False), "scripted")

    later = Decisions(tmp_path)
    assert later.recall(ask(5)) is None, "a run without a model decides for itself"
    assert later.recall(ask(5), "another model") is None
    assert later.recall(ask(6), "scripted") is None
    assert later.recall(ask(5), "scripted") == Advice(coat=False)
    assert later.decided == [Decided(kind="planner.coat", by="scripted")]


def test_what_a_rule_answered_in_its_place_is_asked_again_later(tmp_path: Path) -> None:
    now = Decisions(tmp_path)
    now.keep(ask(5), Advice(coat=True), why="deadline")

    assert now.recall(ask(5), "scripted") == Advice(coat=True)
    assert Decisions(tmp_path).recall(ask(5), "scripted") is None


@pytest.mark.parametrize("text", ["", "{", '{"coat": true}', '{"decided": 7, "decision": {}}'])
def test_a_damaged_decision_is_asked_again(text: str, tmp_path: Path) -> None:
    Decisions(tmp_path).keep(ask(5), Advice(coat=True), "scripted")
    next(tmp_path.iterdir()).write_text(text)

    assert Decisions(tmp_path).recall(ask(5), "scripted") is None


def test_an_answer_that_no_longer_stands_is_not_used(tmp_path: Path) -> None:
    Decisions(tmp_path).keep(ask(5), Advice(coat=False), "scripted")
    strict = replace(ask(5), faults=lambda weather, advice: [] if advice.coat else [f"{weather.degrees} degrees"])

    assert Decisions(tmp_path).recall(strict, "scripted") is None
    with pytest.raises(MissingOutside, match="5 degrees"):
        ReplayEngine(tmp_path).decide(strict)


def test_a_replay_says_whose_answer_it_is(tmp_path: Path) -> None:
    recorded = Decisions(tmp_path)
    recorded.keep(ask(1), Advice(coat=True), "scripted")
    recorded.keep(ask(2), Advice(coat=True), why="not_json: nothing")
    recorded.keep(ask(3), Advice(coat=True))
    replay = ReplayEngine(tmp_path)
    for degrees in (1, 2, 3):
        replay.decide(ask(degrees))

    assert [(one.by, one.why) for one in replay.decided] == [
        ("recording", "scripted"),
        ("recording", "rule: not_json: nothing"),
        ("rule", ""),
    ]


def test_an_answer_in_another_form_is_another_question() -> None:
    class Coats(BaseModel):
        coat: bool
        coats: int

    def rule(_: Weather) -> Coats:
        return Coats(coat=True, coats=1)

    assert Ask("planner.coat", Weather(degrees=5), Coats, rule).key != ask(5).key


def test_every_way_in_which_a_model_fails_has_its_words() -> None:
    for word in (*get_args(Trouble), *get_args(Flaw), "silent"):
        for lang in LANGUAGES:
            assert reason(word, lang) != word
            assert "why" in reason(f"{word}: why", lang)
    assert reason("something else: really", "en") == "something else: really"


def test_the_expert_engine_loads_no_client_of_a_language_model() -> None:
    clients = "[name for name in sys.modules if name.startswith(('openai', 'langchain'))]"
    code = f"import sys, framework.engines.table; print({clients})"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_within_one_process_a_question_is_decided_once(tmp_path: Path) -> None:
    engine = ExpertEngine(Decisions(tmp_path))

    assert engine.decide(ask(5)) == engine.decide(ask(5, rule_says=False))
