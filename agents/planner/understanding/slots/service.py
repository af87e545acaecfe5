"""How fast and how reliably the model must answer: latency, percentile, throughput, availability."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.numbers import Number
from agents.planner.understanding.quantities import Quantity
from agents.planner.understanding.reading import Mention, Reading
from framework.artifacts.slots import Throughput

_PERCENTILE = re.compile(
    r"(?<![a-z0-9])t?p[ -]?(?P<p>\d{2}(?:\.\d+)?|999)(?![\d%a-z])"
    r"|(?<![\d.])(?P<th>\d{2}(?:\.\d+)?)(?:th|st|nd|rd)?[ -]?(?:percentile|pctl?\b|百?分位)"
    r"|(?<![\d.])(?P<share>\d{2}(?:\.\d+)?) ?%(?: of)?(?: all| the)? ?(?:的)?(?:requests|queries|calls|responses|answers|请求|查询|调用|情况)"
    r"|(?P<median>\bmedian (?:latency|response)|中位(?:数)?延迟)"
)
_SUB_SECOND = re.compile(
    r"\bsub[ -]?second\b|\b(?:under|below|within|less than|in) (?:a|one|1) ?s(?:ec(?:ond)?)?\b|亚秒"
)
_CLIP = re.compile(
    r"[ -]?(?:clip|audio|video|recording|segment|chunk|window|snippet|interval|的?(?:音频|视频|录音|语音|片段))"
)
_EVERY = re.compile(r"(?:\b(?:every|each|per)|每)\s?$")
_LIMIT_BEFORE = re.compile(
    r"(?:<=?|under|below|within|in|max|at most|less than|不超过|控制在|小于|低于|最多|要求)\s*(?:about |~)?$"
)
_LIMIT_AFTER = re.compile(r"\s?(?:以内|之内|内|以下|max\b|tops\b|or less|or faster|p\d\d|at p\d\d|出|返回|响应)")
_LONGEST_MS = 600_000
_GAP = re.compile(r"[ ]?(?:个|多个|多|左右的?|classification |inference |api |support |search |concurrent )?[ ]?")
_NINES = re.compile(r"(?<![\d.])9{2}(?:\.9*5?)?(?!\d)")


def read_service(reading: Reading) -> Iterator[Mention]:
    """The mentions of `sla.*`."""
    yield from _latencies(reading)
    yield from _percentiles(reading)
    yield from _throughputs(reading)
    yield from _availabilities(reading)


def _latencies(reading: Reading) -> Iterator[Mention]:
    for quantity in reading.quantities:
        if (
            quantity.dimension != "time"
            or not reading.counts(quantity.start)
            or (quantity.is_article and quantity.unit in ("minute", "hour", "day"))
        ):
            continue
        strength = _latency_strength(reading, quantity)
        milliseconds = quantity.value * 1000
        if strength and milliseconds <= _LONGEST_MS:
            value = round(milliseconds, 3)
            yield Mention(
                "sla.latency_ms", int(value) if value == int(value) else value, quantity.start, quantity.end, strength
            )
    for match in reading.finditer(_SUB_SECOND):
        if not any(reading.quantities_in(match.start(), match.end())):
            yield Mention("sla.latency_ms", 1000, match.start(), match.end(), 1)


def _latency_strength(reading: Reading, quantity: Quantity) -> int:
    plain = reading.plain
    if _CLIP.match(plain, quantity.end) or _EVERY.search(plain, max(0, quantity.start - 7), quantity.start):
        return 0
    cued = any(reading.in_clause("latency_cue", quantity.start)) or reading.near(
        "latency_cue", quantity.start, quantity.end, 16
    )
    if quantity.value >= 60 and not cued:
        return 0
    limited = _LIMIT_BEFORE.search(plain, max(0, quantity.start - 16), quantity.start) or _LIMIT_AFTER.match(
        plain, quantity.end
    )
    if limited or cued:
        return 2 * bool(limited) + cued
    return 1 if quantity.value < 1 and not quantity.is_article else 0


def _percentiles(reading: Reading) -> Iterator[Mention]:
    for match in reading.finditer(_PERCENTILE):
        text = match["p"] or match["th"] or match["share"] or "50"
        value = 99.9 if text == "999" else float(text)
        if match["p"] or match["median"] or _speaks_of_time(reading, match.start(), match.end()):
            yield Mention("sla.percentile", int(value) if value == int(value) else value, match.start(), match.end())


def _speaks_of_time(reading: Reading, start: int, end: int) -> bool:
    near = reading.quantities_in(start - 40, end + 40)
    return any(quantity.dimension == "time" for quantity in near) or reading.near("latency_cue", start, end, 40)


def _throughputs(reading: Reading) -> Iterator[Mention]:
    for number in reading.numbers:
        if number.value and number.value > 0 and reading.counts(number.start):
            yield from _rate_right_behind(reading, number)
            yield from _counted_per_time(reading, number)


def _rate_right_behind(reading: Reading, number: Number) -> Iterator[Mention]:
    """50 QPS · 2000 tok/s."""
    for term in reading.terms_from("rate_unit", number.end, 3):
        if not reading.plain[number.end : term.start].strip(" +个"):
            yield _throughput(number.value or 0, term.value, number.start, term.end)
    for term in reading.terms_until("rate_unit", number.start, 8):  # QPS 50 · QPS: 50 · QPS 要到 50
        unit_next = any(reading.quantities_in(number.start, number.end))
        gap = reading.plain[term.end : number.start]
        if re.fullmatch(r"\s?(?:[:=~>]|of|is|at least|要求?|达?到|至少|不低于|大概|约|在)*\s?", gap) and not unit_next:
            yield _throughput(number.value or 0, term.value, term.start, number.end)


def _counted_per_time(reading: Reading, number: Number) -> Iterator[Mention]:
    """600 requests a minute · 每秒 30 个请求."""
    noun = next((t for t in reading.terms_from("throughput_noun", number.end, 24) if _joins(reading, number, t)), None)
    if noun is None:
        return
    behind = next((t for t in reading.terms_from("per_time", noun.end, 3)), None)
    ahead = next((t for t in reading.terms_until("per_time", number.start, 12) if _is_ahead(reading, t, number)), None)
    per = behind or ahead
    if per and number.value:
        start, end = min(per.start, number.start), max(per.end, noun.end)
        yield _throughput(number.value / float(per.value), noun.value, start, end)


def _joins(reading: Reading, number: Number, noun: Term) -> bool:
    gap = reading.plain[number.end : noun.start]
    return _GAP.fullmatch(gap) is not None or (
        len(gap.split()) <= 1 and gap.startswith(" ") and gap.strip().isalpha() and gap.isascii()
    )


def _is_ahead(reading: Reading, per: Term, number: Number) -> bool:
    gap = reading.plain[per.end : number.start]
    return (
        per.value in ("1", "60", "3600")
        and re.fullmatch(
            r"[\s]*(?:大概|大约|约|要|能|处理|至少|最多|支持|扛|撑|有|扛住|平均|峰值|差不多|来|可|承受|,)*\s*", gap
        )
        is not None
    )


def _throughput(value: float, unit: str, start: int, end: int) -> Mention:
    rate = Throughput(value=round(value, 4), unit="tokens/s" if unit == "tokens/s" else "req/s")
    return Mention("sla.throughput", rate, start, end)


def _availabilities(reading: Reading) -> Iterator[Mention]:
    for quantity in reading.quantities:
        cued = any(reading.in_clause("availability_cue", quantity.start)) or reading.near(
            "availability_cue", quantity.start, quantity.end, 12
        )
        if quantity.dimension == "percent" and 90 <= quantity.value <= 100 and cued and reading.counts(quantity.start):
            if not _PERCENTILE.match(reading.plain, quantity.start):
                yield Mention("sla.availability", quantity.value, quantity.start, quantity.end)
    for number in reading.numbers:
        if number.value is None:
            continue
        bare = 99 <= number.value < 100 and not any(reading.quantities_in(number.start, number.end))
        if (
            bare
            and reading.counts(number.start)
            and (
                reading.near("nines", number.start, number.end, 30)
                or reading.near("availability_cue", number.start, number.end, 20)
            )
            and not reading.near("latency_cue", number.start, number.end, 12)
        ):
            yield Mention("sla.availability", number.value, number.start, number.end)
        for term in reading.terms_from("nines", number.end, 2):
            count = int(number.value or 0)
            if 2 <= count <= 7 and number.value == count and reading.counts(number.start):
                exact = round(100 - 10 ** (2 - count), 7)
                yield Mention("sla.availability", int(exact) if exact == int(exact) else exact, number.start, term.end)
