"""When is a new version as good as the old one? Figures in, reasons out."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.monitor.scripts import judging, traffic
from tests.unit.monitor.stub_service import WORDS

BAR = judging.Bar(latency_s=0.3, quantile=0.95, most_errors=0.01, slower=1.5, quality=0.8, least_requests=10, stuck_s=3)
TEXT = " ".join(WORDS * 5)
REFERENCE = frozenset(judging.triples(TEXT))
JUDGE = judging.Judge(BAR, [], REFERENCE)


def tally(requests: int, errors: int, seconds: float, refused: int = 0, left: int = 0) -> traffic.Tally:
    """All requests took that long."""
    return traffic.Tally(requests, errors, refused, left, [seconds] * (requests - errors))


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
    found = "; ".join(JUDGE.reasons(tally(*new), tally(*old)))
    assert found.startswith(told) if told == "" else told in found
    assert bool(found) == bool(told)


@pytest.mark.parametrize(
    ("requests", "errors", "back"), [(100, 0, False), (3, 2, False), (1000, 3, False), (100, 3, True)]
)
def test_it_goes_back_at_once_only_for_more_than_chance(requests: int, errors: int, back: bool) -> None:
    assert bool(JUDGE.broken(tally(requests, errors, 0.1), tally(100, 0, 0.1))) == back


@pytest.mark.parametrize(
    ("mine", "theirs", "back"),
    [
        ((100, 5), (1000, 0), True),
        ((100, 5), (1000, 50), False),
        ((100, 30), (1000, 50), True),
        ((2, 2), (9, 0), False),
    ],
)
@pytest.mark.parametrize("kind", ["refused", "left"])
def test_what_users_do_wrong_with_both_versions_counts_against_none(
    mine: tuple[int, int], theirs: tuple[int, int], back: bool, kind: str
) -> None:
    new, old = (tally(requests, 0, 0.1, **{kind: count}) for requests, count in (mine, theirs))
    assert bool(JUDGE.broken(new, old)) == back


def line(**changes: object) -> str:
    seen = {"version": "green", "method": "POST", "uri": "/generate", "status": 200, "asked": "200", "took": "0.1"}
    return json.dumps({**seen, "length": "90", "got": "90", **changes}) + "\n"


@pytest.mark.parametrize(
    ("changes", "counted"),
    [
        ({}, (1, 0, 0, 0)),
        ({"asked": "500, 200", "took": "0.2, 0.1"}, (1, 1, 0, 0)),
        ({"asked": "404, 404", "status": 404, "took": "0.2, 0.1"}, (1, 0, 1, 0)),
        ({"asked": "-", "status": 502, "took": "-", "length": ""}, (1, 1, 0, 0)),
        ({"asked": "-", "status": 499, "took": "-", "length": ""}, (1, 0, 0, 1)),
        ({"got": "40"}, (1, 0, 0, 1)),
        ({"length": "", "got": "4000"}, (1, 0, 0, 0)),  # a stream
        ({"version": "green_alone", "asked": "404", "status": 404}, (1, 0, 0, 0)),
        ({"uri": "/docs"}, None),
        ({"method": "GET"}, None),
    ],
)
def test_what_the_proxy_has_seen_is_counted(
    tmp_path: Path, changes: dict[str, object], counted: tuple[int, int, int, int] | None
) -> None:
    place = tmp_path / "log/access.log"
    log = traffic.Log(place)
    assert log.count() == {}
    log.empty()
    place.write_text(line(**changes) + line()[:30])
    found = log.count().get("green")
    assert (found and (found.requests, found.errors, found.refused, found.broken_off)) == counted
    with place.open("a") as file:
        file.write(line()[30:])
    assert log.count()["green"].requests == 1, "only what is new, and only whole lines"


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
