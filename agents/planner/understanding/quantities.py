"""Quantities: a number with its unit, brought to one base (seconds, GB, tokens, percent, a currency's unit)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import cast

from agents.planner.rules import rule_text
from agents.planner.understanding.numbers import Number, find_numbers, han_value
from framework.resources import parse_yaml

PHYSICAL = frozenset({"time", "memory", "tokens", "percent"})
_SYMBOLS = {"us$": "USD", "hk$": "HKD", "nt$": "TWD", "s$": "SGD", "ca$": "CAD", "au$": "AUD", "a$": "AUD"} | {
    **{"$": "USD", "€": "EUR", "£": "GBP", "¥": "CNY", "₹": "INR", "₩": "KRW"},
    **{
        "新台币": "TWD",
        "台币": "TWD",
        "人民币": "CNY",
        "美元": "USD",
        "美金": "USD",
        "欧元": "EUR",
        "日元": "JPY",
        "港币": "HKD",
        "英镑": "GBP",
    },
    **{"usd": "USD", "eur": "EUR", "gbp": "GBP", "cny": "CNY", "rmb": "CNY", "jpy": "JPY", "inr": "INR", "rs.": "INR"},
}
_PREFIX = re.compile("(" + "|".join(re.escape(symbol) for symbol in sorted(_SYMBOLS, key=len, reverse=True)) + r") ?$")
_BETWEEN = re.compile(r"[ \-]?(?:[多来几余]?个半?|[多来余])?\s?|[ \-]+(?:more |full |whole |of )?", re.DOTALL)
_HALF_AFTER = re.compile(r"半(?![年月天日夜小])|\s+and\s+a\s+half\b")
_RANGE = re.compile(r"\s?(?:-|~|to|到|至|or|或|and)\s?(?:~|about )?$")


_CARD_NEXT = re.compile(r"\s?(?:[a-z0-9]|显卡|卡|显存|昇腾|华为|英伟达)")
_HUNDREDTHS = re.compile(r"百分之(\d+(?:\.\d+)?|[零一二三四五六七八九十百点]+)")


@dataclass(frozen=True)
class Quantity:
    """A number with its unit. `dimension` is time, memory, tokens, percent or a currency."""

    dimension: str
    value: float
    start: int
    end: int
    unit: str
    is_article: bool = False

    @property
    def is_money(self) -> bool:
        return self.dimension not in PHYSICAL


@cache
def _units() -> dict[str, tuple[str, float]]:
    table = cast(dict[str, list[dict[str, object]]], parse_yaml(rule_text("units.yaml")))
    return {
        word: (dimension, cast(float, unit["size"]))
        for dimension, units in table.items()
        for unit in units
        for word in cast(list[str], unit["words"])
    }


@cache
def _unit_pattern() -> re.Pattern[str]:
    words = sorted(_units(), key=len, reverse=True)
    return re.compile(
        "|".join(re.escape(word) + ("(?![a-z0-9])" if word[-1].isalnum() and word.isascii() else "") for word in words)
    )


def find_quantities(plain: str) -> tuple[list[Number], list[Quantity]]:
    """Every number, and every number with a unit, in order. Of a range ("2-3 days") the upper end counts."""
    numbers = find_numbers(plain)
    quantities: list[Quantity] = []
    for position, number in enumerate(numbers):
        quantity = _with_symbol(plain, number) or _with_unit(plain, number)
        if quantity and not (quantities and quantity.start < quantities[-1].end):
            before = numbers[position - 1] if position else None
            quantities.append(_widened(plain, quantity, before))
    return numbers, sorted([*quantities, *_hundredths(plain)], key=lambda quantity: quantity.start)


def _hundredths(plain: str) -> Iterator[Quantity]:
    """百分之九十五 -> 95 %."""
    for match in _HUNDREDTHS.finditer(plain):
        value = float(match[1]) if match[1][0].isdigit() else han_value(match[1])
        if value is not None:
            yield Quantity("percent", value, *match.span(), "%")


def _with_symbol(plain: str, number: Number) -> Quantity | None:
    """A currency before the number: $200, RMB 5000."""
    symbol = _PREFIX.search(plain, max(0, number.start - 6), number.start)
    if symbol is None or number.value is None:
        return None
    if (
        symbol[1][0].isascii()
        and symbol[1].rstrip(".").isalpha()
        and plain[symbol.start() - 1 : symbol.start()].isalpha()
    ):
        return None
    return Quantity(_SYMBOLS[symbol[1]], number.value, symbol.start(), number.end, symbol[1])


def _with_unit(plain: str, number: Number) -> Quantity | None:
    for value, end in _readings(number):
        gap = _BETWEEN.match(plain, end)
        space = end + (plain[end : end + 1] == " ")
        for begin in dict.fromkeys((end, space, gap.end() if gap else end)):
            unit = _unit_pattern().match(plain, begin)
            if unit and value is not None and _is_plausible(plain, number, unit, end):
                return _measured(plain, number, value, unit)
    return None


def _readings(number: Number) -> Iterator[tuple[float | None, int]]:
    """With its scale first; a letter may be the unit instead ("5w" are weeks where 万 makes no sense)."""
    yield number.value, number.end
    if number.letter:
        yield number.bare, number.bare_end


def _is_plausible(plain: str, number: Number, unit: re.Match[str], end: int) -> bool:
    """Whether the unit is meant: "4090s" are cards, "3D" is no time, 两块 4090 cost no two yuan, 3月 is a date."""
    word = unit[0]
    value = number.value or 0
    if word in ("s", "d", "h", "y", "g"):
        dull = (word == "s" and value >= 1000) or (
            word == "d" and value in (2, 3) and plain[unit.end() :].strip()[:1].isalnum()
        )
        close = unit.start() == end or (
            word in ("h", "s") and not plain[unit.end() : unit.end() + 2].strip(" ")[:1].isalpha()
        )
        return close and plain[number.start].isdigit() and not dull
    if number.is_article:
        return len(word) > 2 and word.isascii()
    if word in ("块", "刀"):
        return not _CARD_NEXT.match(plain, unit.end())
    if word in ("日", "月", "分"):
        return False
    return word != "年" or value < 100


def _measured(plain: str, number: Number, value: float, unit: re.Match[str]) -> Quantity:
    dimension, size = _units()[unit[0]]
    gap = plain[number.end : unit.start()]
    value += 0.5 if gap.endswith("半") else 0.0
    end = unit.end()
    half = _HALF_AFTER.match(plain, end)
    if half and dimension == "time" and value >= 1:
        value, end = value + 0.5, half.end()
    return Quantity(dimension, value * size, number.start, end, unit[0], is_article=number.is_article)


def _widened(plain: str, quantity: Quantity, before: Number | None) -> Quantity:
    """The quantity from the start of its range."""
    if before is None or before.end > quantity.start or quantity.start - before.end > 6:
        return quantity
    if not _RANGE.fullmatch(plain, before.end, quantity.start) or (before.value or 0) > quantity.value * 1e6:
        return quantity
    return replace(quantity, start=before.start)
