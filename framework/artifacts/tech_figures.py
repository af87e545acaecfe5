"""Figures as people read them. What is not known is a dash."""

from __future__ import annotations

from framework.messages import Lang, say

Range = tuple[float, float]
_UNKNOWN = "-"
CENT = 0.01  # below it nobody tells amounts apart


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
    """Seconds below a minute, minutes below an hour, days above three."""
    if span is None:
        return _UNKNOWN
    low, high = span
    if high * 60 < 1:
        return say(lang, "technology.seconds", low=number(low * 3600), high=number(high * 3600))
    if high < 1:
        return say(lang, "technology.minutes", low=number(low * 60), high=number(high * 60))
    if low >= 72:
        return say(lang, "technology.days", low=number(low / 24), high=number(high / 24))
    return say(lang, "technology.hours", low=number(low), high=number(high))


def minutes(value: float) -> str:
    """As a bare number: nobody counts the parts of one."""
    return f"{value:g}" if value >= 1 else "< 1"


def card_hours(span: Range) -> str:
    """Hours as a bare number: a hundredth is the least that anybody pays for."""
    low, high = span
    return f"{cents(low)} - {number(high)}" if high >= CENT else f"< {CENT}"


def money(span: Range | None) -> str:
    """US dollars; below a cent there is nothing to tell apart."""
    if span is None:
        return _UNKNOWN
    return f"${cents(span[0])}-{cents(span[1])}" if span[1] >= CENT else f"< ${CENT}"


def cents(value: float) -> str:
    """An amount, 0 where it is less than a cent."""
    return number(value) if value >= CENT else "0"


def percent(share: float) -> str:
    """Whole, but for shares below one in a hundred."""
    return f"{share:.0%}" if share >= CENT else f"{share * 100:.1g}%"


def number(value: float) -> str:
    """Two digits where it is small, none after the point where it is large."""
    if value >= 10:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"
