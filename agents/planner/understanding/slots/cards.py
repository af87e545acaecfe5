"""The cards that the text speaks of, and how many there are of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.numbers import Number
from agents.planner.understanding.reading import Mention, Reading
from agents.planner.understanding.slots.gpus import find_gpus

_MOST = 100_000
_LEAD = 40  # characters: "two brand new water-cooled 24GB 3090s"
_TIMES = re.compile(r"s?[\s(,]*(?:\d+ ?gi?b?\b[\s(,]*)?(?:x|\*|:)\s?(\d{1,5})(?!\d|\.\d|\s?gi?b?\b)")
_MEASURED = re.compile(r"\s*(?:[张块片枚颗路]|卡|cards?\b|gpus?\b)")
_BEFORE_COUNT = re.compile(r"s?(?:显存|内存|的)?[\s(,]*[有共]?")
_ONE_IMPLIED = re.compile(r"[有用在租借]了?([张块])\s?$")  # 有张4090
_OF_THEM = re.compile(r" of (?:them|those|these|which)\b")
_OF_THEM_REACH, _OF_THEM_MOST = 60, 64
# "a donated T4", "one refurbished A40": a word that can be nothing but an adjective.
_ADJECTIVE = re.compile(r"(?<= )(?!need|speed|feed|only|any|by|every)[a-z]{3,}(?:ed|y|al|ish|over)(?= )")
_SPREAD = re.compile(r"each|per|of|with|x|\*|[每各]|apiece|都是|的")
_NODE_REACH = 30


@dataclass(frozen=True)
class Cards:
    """Some cards: a named accelerator, or just "a card"."""

    start: int
    end: int
    name: str | None


def find_cards(reading: Reading) -> list[Cards]:
    """The cards that are meant, in the order of the text."""
    gpus, phrases = reading.once(find_gpus), reading.spans("cpu_only")
    named = [Cards(gpu.start, gpu.end, gpu.name) for gpu in gpus if reading.is_meant(gpu.start)]
    in_names = reading.spans_of(find_gpus)
    unnamed = [
        Cards(term.start, term.end, None)
        for term in reading.said("card")
        if not in_names.covers(term.start) and not phrases.covers(term.start)
    ]
    return sorted([*named, *unnamed], key=lambda card: card.start)


def read_counts(reading: Reading) -> Iterator[Mention]:
    """The mentions of `hardware.count`."""
    for card in reading.once(find_cards):
        if mention := count_of(reading, card):
            yield mention
        yield from _some_of_them(reading, card)


def count_of(reading: Reading, card: Cards) -> Mention | None:
    """How many of the card: the number before it, or else behind it, times the number of machines."""
    if number := _number_before(reading, card):
        start, end, value = number.start, card.end, number.value or 0
    elif behind := _number_behind(reading, card):
        start, end, value = card.start, behind.end, behind.value or 0
    else:
        return None
    if value != int(value) or not 1 <= value <= _MOST:
        return None
    nodes = _nodes(reading, start, end)
    strength = (2 if card.name else 1) + (nodes > 1)
    return Mention("hardware.count", int(value) * nodes, start, end, strength)


def _number_before(reading: Reading, card: Cards) -> Number | None:
    """Between number and card stand only measure words, adjectives and the card's memory."""
    for number in reading.numbers_until(card.start, _LEAD):
        is_money_like = all(quantity.unit == "块" for quantity in reading.quantities_in(number.start, number.end))
        if (
            number.value is not None
            and not number.letter
            and is_money_like
            and not reading.spans_of(find_gpus).touches(number.start, number.end)  # "my RTX 4090 card"
            and _is_gap(reading, number.end, card.start)
        ):
            return number
    one = _ONE_IMPLIED.search(reading.plain, max(0, card.start - 6), card.start)
    return Number(one.start(1), one.end(), 1, 1, one.end()) if one else None


def _is_gap(reading: Reading, start: int, end: int) -> bool:
    """ "two [old 24GB] 3090s", "一张[24G显存的]卡"."""
    pieces: dict[int, int] = {q.start: q.end for q in reading.quantities_in(start, end) if q.dimension == "memory"}
    for kind in ("shape_words", "vram_word"):
        pieces |= {term.start: term.end for term in reading.terms_from(kind, start, end - start)}
    at = start
    while at < end:
        if reading.plain[at] in " -x*/":
            at += 1
        elif at in pieces:
            at = pieces[at]
        elif adjective := _ADJECTIVE.match(reading.plain, at, end):
            at = adjective.end()
        else:
            return False
    return at == end


def _number_behind(reading: Reading, card: Cards) -> Number | None:
    """A100 x 8 · A6000 一张 · 3090 双卡 · V100 (4张)."""
    plain = reading.plain
    if times := _TIMES.match(plain, card.end):
        return Number(times.start(1), times.end(), float(times[1]), float(times[1]), times.end())
    memories = reading.quantities_in(card.end, card.end + 10)
    behind = max([card.end, *(q.end for q in memories if q.dimension == "memory" and q.start <= card.end + 2)])
    number = next(reading.numbers_from(behind, 14), None)
    measured = _MEASURED.match(plain, number.end) if number else None
    if number is None or measured is None or not _BEFORE_COUNT.fullmatch(plain, behind, number.start):
        return None
    if card.name is None and not measured[0].lstrip().startswith(("张", "块")):
        return None
    counts_next_card = reading.spans_of(find_gpus).touches(measured.end(), measured.end() + 2)
    return None if counts_next_card else replace(number, end=measured.end())


def _some_of_them(reading: Reading, card: Cards) -> Iterator[Mention]:
    """ "8 V100, but I can only use two of them": those are the ones that count."""
    sentence = reading.clause(card.start).sentence
    for number in reading.numbers_from(card.end, _OF_THEM_REACH):
        value = number.value or 0
        some = _OF_THEM.match(reading.plain, number.end)
        if (
            some
            and value == int(value)
            and 1 <= value <= _OF_THEM_MOST
            and not number.letter
            and reading.counts(number.start)
        ):
            if reading.clause(number.start).sentence == sentence:
                yield Mention("hardware.count", int(value), number.start, some.end(), strength=9)


def _nodes(reading: Reading, start: int, end: int) -> int:
    """How many machines hold the cards: "2 nodes of 8 H100", "两台机器每台 8 张", "two 8xA100 boxes"."""
    for node in reading.neighbours("node", start, end, _NODE_REACH):
        if not reading.is_meant(node.start):
            continue
        if node.end <= start and (number := _right_before(reading, node)) and _are_spread(reading, node, start, end):
            return max(1, int(number.value or 1))
        if 0 <= node.start - end <= 4 and (number := _apart(reading, start)):
            return int(number.value or 1)
    return 1


def _are_spread(reading: Reading, node: Term, start: int, end: int) -> bool:
    """Whether each machine has that many. 两机十六卡 says how many there are in all."""
    gap = reading.plain[node.end : start]
    each = _SPREAD.search(gap) or "each" in reading.plain[end : end + 8]
    in_all = reading.plain[node.start : node.end] == "机" and not _SPREAD.search(gap)
    return bool(not gap.strip() or each) and not in_all


def _right_before(reading: Reading, term: Term) -> Number | None:
    numbers = reading.numbers_until(term.start, _LEAD)
    return next((n for n in numbers if not reading.plain[n.end : term.start].strip(" 个")), None)


def _apart(reading: Reading, start: int) -> Number | None:
    """The "two" of "two 8xA100 boxes"."""
    numbers = reading.numbers_until(start, _LEAD)
    return next((n for n in numbers if not reading.plain[n.end : start].strip(" 台个") and (n.value or 0) >= 2), None)
