"""When is a new version as good as the old one? Figures in, reasons out."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.monitor.scripts import judging, live_metrics
from tests.unit.monitor.stub_service import WORDS

BAR = judging.Bar(latency_s=0.3, quantile=0.95, most_errors=0.01, slower=1.5, quality=0.8, least_requests=10)
TEXT = " ".join(WORDS * 5)
REFERENCE = frozenset(judging.triples(TEXT))
JUDGE = judging.Judge(BAR, [], REFERENCE)


def figures(requests: int, errors: int, seconds: float) -> live_metrics.Figures:
    """All requests took that long: the histogram has bounds close by."""
    buckets = [(0.99 * seconds, 0.0), (1.01 * seconds, float(requests)), (float("inf"), float(requests))]
    return live_metrics.Figures(10.0, requests, errors, requests - errors, buckets, 0.0)


@pytest.mark.parametrize(
    ("new", "old", "told"),
    [
        ((100, 0, 0.1), (100, 0, 0.1), ""),
        ((100, 0, 0.12), (100, 0, 0.1), ""),
        ((100, 5, 0.1), (100, 0, 0.1), "5 of 100 requests have failed"),
        ((100, 0, 0.4), (100, 0, 0.29), "p95 is 0.40 s"),  # only the new one is later than is required
        ((100, 0, 0.4), (100, 0, 0.35), ""),  # the old one is no better
        ((100, 0, 0.2), (100, 0, 0.1), "p95 is 0.20 s"),  # kept, but clearly slower
        ((100, 0, 0.02), (100, 0, 0.005), ""),  # no more than noise
        ((100, 0, 5.0), (0, 0, 0.1), ""),  # nobody to compare with: the look at fixed prompts decides
        ((0, 0, 0.1), (100, 0, 0.1), "answered nothing"),
    ],
)
def test_a_step_is_judged_beside_the_old_version(
    new: tuple[int, int, float], old: tuple[int, int, float], told: str
) -> None:
    found = "; ".join(JUDGE.reasons(figures(*new), figures(*old)))
    assert found.startswith(told) if told == "" else told in found
    assert bool(found) == bool(told)


@pytest.mark.parametrize(
    ("requests", "errors", "back"), [(100, 0, False), (3, 2, False), (1000, 3, False), (100, 3, True)]
)
def test_it_goes_back_at_once_only_for_more_than_chance(requests: int, errors: int, back: bool) -> None:
    assert bool(JUDGE.broken(figures(requests, errors, 0.1))) == back


def test_real_text_is_worth_more_than_noise_and_than_a_loop() -> None:
    source = random.Random(0)
    text = [" ".join(source.choice(WORDS) for _ in range(40))]
    noise = ["".join(chr(source.randrange(0x4E00, 0x9FFF)) for _ in range(200))]
    loop = ["once upon " * 20]
    worth = judging.quality(text, REFERENCE)
    assert judging.quality(noise, REFERENCE) < BAR.quality * worth
    assert judging.quality(loop, REFERENCE) < BAR.quality * worth
    assert judging.quality(["", "ab"], REFERENCE) == 0


@given(st.lists(st.text()))
def test_the_worth_of_answers_lies_between_nothing_and_all(texts: list[str]) -> None:
    assert 0 <= judging.quality(texts, REFERENCE) <= 1
