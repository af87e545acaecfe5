"""The llm engine against scripted endpoints over real HTTP: the model's answer, or the rule's, or a clear stop."""

from __future__ import annotations

import time

import pytest

from framework.engines.base import Ask
from framework.errors import Interrupted, LlmUnusable
from tests.llm.behaviours import BROKEN, WORDS, answering, in_turn, refusing, saying
from tests.llm.server import serving
from tests.unit.engines.llm.conftest import BY_RULE, GOOD, SLACK, Advice, Bench, Weather, coat


def test_the_model_decides_and_is_named(bench: Bench) -> None:
    with serving(answering({"planner.coat": GOOD})) as server:
        engine = bench.engine(server)
        assert engine.decide(coat()) == Advice(coat=True, why="it is cold")
    assert [(one.kind, one.by, one.why) for one in engine.decided] == [("planner.coat", "m", "")]
    [line] = bench.journal.lines()
    assert (line.kind, line.model, line.outcome) == ("planner.coat", "m", "stop")
    assert (line.prompt_tokens, line.completion_tokens, line.estimated, line.usd) == (100, 20, False, None)


def test_what_is_known_is_never_paid_again(bench: Bench) -> None:
    with serving(answering({"planner.coat": GOOD})) as server:
        bench.engine(server).decide(coat())
        again = bench.engine(server)
        assert again.decide(coat()).why == "it is cold"
        assert len(server.heard) == 1
        again.decide(coat(degrees=6))
        assert len(server.heard) == 2
    assert len(bench.journal.lines()) == 2


def test_a_question_without_a_prompt_is_the_rules(bench: Bench) -> None:
    with serving(answering({})) as server:
        engine = bench.engine(server)
        assert engine.decide(coat(kind="planner.hat")) == BY_RULE
        assert server.heard == []
    assert [(one.by, one.why) for one in engine.decided] == [("rule", "")]


@pytest.mark.parametrize("name", WORDS)
def test_words_that_are_no_answer_end_in_the_rule_after_one_repair(name: str, bench: Bench) -> None:
    behaviour, flaw = WORDS[name]
    with serving(behaviour) as server:
        engine = bench.engine(server)
        assert engine.decide(coat()) == BY_RULE
        asked = 1 if flaw == "refused" else 2
        assert [heard.is_repair for heard in server.heard] == [False, True][:asked]
    [decided] = engine.decided
    assert (decided.by, decided.why.partition(":")[0]) == ("rule", flaw)
    assert len(bench.journal.lines()) == asked


@pytest.mark.parametrize("name", WORDS)
def test_a_model_that_listens_is_heard_after_the_repair(name: str, bench: Bench) -> None:
    behaviour, flaw = WORDS[name]
    with serving(in_turn(behaviour, answering({"planner.coat": GOOD}))) as server:
        decision = bench.engine(server).decide(coat())
        assert decision.why == ("the rule says so" if flaw == "refused" else "it is cold")


def test_the_repair_tells_what_code_has_seen(bench: Bench) -> None:
    behaviour, _ = WORDS["nonsense that fits"]
    with serving(in_turn(behaviour, answering({"planner.coat": GOOD}))) as server:
        bench.engine(server).decide(coat())
        assert "- why: -40 degrees are not lovely." in server.heard[1].said()


@pytest.mark.parametrize(
    "text",
    [
        "```json\n{0}\n```",
        "Here it is:\n```\n{0}\n```\nGood luck!",
        "Sure! {0} Bye.",
        '<think>{{"coat": 1}} or not?</think>\n{0}',
        "\ufeff  {0}\n\n",
    ],
)
def test_wrapping_that_means_one_thing_only_is_taken_off(text: str, bench: Bench) -> None:
    with serving(saying(text.format('{"coat": true, "why": "it is cold"}'))) as server:
        assert bench.engine(server).decide(coat()).why == "it is cold"
        assert len(server.heard) == 1


@pytest.mark.parametrize("streams", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("name", BROKEN)
def test_an_endpoint_that_brings_no_reply_ends_in_the_rule_in_time(name: str, streams: bool, bench: Bench) -> None:
    behaviour, trouble = BROKEN[name]
    deadline = 0.6 if trouble == "deadline" else 20
    with serving(behaviour) as server:
        engine = bench.engine(server, stream=streams, max_reply_bytes=100_000, deadline_s=deadline)
        began = time.monotonic()
        assert engine.decide(coat()) == BY_RULE
        assert time.monotonic() - began < deadline + SLACK
    [decided] = engine.decided
    assert decided.by == "rule"
    if streams:
        assert decided.why == trouble
    assert bench.journal.lines()[-1].outcome == decided.why


def test_an_endpoint_that_stays_silent_is_left_alone(bench: Bench) -> None:
    with serving(refusing(503)) as server:
        engine = bench.engine(server)
        for degrees in range(5):
            assert engine.decide(coat(degrees)) == BY_RULE
        assert len(server.heard) == 2
    assert [one.why for one in engine.decided] == ["server", "server", "silent", "silent", "silent"]


def test_an_endpoint_that_answers_now_and_then_is_not_left_alone(bench: Bench) -> None:
    good, down = answering({"planner.coat": GOOD}), refusing(503)
    with serving(in_turn(down, good, down, good)) as server:
        engine = bench.engine(server)
        answers = [engine.decide(coat(degrees)) == BY_RULE for degrees in range(5)]
    assert answers == [True, False, True, False, False]


def test_what_a_rule_answered_in_its_place_is_asked_again_in_the_next_run(bench: Bench) -> None:
    with serving(in_turn(refusing(503), answering({"planner.coat": GOOD}))) as server:
        assert bench.engine(server).decide(coat()) == BY_RULE
        assert bench.engine(server).decide(coat()).why == "it is cold"


def test_whoever_stops_is_let_go_at_once(bench: Bench) -> None:
    silence, _ = BROKEN["silence"]

    def stopped() -> None:
        if server.heard:
            raise Interrupted("stopped as you asked.")

    with serving(silence) as server:
        began = time.monotonic()
        with pytest.raises(Interrupted):
            bench.engine(server, stopped, deadline_s=60).decide(coat())
        assert time.monotonic() - began < SLACK
    [line] = bench.journal.lines()
    assert line.outcome == "interrupted" and line.estimated


def test_a_line_for_the_live_view(bench: Bench) -> None:
    with serving(in_turn(answering({"planner.coat": GOOD}), refusing(503))) as server:
        engine = bench.engine(server)
        engine.decide(coat())
        engine.decide(coat(degrees=6))
    assert bench.told[0] == "llm.asking m planner.coat"
    assert bench.told[1].startswith("llm.answered m planner.coat 20 ")
    assert bench.told[-1] == "llm.rule planner.coat server"


def test_every_agent_may_have_a_model_of_its_own(bench: Bench) -> None:
    with serving(answering({"planner.coat": GOOD})) as server:
        bench.engine(server, models={"planner": "large"}).decide(coat())
        assert server.heard[0].body["model"] == "large"


def test_without_a_model_nothing_is_guessed(bench: Bench) -> None:
    with serving(answering({})) as server, pytest.raises(LlmUnusable, match="no model") as caught:
        bench.engine(server, model="").decide(coat())
    assert "FOUNDRY_MODEL" in caught.value.hint


def test_faults_can_be_left_out() -> None:
    assert Ask("planner.coat", Weather(degrees=1), Advice, lambda _: BY_RULE).faults(Weather(degrees=1), BY_RULE) == []
