"""Figures from two readings of /metrics, as Prometheus would compute them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.monitor.scripts import live_metrics
from tests.unit.monitor.stub_service import Service


def page(counts: dict[str, float], buckets: dict[str, float], route: str = "/generate") -> str:
    lines = [f'llm_requests_total{{route="{route}",status="{status}"}} {count}' for status, count in counts.items()]
    lines += [f'llm_request_seconds_bucket{{le="{le}",route="{route}"}} {count}' for le, count in buckets.items()]
    return "\n".join(["# HELP llm_requests_total Answered requests", *lines, "llm_queue_depth 2.0"])


def figures(before: str, after: str) -> live_metrics.Figures:
    return live_metrics.between(live_metrics.parse(before, 10.0), live_metrics.parse(after, 12.0))


def test_only_what_happened_in_between_counts() -> None:
    found = figures(page({"200": 10, "503": 4}, {}), page({"200": 40, "503": 14, "429": 2}, {}))
    assert (found.requests, found.errors, found.answers, found.seconds) == (42, 10, 30, 2)
    assert found.error_share == pytest.approx(10 / 42)
    assert found.waiting == 2


def test_a_restarted_server_counts_from_nothing() -> None:
    assert figures(page({"200": 1000}, {}), page({"200": 7}, {})).requests == 7


def test_what_operators_ask_does_not_count() -> None:
    assert figures("", page({"200": 9}, {"+Inf": 9}, route="/health")).requests == 0


@pytest.mark.parametrize(
    ("quantile", "seconds"),
    [(0.5, 0.1), (0.75, 0.3), (0.9, 0.5), (0.99, 0.5)],  # beyond the last bound nothing is known
)
def test_a_quantile_is_interpolated_as_prometheus_does_it(quantile: float, seconds: float) -> None:
    found = figures("", page({"200": 100}, {"0.1": 50, "0.5": 100 - 10, "+Inf": 100}))
    assert found.latency(quantile) == pytest.approx({0.75: 0.35}.get(quantile, seconds))


def test_without_requests_there_is_no_figure() -> None:
    found = figures("", "")
    assert found.error_share is None
    assert found.latency(0.95) is None


@given(st.text())
def test_any_page_is_read_or_left_out(text: str) -> None:
    assert isinstance(live_metrics.parse(text).samples, dict)


def test_the_stub_speaks_the_same_language() -> None:
    service = Service("good")
    service.statuses[200] = 3
    service.times = [0.02, 0.02, 0.02]
    found = figures("", service.metrics())
    assert (found.requests, found.latency(0.5)) == (3, pytest.approx(0.03))
