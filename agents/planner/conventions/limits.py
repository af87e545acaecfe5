"""The numbers that a rule sets bounds by: at most, at least, the length of lines, the version of Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from math import inf

NUMBERS = "one two three four five six seven eight nine ten".split()
_DIGITS = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
NUMBER = rf"(?P<n>\d+|{'|'.join(NUMBERS)}|[{''.join(_DIGITS)}]|once|twice)"
_UNITS: dict[str, str] = {
    "attempts": r"attempts?|tries|retries|repairs?|times|次",
    "characters": r"characters?|chars?|columns?|个?字符|列",
    "lines": r"lines?|行",
    "epochs": r"epochs?|轮|个?epoch",
    "hours": r"hours?|h\b|个?小时",
    "gpus": r"gpus?|cards?|张?卡",
    "gigabytes": r"gb\b|gib\b|gigabytes?",
    "functions": r"functions?|函数",
    "workers": r"workers?|processes|个?进程",
}
_LEAST = r"at least|no less than|not less than|minimum(?: of)?|至少|不少于|最少|不低于"
_MOST = r"at most|no more than|not more than|up to|maximum(?: of)?|max\.?|limited to|limit of|within|最多|至多|不超过|不得超过|不能超过|上限为?|以内"
_LIMIT = re.compile(
    rf"(?:(?P<least>{_LEAST})|(?P<most>{_MOST}))[^\d,;.，；。]{{0,12}}?{NUMBER}\s*(?P<unit>[^,;.，；。]{{1,30}})",
    re.IGNORECASE,
)
_WIDE = r"(?:characters?|chars?|columns?|个?字符|列)"
# The length of lines is a limit without the word: "lines of 80 characters", 每行 79 个字符.
_WIDTH = re.compile(
    rf"\blines? (?:of|with|are|have|stay below|under|below)\s+(?P<a>\d+)[ -]{_WIDE}"
    rf"|\b(?P<b>\d+)[ -]?{_WIDE}(?: wide)?(?: per| for each|s? in a)?[ -]lines?\b"
    rf"|\b(?:line|lines|code)[ -]?(?:length|width)s?\s*(?:limit\s*)?(?:is|of|to|at|=|:)?\s*(?P<c>\d+)"
    rf"|\bwrap\b[^\d.;]{{0,20}}\bat\s+(?P<d>\d+)"
    rf"|(?:每行|单行|一行|行宽|行长|行长度)\D{{0,6}}(?P<e>\d+)",
    re.IGNORECASE,
)
_PYTHON = re.compile(
    r"(?P<not>\b(?:no|not|never|don't|drop|without)\b[^.;,]{0,12}|(?:不|别|勿|禁止)[^，。；]{0,4})?"
    r"(?P<from>(?:>=|at least|minimum|最低|至少)\s*)?\bpython\s*(?P<least>>=|version)?\s*"
    r"(?P<major>[23])(?:\.(?P<minor>\d{1,2}))?"
    r"(?P<plus>\s*(?:\+|and (?:newer|later|above|up)|or (?:newer|later|above|higher)|及?以上|或更[高新]))?",
    re.IGNORECASE,
)
_EACH = re.compile(r"\b(?:per|(?:for|of|on) (?:each|every|any|one))\b\s+(?!line|row)|每(?!行)", re.IGNORECASE)


@dataclass(frozen=True)
class Limit:
    """A span that a number must stay in."""

    unit: str
    low: float = -inf
    high: float = inf

    def contradicts(self, other: Limit) -> bool:
        """Two bounds of one kind that differ, or spans that share nothing."""
        if self.unit != other.unit or self == other:
            return False
        is_same_kind = (self.low == -inf) == (other.low == -inf) and (self.high == inf) == (other.high == inf)
        return is_same_kind or self.low > other.high or self.high < other.low

    def within(self, other: Limit) -> bool:
        """Whether whoever keeps to this one keeps to the other one too."""
        return self.low >= other.low and self.high <= other.high


def limits(rule: str) -> list[Limit]:
    """All that a rule bounds."""
    return list(chain(_stated(rule), _widths(rule), _versions(rule)))


def per_each(text: str) -> bool:
    """Whether a number counts for each thing by itself, and not in all."""
    return bool(_EACH.search(text))


def number(word: str) -> int:
    """A number in digits, as an English or as a Chinese word; 0 where it is none."""
    lower = word.lower()
    if lower.isdecimal():
        return int(lower)
    if lower in ("once", "twice"):
        return 1 + (lower == "twice")
    return _DIGITS.get(word) or (NUMBERS.index(lower) + 1 if lower in NUMBERS else 0)


def _stated(rule: str) -> Iterator[Limit]:
    for match in _LIMIT.finditer(rule):
        unit = next((name for name, words in _UNITS.items() if _word(words).search(match["unit"])), "")
        if unit == "attempts" and per_each(rule):
            unit = "attempts for each"
        if unit and (count := number(match["n"])):
            yield Limit(unit, high=count) if match["least"] is None else Limit(unit, low=count)


def _widths(rule: str) -> Iterator[Limit]:
    for match in _WIDTH.finditer(rule):
        yield Limit("characters", high=int(next(filter(None, match.groups()))))


def _versions(rule: str) -> Iterator[Limit]:
    """Python 3.11+ is bounded below; a version alone is that one and no other. Python 3 says nothing of note."""
    for match in _PYTHON.finditer(rule):
        if match["not"] or (match["major"] == "3" and not match["minor"]):
            continue
        version = int(match["major"]) * 100 + int(match["minor"] or 0)
        is_least = match["plus"] or match["from"] or match["least"] == ">="
        yield Limit("Python", version, inf if is_least else version + 99 * (not match["minor"]))


def _word(words: str) -> re.Pattern[str]:
    """Chinese has no word boundaries; Latin words must not be found inside of others."""
    return re.compile(rf"(?<![A-Za-z])(?:{words})(?![A-Za-z])", re.IGNORECASE)
