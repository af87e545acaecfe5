"""How much data a sentence speaks of: "12k Q&A pairs", "三条样例", "1.4 GB of text", "2B tokens", "40 万条"."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SCALES = {"k": 1e3, "m": 1e6, "b": 1e9, "thousand": 1e3, "million": 1e6, "mio": 1e6, "billion": 1e9, "hundred": 1e2}
_SCALES |= {"dozen": 12, "百": 1e2, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8}
# "One" and "一" are articles as often as numbers.
_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ENGLISH: dict[str, float] = {word: number for number, word in enumerate(_WORDS, 2)}
_ENGLISH |= {word: scale for word, scale in _SCALES.items() if word.isascii() and len(word) > 4}  # a dozen, a hundred
_CHINESE = {sign: number for number, sign in enumerate("二三四五六七八九", 2)} | {"两": 2, "十": 10, "几": 5}
_BYTES = {"kb": 1e3, "mb": 1e6, "gb": 1e9, "g": 1e9, "tb": 1e12, "t": 1e12}

_NUMBER = re.compile(
    rf"""(?P<number>(?<![a-z0-9.])(?:\d[\d,]*(?:\.\d+)?|(?:{"|".join(_ENGLISH)})\b)|[{"".join(_CHINESE)}])
    \s*(?P<scale>(?:k|m|b|mio|thousand|million|billion|hundred|dozen)\b|十万|百万|千万|[百千万亿])?
    \s*\+?\s*(?:(?P<bytes>[kmgt]b|g|t)\b)?
    (?P<what>[^\d,.;，。；]{{0,24}})""",
    re.IGNORECASE | re.VERBOSE,
)
_TOKENS = re.compile(r"^\s*(?:of\s+)?(?:tokens?|词元)|^\s*个?\s*tokens?", re.IGNORECASE)
_WRITTEN = re.compile(r"^\s*多?(?:字(?!段)|words?\b)", re.IGNORECASE)
# Numbers before these words count something else than data.
_NOT_DATA = re.compile(
    r"^[\s-]*(?:个\s*)?(?:files?\b|folders?\b|year|month|week|day|hour|minute|class|label|categor|language|kind|type|turn|time|gpu|card|people|employee|"
    r"column|field|%|percent|param|layer|年|月|周|天|小时|分钟|类|种|轮|人|张卡|卡|位|岁|列|层|部门)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Amount:
    """What a text says of the size of some data."""

    examples: int | None = None
    tokens: int | None = None
    bytes: int | None = None


def amount_in(text: str) -> Amount:
    """The largest number of each kind that the text speaks of."""
    found: dict[str, int] = {}
    for match in _NUMBER.finditer(text):
        if kind := _kind(match):
            value = _value(match) * (_BYTES[match["bytes"].lower()] if kind == "bytes" else 1)
            found[kind] = max(found.get(kind, 0), round(value))
    return Amount(examples=found.get("examples"), tokens=found.get("tokens"), bytes=found.get("bytes"))


def _kind(match: re.Match[str]) -> str | None:
    if match["bytes"]:
        return "bytes"
    if _TOKENS.search(match["what"]):
        return "tokens"
    if _WRITTEN.search(match["what"]):
        return "tokens"  # a Chinese character and an English word are each about one
    return None if _NOT_DATA.search(match["what"]) else "examples"


def _value(match: re.Match[str]) -> float:
    number = match["number"].lower()
    plain = _ENGLISH.get(number) or _CHINESE.get(number)
    return (plain or float(number.replace(",", ""))) * _SCALES.get((match["scale"] or "").lower(), 1)
