"""The amounts that a text tells, with what they are amounts of: 30M parameters, $1,200, 3.2 hours, 95 %."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

Amount = tuple[float, str]  # the number, and what it counts; empty where the text does not say

_SIZES = {
    **{"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9, "t": 1e12},
    **{"trillion": 1e12, "千": 1e3, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8, "十亿": 1e9, "万亿": 1e12},
}
_UNITS = {
    "money": r"usd|us dollars?|dollars?|cents?|euros?|eur|€|美元|元|块钱",
    "seconds": r"seconds?|secs?|s|秒",
    "minutes": r"minutes?|mins?|分钟",
    "hours": r"(?:gpu[- ]|card[- ])?hours?|h|个?(?:卡)?小时|卡时",
    "days": r"days?|天|日",
    "weeks": r"weeks?|months?|years?|周|个?月|年",
    "memory": r"(?:gb|gib)s?|gigabytes?|千兆字节",
    "other memory": r"(?:mb|mib|tb|tib|kb)s?|megabytes?|terabytes?",
    "percent": r"%|per ?cent|percent",
    "tokens": r"tokens?|个?(?:词元|令牌|标记)",
    "parameters": r"param(?:eter)?s?|个?参数",
    "steps": r"steps?|步",
    "sequences": r"sequences?|samples?|rows?|个?(?:序列|样本)|条",
    "passes": r"passes|pass|epochs?|times|遍|轮|次",
    "cards": r"cards?|gpus?|张卡?|块卡?|个?(?:显卡|gpu)",
}
_SIZE = "|".join(sorted(_SIZES, key=len, reverse=True))
_UNIT = "|".join(f"(?P<{key.replace(' ', '_')}>{words})" for key, words in _UNITS.items())
_ONE = r"\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?"
_AMOUNT = re.compile(
    rf"(?P<dollar>\$)?\s?(?<![\w.])(?P<number>{_ONE})\s?(?:(?P<size>{_SIZE})(?![a-z]))?"
    rf"(?P<more>\s?(?:-|–|—|to|and|or|至|到|~)\s?\$?{_ONE}\s?(?:(?:{_SIZE})(?![a-z]))?)?\s?-?(?:(?:{_UNIT})(?![a-z]))?",
    re.IGNORECASE,
)
_SPELLED = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|"
    r"eighty|ninety|hundreds?|thousands?|millions?|billions?|trillions?|dozens?|half|halves|thirds?|quarters?|"
    r"doubles?d?|triples?d?|twice|thrice|couple)\b"
    r"|[两二三四五六七八九十百千万亿半]+(?=[个张块台步天元次遍倍层轮秒周月年成分小美多余])|一半|[一二三四五六七八九十]成|百分之",
    re.IGNORECASE,
)
_SIZED = re.compile(rf"({_ONE})\s?(?:{_SIZE})(?![a-z])", re.IGNORECASE)


def plain(text: str) -> str:
    """The text with the digits that everybody reads: full-width and raised ones are the same."""
    return unicodedata.normalize("NFKC", text)


def amounts_in(text: str) -> list[Amount]:
    """Every amount, in order. Of a span (3 to 5 hours) both ends count the same."""
    return [one for found in _AMOUNT.finditer(plain(text)) for one in _both(found)]


def without_amounts(text: str) -> str:
    """What is left: figures that stand within a name, say."""
    return _AMOUNT.sub(" ", plain(text))


def spelled_in(text: str) -> list[str]:
    """Amounts in words, which nothing can be compared with."""
    return _SPELLED.findall(_SIZED.sub(r"\1", plain(text)))


def _both(found: re.Match[str]) -> Iterator[Amount]:
    groups = found.groupdict()
    unit = "money" if groups["dollar"] else next((key for key in _NAMES if groups[key]), "")
    size = groups["size"] or ""
    if not groups["more"]:
        yield _value(groups["number"], size), unit
        return
    ((last, last_size),) = re.findall(rf"({_ONE})\s?({_SIZE})?", groups["more"], re.IGNORECASE)
    yield _value(groups["number"], size or last_size), unit
    yield _value(last, last_size), unit


_NAMES = [key.replace(" ", "_") for key in _UNITS]


def _value(number: str, size: str) -> float:
    # A float's own error is no other amount: 0.35 billion is 350 million.
    return float(f"{float(number.replace(',', '')) * _SIZES.get(size.lower(), 1.0):.12g}")
