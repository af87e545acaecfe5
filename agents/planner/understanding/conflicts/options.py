"""Ways out: short sentences with their figures, and the slots that each one sets."""

from __future__ import annotations

import re
from math import ceil, floor, log10

from agents.planner.understanding.conflicts.facts import Facts
from agents.planner.understanding.model import Option
from framework.artifacts.slots import Value
from framework.messages import Lang, say

_BOUND = re.compile(r"^(?P<metric>.+?) (?P<op>[<>]=?) (?P<value>\d+(?:\.\d+)?)(?P<unit>%?)$")


def percent_bound(text: str) -> tuple[str, float] | None:
    """The metric of "accuracy > 90%" and the figure that it must reach at the least, in percent."""
    bound = _BOUND.match(text)
    if bound is None or bound["op"].startswith("<"):
        return None
    value = float(bound["value"])
    return bound["metric"], value * 100 if not bound["unit"] and value <= 1 else value


def option(lang: Lang, key: str, sets: dict[str, Value | None], **fields: object) -> Option:
    """The way out `contradiction.<key>`."""
    return Option(text=say(lang, f"contradiction.{key}", **fields), sets=sets)


def size(params: float) -> str:
    """7000000000 -> 7B."""
    for unit, letter in ((1e9, "B"), (1e6, "M")):
        if params >= unit:
            return f"{params / unit:.3g}{letter}"
    return f"{params:.0f}"


def hours(value: float, lang: Lang) -> str:
    """Hours as people say them: 90 minutes, 36 hours, 12 days, 3 years."""
    for least, unit, length in ((17520, "years", 8760), (72, "days", 24), (1.5, "hours", 1), (0, "minutes", 1 / 60)):
        if value >= least:
            return say(lang, f"contradiction.{unit}", value=f"{value / length:,.3g}")
    return f"{value:g}"


def round_down(value: float) -> float:
    """To a size that people ask for: 1, 1.5, 2, 3, 5 or 7 times a power of ten."""
    power = 1.0
    while power * 10 <= value:
        power *= 10
    return max(step * power for step in (1, 1.5, 2, 3, 5, 7) if step * power <= value)


def round_up(value: float) -> float:
    """To two figures, upwards; whole where it can be."""
    power = 10.0 ** (floor(log10(value)) - 1)
    rounded = ceil(value / power - 1e-9) * power
    return int(rounded) if rounded >= 1 and abs(rounded - round(rounded)) < 1e-6 else round(rounded, 4)


def smaller(facts: Facts, params: float, possible: float, key: str, lang: Lang) -> Option:
    """The largest round size that is possible the same way."""
    smaller = round_down(max(possible, 1e6))
    sets: dict[str, Value | None] = {"params": int(smaller)}
    if facts.params_slot == "base_model":
        sets = {"base_model": None, "params": int(smaller)}
    return option(lang, key, sets, size=size(smaller))
