"""The machine: which accelerators, how many, how much memory each, or none at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.numbers import Number
from agents.planner.understanding.quantities import Quantity
from agents.planner.understanding.reading import Mention, Reading
from agents.planner.understanding.scope import Mode
from agents.planner.understanding.slots.gpus import NamedGpu, accelerator_named, find_gpus

_MEASURES = re.compile(r"[张块片枚颗路个]")
_COUNT_AFTER = re.compile(r"s?[\s(,]*(?:\d+ ?gi?b?\b[\s(,]*)?(?:x|\*|:)\s?(\d{1,5})(?![\d.]|\s?gi?b?\b)")
_EACH = re.compile(r"each|per|of|with|x|\*|每|各|a piece|apiece|都是|的")
_MEMORY_REACH = 24
_HAS_ONE = re.compile(r"(?:有|用|在|租|借)(?:了)?(张|块)\s?$")


@dataclass(frozen=True)
class Cards:
    """Some cards that the text speaks of: a named accelerator, or just "a card"."""

    start: int
    end: int
    name: str | None


def read_hardware(reading: Reading) -> Iterator[Mention]:
    """The mentions of `hardware.*`."""
    gpus = find_gpus(reading)
    cards = sorted([*_named(reading, gpus), *_unnamed(reading, gpus)], key=lambda card: card.start)
    for card in cards:
        if card.name:
            yield Mention("hardware.gpu", card.name, card.start, card.end)
        yield from _count(reading, card)
    yield from _memories(reading, cards)
    yield from _cpu_only(reading, cards)


def _named(reading: Reading, gpus: list[NamedGpu]) -> Iterator[Cards]:
    for gpu in gpus:
        if reading.is_meant(gpu.start):
            yield Cards(gpu.start, gpu.end, gpu.name)


def _unnamed(reading: Reading, gpus: list[NamedGpu]) -> Iterator[Cards]:
    named = {position for gpu in gpus for position in range(gpu.start, gpu.end)}
    for term in reading.said("card"):
        if term.start not in named:
            yield Cards(term.start, term.end, None)


def _count(reading: Reading, card: Cards) -> Iterator[Mention]:
    """How many of the card: the number before it, or else behind it, times the number of machines."""
    number = _number_before(reading, card)
    if number:
        start, value, named_apart = number.start, number.value or 0, card.name is None
    elif behind := _number_behind(reading, card):
        start, value, named_apart = card.start, behind[0], False
        card = Cards(card.start, behind[1], card.name)
    else:
        return
    if value != int(value) or not 1 <= value <= 100_000:
        return
    nodes = _nodes(reading, start, card.end)
    yield Mention(
        "hardware.count", int(value) * nodes, start, card.end, strength=(1 if named_apart else 2) + (nodes > 1)
    )


def _number_before(reading: Reading, card: Cards) -> Number | None:
    """The number that counts the card; between them stand only measure words, adjectives and its memory."""
    for number in reading.numbers_until(card.start, 40):
        gap_start = number.bare_end if number.letter else number.end
        if number.value is None or number.letter or not _is_gap(reading, gap_start, card.start):
            continue
        if any(q.unit not in ("块", "块钱") for q in reading.quantities_in(number.start, number.end)):
            continue
        return number
    has_one = _HAS_ONE.search(reading.plain, max(0, card.start - 6), card.start)
    return Number(has_one.start(1), has_one.end(), 1, 1, has_one.end()) if has_one else None


def _is_gap(reading: Reading, start: int, end: int) -> bool:
    """Whether only words that belong to a card stand there: "two [old 24GB] 3090s", "一张[24G显存的]卡"."""
    at = start
    plain = reading.plain
    covered = {term.start: term.end for term in reading.terms.get("shape_words", []) if start <= term.start < end}
    covered |= {term.start: term.end for term in reading.terms.get("vram_word", []) if start <= term.start < end}
    covered |= {q.start: q.end for q in reading.quantities_in(start, end) if q.dimension == "memory"}
    while at < end:
        if plain[at] in " -x*/":
            at += 1
        elif at in covered:
            at = covered[at]
        else:
            return False
    return at == end or not plain[start:end].strip()


def _number_behind(reading: Reading, card: Cards) -> tuple[float, int] | None:
    """A100 x 8 · A6000 一张 · 3090 双卡 · V100 (4张) · "4090s, two of them"."""
    match = _COUNT_AFTER.match(reading.plain, card.end)
    if match:
        return float(match[1]), match.end()
    if card.name is None:
        return None
    for number in reading.numbers_from(card.end, 14):
        gap = reading.plain[card.end : number.start]
        behind = reading.plain[number.end : number.end + 8].lstrip()
        measured = re.match(r"[张块片枚颗路]|卡|cards?\b|of them|gpus?\b", behind)
        next_name = re.match(r"[张块片枚颗路卡]*\s?(?:[a-z]*\d{2,}|昇腾)", behind)
        if measured and not next_name and re.fullmatch(r"s?[\s(,]*(?:\d+ ?gi?b?)?[\s(,]*(?:有|共)?", gap):
            return number.value or 0, number.end + (measured.end() if number.value else 0)
        break
    return None


def _nodes(reading: Reading, start: int, end: int) -> int:
    """How many machines hold the cards: "2 nodes of 8 H100", "两台机器每台 8 张", "two 8xA100 boxes"."""
    for node in reading.neighbours("node", start, end, 30):
        if not reading.is_meant(node.start):
            continue
        number = next(_numbers_right_before(reading, node), None)
        if number and node.end <= start:
            gap = reading.plain[node.end : start]
            is_total = node.value == "node" and reading.plain[node.start : node.end] == "机" and not _EACH.search(gap)
            if (not gap.strip() or _EACH.search(gap) or "each" in reading.plain[end : end + 8]) and not is_total:
                return max(1, int(number.value or 1))
        if node.start >= end and node.start - end <= 4:
            for before in reading.numbers_until(start, 40):
                if not reading.plain[before.end : start].strip(" 台个") and (before.value or 0) >= 2:
                    return int(before.value or 1)
    return 1


def _numbers_right_before(reading: Reading, term: Term) -> Iterator[Number]:
    for number in reading.numbers_until(term.start, 40):
        if not reading.plain[number.end : term.start].strip(" 个"):
            yield number


def _memories(reading: Reading, cards: list[Cards]) -> Iterator[Mention]:
    """The memory of one card. A figure counts when it says so, or stands at a card and is no other memory."""
    for quantity in reading.quantities:
        if quantity.dimension != "memory" or not 1 <= quantity.value <= 1024 or not reading.is_meant(quantity.start):
            continue
        named = _says_vram(reading, quantity)
        if not named and (_is_other_memory(reading, quantity) or not _stands_at_card(reading, quantity, cards)):
            continue
        value = quantity.value
        if reading.near("total", quantity.start, quantity.end, 8):
            value /= max([count.value for card in cards for count in _count(reading, card) if isinstance(count.value, int)] or [1])
        yield Mention("hardware.vram_gb", int(value) if value == int(value) else value, quantity.start, quantity.end, 1 + named)


def _says_vram(reading: Reading, quantity: Quantity) -> bool:
    """ "24G 显存", "VRAM: 24GB"."""
    words = reading.in_clause("vram_word", quantity.start)
    return any(0 <= word.start - quantity.end <= 4 or 0 <= quantity.start - word.end <= 8 for word in words)


def _is_other_memory(reading: Reading, quantity: Quantity) -> bool:
    return any(
        0 <= term.start - quantity.end <= 9 or 0 <= quantity.start - term.end <= 3
        for term in reading.neighbours("not_vram", quantity.start, quantity.end, 16)
    )


def _stands_at_card(reading: Reading, quantity: Quantity, cards: list[Cards]) -> bool:
    """Close to a card in the same sentence, or in a list of machine facts ("T4 16GB", "24GB each")."""
    sentence = reading.clause(quantity.start).sentence
    for card in cards:
        distance = quantity.start - card.end if quantity.start >= card.end else card.start - quantity.end
        if distance <= _MEMORY_REACH and reading.clause(card.start).sentence == sentence:
            return True
    return False


def _cpu_only(reading: Reading, cards: list[Cards]) -> Iterator[Mention]:
    """Said as such ("CPU only", 没有显卡), or by denying the card and running on a CPU."""
    elsewhere = Mode.PAST | Mode.OTHERS | Mode.LATER | Mode.ASKED
    found = reading.said("cpu_only", unless=elsewhere | Mode.DENIED) + reading.denied("gpu_word")
    on_cpu = [term for term in reading.said("on_cpu") if not cards]
    has_cards = any(card.name for card in cards)
    for term in [*found, *on_cpu]:
        serves = any(reading.in_clause("serving_word", term.start))
        if not (serves and has_cards):
            yield Mention("hardware.cpu_only", True, term.start, term.end)
