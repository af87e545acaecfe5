"""The journal and the budget: what is on disk is what was spent, and what is unknown is never nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.engines.llm.settings import OPENAI, LlmSettings, Price
from framework.engines.llm.spending import Journal, check_budget, cost, line, price_lists, price_of
from framework.errors import BudgetSpent, UsageError

AT_OPENAI = LlmSettings(base_url=OPENAI, model="gpt-4.1-mini")
AT_HOME = LlmSettings(base_url="http://localhost:8000/v1", model="gpt-4.1-mini")


def test_the_prices_say_where_and_when_they_were_read() -> None:
    assert price_lists()
    for each in price_lists():
        assert len(each.sources) >= 2 and each.read.startswith("2026-") and each.models


def test_a_price_is_the_endpoints_and_not_the_names() -> None:
    assert price_of(AT_OPENAI, "gpt-4.1-mini") == Price(input=0.4, output=1.6)
    assert price_of(AT_OPENAI, "gpt-4.1-mini-2025-04-14") == Price(input=0.4, output=1.6)
    assert price_of(AT_OPENAI, "gpt-99") is None
    assert price_of(AT_HOME, "gpt-4.1-mini") is None


def test_what_the_user_says_counts_more() -> None:
    free = Price(input=0, output=0)
    assert price_of(AT_HOME.model_copy(update={"prices": {"gpt-4.1-mini": free}}), "gpt-4.1-mini") == free
    assert cost(free, 1000, 1000) == 0
    assert cost(None, 1000, 1000) is None
    assert cost(Price(input=2, output=8), 1_000_000, 500_000) == 6


def entry(tokens: int, usd: Price | None = None, model: str = "m", seconds: float = 1.0) -> dict[str, object]:
    return line("planner.coat", model, "stop", seconds, (tokens, 0, False), usd).model_dump()


def journal(folder: Path, *entries: dict[str, object]) -> Journal:
    from framework.engines.llm.spending import Line

    made = Journal(folder / "llm.jsonl")
    for each in entries:
        made.write(Line.model_validate(each))
    return made


def test_a_torn_line_is_no_line_and_spoils_no_other(tmp_path: Path) -> None:
    made = journal(tmp_path, entry(10), entry(20))
    path = tmp_path / "llm.jsonl"
    path.write_text(path.read_text() + '{"at": "2026-')
    journal(tmp_path, entry(30))
    assert [each.prompt_tokens for each in made.lines()] == [10, 20, 30]
    assert made.spent().calls == 3


def test_nothing_is_spent_where_nothing_is_written(tmp_path: Path) -> None:
    assert Journal(tmp_path / "none.jsonl").spent().tokens == 0


def test_without_a_budget_nothing_is_refused(tmp_path: Path) -> None:
    made = journal(tmp_path, entry(10**9))
    check_budget(AT_HOME, made, "m", 10**6)
    with pytest.raises(BudgetSpent):  # the same with one
        check_budget(AT_HOME.model_copy(update={"budget_tokens": 10**9}), made, "m", 10**6)


def test_earlier_calls_of_unknown_price_cannot_be_counted_as_free(tmp_path: Path) -> None:
    budget = AT_OPENAI.model_copy(update={"budget_usd": 1.0})
    with pytest.raises(UsageError, match="what mystery costs"):
        check_budget(budget, journal(tmp_path, entry(10, model="mystery")), "gpt-4.1-mini", 10)


def test_a_call_that_cost_nothing_needs_no_price(tmp_path: Path) -> None:
    budget = AT_OPENAI.model_copy(update={"budget_usd": 1.0})
    made = journal(tmp_path, entry(0, model="mystery"))
    check_budget(budget, made, "gpt-4.1-mini", 10)
    assert made.spent().calls == 1


@given(
    budget=st.integers(100, 100_000),
    calls=st.lists(st.tuples(st.integers(1, 5_000), st.integers(0, 1_000)), max_size=30),
)
def test_no_sequence_of_calls_goes_beyond_the_budget(
    budget: int, calls: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = AT_HOME.model_copy(update={"budget_tokens": budget, "max_reply_tokens": 1_000})
    made = Journal(tmp_path_factory.mktemp("budget") / "llm.jsonl")
    for prompt, completion in calls:
        try:
            check_budget(settings, made, "m", prompt)
        except BudgetSpent:
            continue
        made.write(line("planner.coat", "m", "stop", 1, (prompt, completion, False), None))
    assert made.spent().tokens <= budget
