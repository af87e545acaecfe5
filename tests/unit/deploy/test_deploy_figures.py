"""What clients saw, as figures, and the figures beside the promises."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.ops.deploying.asking import agreement
from agents.ops.deploying.figures import Load, Taken, level_of, percentile, sla_rows
from framework.artifacts.deployment import Level, Percentiles
from framework.artifacts.requirements import Item, Project, Requirements

TIMES = st.lists(st.floats(0.001, 100), min_size=1, max_size=50)


def level(clients: int, latency: float, rate: float, tokens: float = 0, errors: int = 0) -> Level:
    same = Percentiles(p50=latency, p95=latency, p99=latency)
    return Level(
        clients=clients,
        requests=100 - errors,
        errors={"status 500": errors} if errors else {},
        window_s=8,
        latency_ms=same,
        first_token_ms=same,
        asked_ms=latency,
        requests_per_s=rate,
        tokens_per_s=tokens,
        cpu_cores=1,
        memory_mb=100,
    )


def wanted(**wishes: Any) -> Requirements:
    project = Project(name="demo", title="Demo", language="en")
    slots = {slot.replace("__", "."): value for slot, value in wishes.items()}
    items = [Item(slot=slot, value=value, provenance="stated", score=1.0) for slot, value in slots.items()]
    return Requirements(project=project, items=items)


@given(TIMES, st.floats(0.1, 100))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(times: list[float], share: float) -> None:
    value = percentile(times, share)
    assert value in times
    assert sum(one <= value for one in times) >= len(times) * share / 100 - 1e-9
    assert sum(one < value for one in times) < len(times) * share / 100 + 1e-9


def test_a_load_in_figures() -> None:
    load = Load(clients=4, window_s=2, busy_s=2.5, answers=[(0.1, 0.01, 8), (0.3, 0.02, 8)], errors={"ReadTimeout": 2})
    found = level_of(load, Taken(cpu_s=5, memory_bytes=3 << 20), 50)
    assert (found.requests, found.requests_per_s, found.tokens_per_s) == (2, 1, 8)
    assert (found.latency_ms.p50, found.latency_ms.p99, found.asked_ms) == (100, 300, 100)
    assert (found.cpu_cores, found.memory_mb, found.error_share) == (2, 3, 0.5)


FAST, BUSY = level(1, 100, 10, 640), level(16, 400, 50, 3200)


@pytest.mark.parametrize(
    ("wishes", "kept", "clients"),
    [
        ({}, [], []),
        ({"sla__latency_ms": 500}, [True], [16]),
        ({"sla__latency_ms": 200}, [True], [1]),
        ({"sla__latency_ms": 50}, [False], [1]),
        ({"sla__throughput": {"value": 40, "unit": "req/s"}}, [True], [16]),
        ({"sla__throughput": {"value": 60, "unit": "req/s"}}, [False], [16]),
        ({"sla__throughput": {"value": 3000, "unit": "tokens/s"}}, [True], [16]),
        # A throughput that is only reached when answers come too late is none.
        ({"sla__latency_ms": 200, "sla__throughput": {"value": 40, "unit": "req/s"}}, [True, False], [1, 1]),
        ({"sla__latency_ms": 50, "sla__throughput": {"value": 5, "unit": "req/s"}}, [False, False], [1, 16]),
        ({"sla__availability": 98}, [True], [16]),
        ({"sla__availability": 99.9}, [None], [16]),  # 200 requests cannot show it
    ],
)
def test_a_promise_beside_what_was_measured(
    wishes: dict[str, Any], kept: list[bool | None], clients: list[int]
) -> None:
    rows = sla_rows(wanted(**wishes), [FAST, BUSY], "en", "")
    assert [row.kept for row in rows] == kept
    assert [row.clients for row in rows] == clients


def test_requests_that_fail_break_the_availability() -> None:
    [row] = sla_rows(wanted(sla__availability=99.9), [level(1, 10, 10, errors=1)], "en", "")
    assert row.kept is False
    assert "99 % of 100" in row.measured


def test_what_another_machine_promised_is_unverified_here_kept_or_not() -> None:
    rows = sla_rows(wanted(sla__latency_ms=50, sla__availability=90), [FAST], "en", "on a processor")
    assert [(row.kept, row.why) for row in rows] == [(None, "on a processor")] * 2


def test_answers_are_equal_or_told() -> None:
    found = agreement({"a": "x", "b": "y"}, {"a": "x", "b": "z", "c": "w"})
    assert (found.prompts, found.equal) == (3, 1)
    assert found.differing == ["b | y | z", "c |  | w"]
