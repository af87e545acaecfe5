"""The budget over real HTTP: it stops before the call, and what was spent is known to the next process."""

from __future__ import annotations

import pytest

from framework.errors import BudgetSpent, UsageError
from tests.llm.behaviours import BROKEN, answering, saying
from tests.llm.server import Talk, serving
from tests.unit.engines.llm.conftest import BY_RULE, GOOD, Bench, coat

USAGES = [
    {"prompt_tokens": "many", "completion_tokens": 1, "total_tokens": 1},
    {"prompt_tokens": None, "completion_tokens": None, "total_tokens": None},
    {"prompt_tokens": -5, "completion_tokens": -5, "total_tokens": -10},
    {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    {"tokens": 7},
    [1, 2],
    "none",
]


@pytest.mark.parametrize("usage", USAGES, ids=str)
def test_odd_figures_of_usage_are_no_figures(usage: object, bench: Bench) -> None:
    def odd(talk: Talk) -> None:
        message = {"role": "assistant", "content": '{"coat": true, "why": "it is cold"}'}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        talk.body({"id": "a", "model": "m", "choices": choices, "usage": usage})

    with serving(odd) as server:
        decision = bench.engine(server, stream=False).decide(coat())
    [line] = bench.journal.lines()
    assert line.estimated and line.prompt_tokens > 0
    assert (decision == BY_RULE) == (line.outcome == "malformed")


def test_the_budget_in_tokens_stops_before_the_call(bench: Bench) -> None:
    with serving(answering({"planner.coat": GOOD})) as server:
        engine = bench.engine(server, budget_tokens=1500, max_reply_tokens=100)
        with pytest.raises(BudgetSpent, match="1500 tokens") as caught:
            for degrees in range(100):
                engine.decide(coat(degrees))
        heard = len(server.heard)
        with pytest.raises(BudgetSpent):
            bench.engine(server, budget_tokens=1500, max_reply_tokens=100).decide(coat(1000))
        assert len(server.heard) == heard, "what was spent is on disk, and a new process knows it"
    assert caught.value.code == 7
    assert 0 < bench.journal.spent().tokens <= 1500
    assert "--budget-tokens" in caught.value.hint


def test_the_budget_in_money_stops_before_the_call(bench: Bench) -> None:
    prices = {"m": {"input": 10, "output": 100}}
    with serving(answering({"planner.coat": GOOD})) as server:
        engine = bench.engine(server, budget_usd=0.05, max_reply_tokens=100, prices=prices)
        with pytest.raises(BudgetSpent, match=r"0\.05 USD"):
            for degrees in range(100):
                engine.decide(coat(degrees))
    spent = bench.journal.spent()
    assert 0 < spent.usd <= 0.05
    assert bench.journal.lines()[0].usd == pytest.approx((100 * 10 + 20 * 100) / 1_000_000)


def test_money_cannot_be_watched_where_the_price_is_unknown(bench: Bench) -> None:
    with serving(answering({"planner.coat": GOOD})) as server:
        with pytest.raises(UsageError, match="what m costs") as caught:
            bench.engine(server, budget_usd=1).decide(coat())
        assert server.heard == []
    assert "--budget-tokens" in caught.value.hint


def test_the_budget_in_minutes_counts_what_failed_too(bench: Bench) -> None:
    silence, _ = BROKEN["silence"]
    with serving(silence) as server:
        engine = bench.engine(server, deadline_s=0.3, budget_minutes=0.001)
        assert engine.decide(coat()) == BY_RULE
        with pytest.raises(BudgetSpent, match="minutes"):
            engine.decide(coat(degrees=6))


def test_a_call_that_came_to_nothing_is_paid_for_as_an_estimate(bench: Bench) -> None:
    endless, _ = BROKEN["an endless stream"]
    with serving(endless) as server:
        bench.engine(server, deadline_s=2).decide(coat())
    [line] = bench.journal.lines()
    assert line.estimated and line.prompt_tokens > 100 and line.completion_tokens > 0


def test_usage_that_is_not_told_is_an_estimate(bench: Bench) -> None:
    with serving(saying('{"coat": true, "why": "it is cold"}', usage=None)) as server:
        bench.engine(server).decide(coat())
    [line] = bench.journal.lines()
    assert line.estimated and line.prompt_tokens > 100 and line.completion_tokens == 12
