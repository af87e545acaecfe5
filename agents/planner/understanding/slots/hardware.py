"""The machine: which accelerators, how much memory each, or none at all."""

from __future__ import annotations

from collections.abc import Iterator

from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.quantities import Quantity
from agents.planner.understanding.reading import ELSEWHERE, Mention, Reading
from agents.planner.understanding.scope import Mode
from agents.planner.understanding.slots.cards import Cards, count_of, find_cards, read_counts

_CARD_REACH = 24  # characters between a card and its memory: "some NVIDIA card, 12 GB I think"
_ONLY_REACH = 20  # characters between "only" and the processor: "only a 4-core Intel CPU", 只有一台旧笔记本的 CPU
_LARGEST_GB = 1024
_UNDENIED = ELSEWHERE & ~Mode.DENIED  # "no GPU" holds its own denial


def read_hardware(reading: Reading) -> Iterator[Mention]:
    """The mentions of `hardware.*`."""
    for card in reading.once(find_cards):
        if card.name:
            yield Mention("hardware.gpu", card.name, card.start, card.end)
    yield from read_counts(reading)
    yield from _memories(reading)
    yield from _cpu_only(reading)


def _memories(reading: Reading) -> Iterator[Mention]:
    """The memory of one card. A figure counts when it says so, or stands at a card and is no other memory."""
    for quantity in reading.quantities:
        if (
            quantity.dimension != "memory"
            or not 1 <= quantity.value <= _LARGEST_GB
            or not reading.counts(quantity.start)
        ):
            continue
        named = _says_vram(reading, quantity)
        card = _card_near(reading, quantity)
        if named or (card and not _is_other_memory(reading, quantity)):
            value = _for_each(reading, quantity, card)
            yield Mention("hardware.vram_gb", value, quantity.start, quantity.end, 1 + named)


def _says_vram(reading: Reading, quantity: Quantity) -> bool:
    """ "24G 显存", "VRAM: 24GB"."""
    words = reading.in_clause("vram_word", quantity.start)
    return any(0 <= word.start - quantity.end <= 4 or 0 <= quantity.start - word.end <= 8 for word in words)


def _is_other_memory(reading: Reading, quantity: Quantity) -> bool:
    """16 GB of RAM, a dump of 1.4 GB."""
    return any(
        0 <= term.start - quantity.end <= 9 or 0 <= quantity.start - term.end <= 3
        for term in reading.neighbours("not_vram", quantity.start, quantity.end, 16)
    )


def _card_near(reading: Reading, quantity: Quantity) -> Cards | None:
    """The nearest card in the same sentence ("T4 16GB", "24GB each")."""
    sentence = reading.clause(quantity.start).sentence
    near = [
        (max(quantity.start - card.end, card.start - quantity.end), card)
        for card in reading.pieces_near(find_cards, quantity.start - _CARD_REACH, quantity.end + _CARD_REACH)
        if reading.clause(card.start).sentence == sentence
    ]
    return min(near, key=lambda pair: pair[0])[1] if near else None


def _for_each(reading: Reading, quantity: Quantity, card: Cards | None) -> float:
    """The figure per card; "96 GB in total" is shared out."""
    count = count_of(reading, card) if card else None
    shared = count is not None and reading.near("total", quantity.start, quantity.end, 8)
    value = quantity.value / int(str(count.value)) if count and shared else quantity.value
    return int(value) if value == int(value) else round(value, 3)


def _cpu_only(reading: Reading) -> Iterator[Mention]:
    """Said as such ("CPU only", 没有显卡), by denying the card, or by running on a CPU where no card is named."""
    named = any(card.name for card in reading.once(find_cards))
    on_cpu = [] if reading.once(find_cards) else [*_only_a_cpu(reading), *reading.said("on_cpu")]
    for term in [*reading.said("cpu_only", _UNDENIED), *reading.denied("gpu_word"), *on_cpu]:
        if not (named and _is_for_serving(reading, term)):
            yield Mention("hardware.cpu_only", True, term.start, term.end)


def _only_a_cpu(reading: Reading) -> Iterator[Term]:
    """ "Only" and the processor that it is about; what the processor is said to be stands between them."""
    for cpu in reading.said("cpu_word"):
        only = next(reading.terms_until("only_word", cpu.start, _ONLY_REACH), None)
        if only and reading.is_meant(only.start) and reading.clause(only.start) == reading.clause(cpu.start):
            yield Term(cpu.kind, cpu.value, only.start, cpu.end)


def _is_for_serving(reading: Reading, term: Term) -> bool:
    """ "CPU only in production" says nothing about the machine that it is trained on."""
    return reading.near("serving_word", term.start, term.end, 40)
