"""What the project may cost: training time and money."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from agents.planner.understanding.quantities import Quantity
from agents.planner.understanding.reading import Mention, Reading
from agents.planner.understanding.scope import Mode

_HOUR = 3600.0
_SHORTEST = 60  # seconds: whatever is shorter is a latency, no training
_SMALL_CHANGE = 20
_LONGEST = 366 * 86400
# Spans of time that need no number.
_SPANS = re.compile(
    r"\b(?P<night>overnight|over night|through the night|(?:one|a|per) night)\b|(?P<yi>一晚上?|一夜|通宵|隔夜|过夜|一个晚上)"
    r"|\b(?P<weekend>(?:over|on|during|this|the|next|a|one|single)(?: the| this| a| one)? weekend)\b(?!s)"
    r"|(?P<zhoumo>周末)"
)
_AGE = re.compile(
    r"[- ]?(?:old|ago|of (?!training|compute|gpu|wall|run|h100|a100|time)\w+|worth of|experience|since|前|的(?!训|时间"
    r"|算力)|来)|'?s? (?:old|ago)\b|以?前"
)
_EACH = re.compile(r"(?:\b(?:per|every|each|past|last|next|for the last|since|a)|/|每|过去|最近|近|前|未来)\s?$")
_SHARE_OF_MONTH = re.compile(
    r"\s?(?:/|per |a |an |each |every |每|一)\s?(?:h\b|hr|hour|gpu|card|token|query|request|call|1k|1m|million|小时|张|次"
    r"|卡|条)"
)
_MONTHLY = re.compile(r"\s?(?:/|per |a |an |each |every |每)\s?(?:mo\b|month|year|个?月|年)")
_IS_BUDGET = re.compile(r"budget|afford|spend|at most|max|up to|预算|经费|费|花|不超过|最多|以内")
_PRICE_BEFORE = re.compile(r"(?:每小时|一小时|每张|单价|/h|per hour)\s*$")


def read_limits(reading: Reading, per_usd: Mapping[str, float]) -> Iterator[Mention]:
    """The mentions of `time_limit_h` and `budget_usd`."""
    for quantity in reading.quantities:
        if quantity.dimension == "time":
            yield from _time(reading, quantity)
        elif quantity.is_money:
            yield from _money(reading, quantity, per_usd)
    yield from _spans(reading)
    yield from _bare_budgets(reading, per_usd)


def _time(reading: Reading, quantity: Quantity) -> Iterator[Mention]:
    if not _SHORTEST <= quantity.value <= _LONGEST or not reading.counts(quantity.start):
        return
    strength = _training_strength(reading, quantity.start, quantity.end)
    if strength and not _tells_age(reading, quantity):
        hours = round(quantity.value / _HOUR, 5)
        yield Mention("time_limit_h", _neat(hours), quantity.start, quantity.end, strength)


def _training_strength(reading: Reading, start: int, end: int) -> int:
    """3: said of the training; 2: a limit; 1: a clause of its own ("..., 6h, ..."); 0: about something else."""
    clause = reading.clause(start)
    if reading.near("latency_cue", start, end, 24) and reading.quantities and end - start < 40:
        if any(reading.in_clause("latency_cue", start)):
            return 0
    if any(term.value == "train" for term in reading.in_clause("train_cue", start)):
        return 3
    if any(reading.in_clause("deadline_cue", start)):
        return 2
    rest = (reading.plain[clause.start : start] + reading.plain[end : clause.end]).strip(" .~-+*<>=max")
    return 1 if len(rest) <= 14 else 0


def _tells_age(reading: Reading, quantity: Quantity) -> bool:
    """Two years of mails, a week old, every day: time that passes elsewhere."""
    plain = reading.plain
    if quantity.is_article and _EACH.search(plain, max(0, quantity.start - 10), quantity.start):
        return True
    behind = _AGE.match(plain, quantity.end)
    ahead = _EACH.search(plain, max(0, quantity.start - 14), quantity.start)
    counted = quantity.is_article and _follows_count(reading, quantity)
    other = any(reading.in_clause("not_training_time", quantity.start)) and not any(
        reading.in_clause("train_cue", quantity.start)
    )
    return bool(behind or ahead or counted or other)


def _follows_count(reading: Reading, quantity: Quantity) -> bool:
    """ "600 requests a minute": the article makes a rate."""
    before = reading.plain[max(0, quantity.start - 10) : quantity.start]
    if re.search(r"\b(?:for|in|within|takes?|under|about|over|after|than|least|most)\s+$", before):
        return False
    return any(
        number.value
        and number.value > 1
        and re.fullmatch(r"[ -]?[a-z]+(?: [a-z]+){0,2} ", reading.plain[number.end : quantity.start])
        for number in reading.numbers_until(quantity.start, 26)
    )


def _spans(reading: Reading) -> Iterator[Mention]:
    for match in _SPANS.finditer(reading.plain):
        if reading.is_meant(match.start(), unless=Mode.DENIED | Mode.PAST | Mode.OTHERS | Mode.LATER):
            hours = 48 if match["weekend"] or match["zhoumo"] else 12
            yield Mention("time_limit_h", hours, match.start(), match.end(), 2)


def _money(reading: Reading, quantity: Quantity, per_usd: Mapping[str, float]) -> Iterator[Mention]:
    """Money is the budget unless it is said of something else, or of each hour."""
    if not reading.is_meant(quantity.start, unless=Mode.DENIED | Mode.PAST | Mode.OTHERS | Mode.LATER):
        return
    cued = any(reading.in_clause("budget_cue", quantity.start))
    other = any(True for _ in reading.neighbours("not_budget", quantity.start, quantity.end, 14))
    priced = _SHARE_OF_MONTH.match(reading.plain, quantity.end) or _PRICE_BEFORE.search(
        reading.plain, max(0, quantity.start - 8), quantity.start
    )
    if _MONTHLY.match(reading.plain, quantity.end) and not _IS_BUDGET.search(reading.plain, 0, quantity.start):
        return  # what is paid today
    if quantity.unit in ("块", "元") and quantity.value < _SMALL_CHANGE and not cued:
        return  # 一块 is one card far more often than one yuan
    if priced or (other and not reading.near("no_budget", quantity.start, quantity.end, 14) and not cued):
        return
    usd = round(quantity.value / per_usd[quantity.dimension], 2) if quantity.dimension in per_usd else None
    if usd is not None:
        yield Mention("budget_usd", _neat(usd), quantity.start, quantity.end, 2 + cued)


_BARE = re.compile(
    r"(?:budget|预算|经费)(?:\s?(?:is|of|:|=|only|about|around|max|limit|大概|大约|约|只有|有|就|是|为|不超过|最多|控制在|也就|在))*\s*$"
)


def _bare_budgets(reading: Reading, per_usd: Mapping[str, float]) -> Iterator[Mention]:
    """预算两千 is in yuan, "budget 500" in dollars; "zero budget" is zero in any currency."""
    for term in reading.said("no_money", unless=Mode.PAST | Mode.OTHERS | Mode.LATER):
        yield Mention("budget_usd", 0, term.start, term.end, 3)
    for number in reading.numbers:
        cue = _BARE.search(reading.plain, max(0, number.start - 24), number.start)
        if cue is None or number.value is None or any(reading.quantities_in(number.start, number.end)):
            continue
        if reading.counts(number.start) and not re.match(
            r"\s?(?:%|[a-z]|[张块卡台人天周月])", reading.plain[number.end : number.end + 3]
        ):
            rate = per_usd["CNY"] if not cue[0].startswith("budget") or reading.source.lang == "zh" else 1.0
            yield Mention("budget_usd", _neat(round(number.value / rate, 2)), cue.start(), number.end, 2)


def _neat(value: float) -> float:
    return int(value) if value == int(value) else value
