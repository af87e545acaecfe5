"""From mentions to items: corrections, several values of one slot, and the evidence of each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from agents.planner.understanding.reading import Mention, Reading
from framework.artifacts.requirements import Item
from framework.artifacts.slots import REPEATABLE, SLOTS, Kind, Value, broken_rule

_NO = re.compile(
    r"(?:\.\.\.?|-|,)\s*no[,:. ]\s*(?=[a-z0-9])(?!(?:gpu|lora|training|fine|need|more|less|cloud|internet|rag|problem|budget|sft|dpo|pre-?train\w*|quanti\w+)\b)"
)
_LISTS = frozenset(slot for slot, kind in SLOTS.items() if kind is Kind.TEXTS)
_CORRECTION_REACH = 70
_LONGEST_QUOTE = 300
_MOST_VALUES = 8
_ORDER = {slot: position for position, slot in enumerate(SLOTS)}


def assemble(reading: Reading, mentions: Iterable[Mention]) -> list[Item]:
    """One item per slot (goal and problem aside), in the order of docs/slots.md."""
    valid = (m for m in mentions if not broken_rule(m.slot, m.value) and reading.source.quote(m.start, m.end))
    ordered = sorted(valid, key=lambda mention: (_ORDER[mention.slot], mention.start, mention.end))
    items: list[Item] = []
    for slot, group in groupby(ordered, key=lambda mention: mention.slot):
        kept = _corrected(reading, list(group))
        if slot in REPEATABLE:
            items += [_item(reading, [mention], mention.value) for mention in kept[:_MOST_VALUES]]
        elif slot in _LISTS:
            items.append(_listed(reading, kept))
        else:
            best = max(kept, key=lambda mention: mention.strength)
            items.append(_item(reading, [best], best.value))
    return items


def _corrected(reading: Reading, mentions: list[Mention]) -> list[Mention]:
    """ "a 4090, no wait, a 3090": what was taken back goes."""
    taken_back: set[int] = set()
    words = [(term.start, term.end) for term in reading.terms.get("correction", [])]
    words += [match.span() for match in _NO.finditer(reading.plain)]
    for start, end in words[:50]:
        before = [m for m in mentions if m.end <= start and start - m.end <= _CORRECTION_REACH]
        after = [m for m in mentions if m.start >= end and m.start - end <= _CORRECTION_REACH]
        if before and after:
            last = max(before, key=lambda mention: mention.end)
            taken_back.add(id(last))
    return [mention for mention in mentions if id(mention) not in taken_back] or mentions


def _listed(reading: Reading, mentions: list[Mention]) -> Item:
    """All values of a slot that may have several, each once."""
    strongest = max(mention.strength for mention in mentions)
    kept = [mention for mention in mentions if mention.strength == strongest]
    values = list(dict.fromkeys(str(mention.value) for mention in kept))[:_MOST_VALUES]
    value: Value = values[0] if len(values) == 1 else values
    return _item(reading, [mention for mention in kept if str(mention.value) in values], value)


def _item(reading: Reading, mentions: list[Mention], value: Value) -> Item:
    slot = mentions[0].slot
    certainty = min(mention.certainty for mention in mentions)
    return Item(slot=slot, value=value, provenance="stated", quote=_quote(reading, mentions), score=certainty)


def _quote(reading: Reading, mentions: list[Mention]) -> str:
    """The words from the first mention to the last, where they stand close enough to be read as one."""
    start, end = min(m.start for m in mentions), max(m.end for m in mentions)
    if end - start > _LONGEST_QUOTE:
        start, end = mentions[0].start, mentions[0].end
    return reading.source.quote(start, end)
