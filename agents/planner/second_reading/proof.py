"""Whether a quote says a value, by our own reading of the quote alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from agents.planner.understanding.assemble import assemble
from agents.planner.understanding.extract import mentions_in, read
from agents.planner.understanding.numbers import find_numbers
from agents.planner.understanding.reading import Reading
from agents.planner.understanding.source import Source
from framework.artifacts.slots import SLOTS, Kind, Value
from framework.engines.sentences import figures_in

WORDS = frozenset({Kind.TEXT, Kind.TEXTS})
# Words with one meaning each, which the rules know; other words in these slots would lead to nothing.
_CLOSED = frozenset({"task", "language_of_data", "data_format", "license", "privacy", "python", "method"})
NAMED = frozenset({"hardware.gpu", "base_model", "stack", "compatibility", "benchmarks"})
_UNITS = {  # the dimension of the slot's figures, the slot's unit in the base of that dimension, and what must be near
    "time_limit_h": ("time", 3600, r""),
    "sla.latency_ms": ("time", 0.001, r""),
    "hardware.vram_gb": (
        "memory",
        1,
        r"^(?!.*(?:txt|text|data|corpus|disk|语料|数据|文本|硬盘|内存)).*(?:gpu|card|vram|显存|显卡|卡)",
    ),
    "context_len": ("tokens", 1, r""),
    "sla.availability": ("percent", 1, r"\bup\b|uptime|avail|online|reachable|可用|在线"),
}
_MOST = {"context_len": 10_000_000, "hardware.count": 100_000, "hardware.vram_gb": 1_000}
_TERM = re.compile(r"[a-z0-9.+#]+|[\u4e00-\u9fff]")
# Names have capitals or figures within: Qwen2.5-7B, DeepSpeed, BoolQ. Words of a sentence have neither.
_WORD = re.compile(r"[^\W\d_]{2,}|[\u4e00-\u9fff]")
_NAME = re.compile(r"(?=\S*[a-z])(?=\S+[A-Z0-9])[A-Za-z][\w.+/-]*")


def says(slot: str, value: Value, told: str, quote: str, per_usd: Mapping[str, float]) -> bool:
    """Whether the quote gives the value that was made of what was told."""
    if slot in _CLOSED or SLOTS[slot] not in WORDS:
        return value in _found(slot, quote, per_usd)
    if not _WORD.search(told):
        return False  # a bare figure is no data set, no field and no benchmark
    if not terms(told) <= terms(quote):
        return value in _found(slot, quote, per_usd)
    return slot not in NAMED or _is_name(slot, told) or value in _found(slot, told, per_usd)


def _is_name(slot: str, told: str) -> bool:
    """Whether a name that no rule knows looks like one. A model's name tells its size or version."""
    compound = slot != "base_model" or bool(re.search(r"[a-z].*[-/].*\d", told, re.IGNORECASE))
    return compound and _NAME.fullmatch(told.strip()) is not None


def _found(slot: str, quote: str, per_usd: Mapping[str, float]) -> list[Value]:
    """What the rules find in the quote for the slot. Unlike an answer, a number alone says nothing here."""
    reading = reading_of(quote)
    found = [item.value for item in assemble(reading, mentions_in(reading, per_usd)) if item.slot == slot]
    most = _MOST.get(slot, float("inf"))
    return found + [value for value in _counted(slot, reading, per_usd) if value <= most]


def _counted(slot: str, reading: Reading, per_usd: Mapping[str, float]) -> list[float]:
    """The figures with a unit that fits the slot."""
    quantities = [quantity for quantity in reading.quantities if not quantity.is_article]
    if slot == "budget_usd":
        return [round(one.value / per_usd[one.dimension], 2) for one in quantities if one.dimension in per_usd]
    if slot not in _UNITS:
        return []
    dimension, each, near = _UNITS[slot]
    fits = re.search(near, reading.plain) is not None
    return [one.value / each for one in quantities if fits and one.dimension == dimension]


@lru_cache(maxsize=64)
def reading_of(text: str) -> Reading:
    """A piece of the request as the rules read it."""
    return read(text)


def terms(text: str) -> set[str]:
    """The words, and each Chinese character."""
    return set(_TERM.findall(Source.of(text).plain))


def figures(text: str) -> set[float]:
    """The figures, in digits or in words."""
    plain = Source.of(text).plain
    numbers = [number for number in find_numbers(plain) if not number.is_article]
    return figures_in(plain) | {value for number in numbers for value in (number.value, number.bare) if value}
