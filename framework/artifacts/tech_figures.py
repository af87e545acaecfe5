"""Figures as people read them. What is not known is a dash."""

from __future__ import annotations

from framework.messages import Lang, say

Range = tuple[float, float]
_UNKNOWN = "-"


def params(number: int | None) -> str:
    """7,615,616,512 as 7.62B."""
    if number is None:
        return _UNKNOWN
    for size, unit in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return str(number)


def count(number: int) -> str:
    """40000 as 40,000."""
    return f"{number:,}"


def gb(number: float | None) -> str:
    """One decimal, or none for large amounts."""
    if number is None:
        return _UNKNOWN
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}"


def hours(lang: Lang, span: Range | None) -> str:
    """Minutes below an hour, days above three."""
    if span is None:
        return _UNKNOWN
    low, high = span
    if high < 1:
        return say(lang, "technology.minutes", low=number(low * 60), high=number(high * 60))
    if low >= 72:
        return say(lang, "technology.days", low=number(low / 24), high=number(high / 24))
    return say(lang, "technology.hours", low=number(low), high=number(high))


def money(span: Range | None) -> str:
    """US dollars."""
    return f"${number(span[0])}-{number(span[1])}" if span else _UNKNOWN


def number(value: float) -> str:
    """Two digits where it is small, none after the point where it is large."""
    if value >= 10:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"
