"""What a second reading adds to the rules' own: new values with their quotes; a disagreement becomes a question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.planner.second_reading.evidence import Evidence
from agents.planner.second_reading.question import Found, title_flaws
from agents.planner.understanding import Conflict, Option, Understanding
from framework.artifacts.requirements import Item
from framework.artifacts.requirements_body import shown, slot_name
from framework.artifacts.slots import SLOTS, Kind, Value
from framework.messages import Lang, say

MOST_DOUBTS = 2  # few questions: the rules have read the request as well
_WORDS = frozenset({Kind.TEXT, Kind.TEXTS})
_CLOSED = frozenset({"hardware.gpu", "base_model", "license", "data_format"})  # words that mean one thing
_TUNING = frozenset({"sft", "lora_finetune"})  # one job in two sizes
_RIVALS = {"hardware.gpu": "hardware.cpu_only", "hardware.cpu_only": "hardware.gpu"}
_CONFIRMED = frozenset({"task"})  # decides too much to be built on a conclusion; a wrong `domain` costs a word
_ORDER = list(SLOTS)


@dataclass(frozen=True)
class Reread:
    """A request that was read twice."""

    understood: Understanding
    doubts: tuple[Conflict, ...] = ()  # where the readings differ
    concluded: frozenset[str] = frozenset()  # the slots whose value follows from the words and is not in them

    def unsettled(self, items: Sequence[Item]) -> list[Conflict]:
        """The doubts about values that still stand as the rules read them."""
        read = {(item.slot, item.provenance) for item in self.understood.items}
        standing = {item.slot for item in items if (item.slot, item.provenance) in read}
        return [doubt for doubt in self.doubts if set(doubt.slots) & standing]

    def unconfirmed(self, items: Sequence[Item]) -> set[str]:
        """The slots whose value was concluded and that nobody has answered since."""
        return {item.slot for item in items if item.slot in self.concluded and item.provenance == "inferred"}


def with_told(understood: Understanding, found: Found, evidence: Evidence) -> Reread:
    """The request as both have read it. Nothing that the rules read is changed."""
    items, doubts, concluded = list(understood.items), list[Conflict](), set[str]()
    for item in _proven(found, evidence):
        standing = _standing(item.slot, items)
        if standing is None:
            items = [*(old for old in items if old.slot != item.slot), item]
            concluded |= {item.slot} & _CONFIRMED if item.provenance == "inferred" else set()
        elif _differs(standing, item):
            doubts.append(_doubt(standing, item, understood.lang))
    known = {conflict.id for conflict in understood.contradictions}
    kept = {doubt.id: doubt for doubt in doubts if doubt.id not in known}
    first = sorted(kept.values(), key=lambda doubt: _ORDER.index(doubt.slots[0]))[:MOST_DOUBTS]
    title = understood.title if title_flaws(found.title, evidence) else found.title or understood.title
    told = {"items": sorted(items, key=lambda item: _ORDER.index(item.slot)), "title": title}
    return Reread(understood.model_copy(update=told), tuple(first), frozenset(concluded))


def _proven(found: Found, evidence: Evidence) -> Iterable[Item]:
    """Each slot once, as far as it stands."""
    seen: set[str] = set()
    for told in found.values:
        if told.slot not in seen and (item := evidence.item(told)):
            seen.add(told.slot)
            yield item


def _standing(slot: str, items: Sequence[Item]) -> Item | None:
    """What the rules have read for the slot, or for the one that rules it out. A task left open is none."""
    asked = (slot, _RIVALS.get(slot, slot))
    return next((item for item in items if item.slot in asked and item.value != "unknown"), None)


def _differs(standing: Item, told: Item) -> bool:
    """Whether the readings exclude each other; a wish told in other words does not, nor does a part of several."""
    if standing.slot != told.slot:
        return True
    if SLOTS[told.slot] in _WORDS and told.slot not in _CLOSED:
        return False
    if told.slot == "task" and {str(standing.value), str(told.value)} <= _TUNING:
        return False
    return not set(_texts(told.value)) & set(_texts(standing.value))


def _texts(value: Value) -> list[str]:
    return [text.lower() for text in value] if isinstance(value, list) else [str(value).lower()]


def _shown(item: Item, lang: Lang) -> str:
    """The value as plain text; names stay as they are, and nothing is escaped for a report yet."""
    if item.slot == "task" or not isinstance(item.value, str | list):
        return shown(item, lang)
    return item.value if isinstance(item.value, str) else ", ".join(item.value)


def _doubt(standing: Item, told: Item, lang: Lang) -> Conflict:
    """The rules' reading stays unless the user chooses the other."""
    slots = list(dict.fromkeys([standing.slot, told.slot]))
    sets: dict[str, Value | None] = {standing.slot: None, told.slot: told.value}
    quotes = {"first": standing.quote or _shown(standing, lang), "second": told.quote or _shown(told, lang)}
    return Conflict(
        slots=slots,
        why=say(lang, "planner.read_twice", slot=slot_name(told.slot, lang), **quotes),
        options=[
            Option(
                text=say(lang, "planner.read_as", slot=slot_name(item.slot, lang), value=_shown(item, lang)), sets=way
            )
            for item, way in ((standing, {}), (told, sets))
        ],
    )
