"""Whether the request bears out what a model tells of it: the quote, the words around it, the figures, the value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from agents.planner.answering import read_answer
from agents.planner.second_reading.proof import NAMED, WORDS, figures, reading_of, says, terms
from agents.planner.understanding.slots.gpus import find_gpus
from agents.planner.understanding.slots.model_names import find_models
from framework.artifacts.base import Strict
from framework.artifacts.requirements import Item
from framework.artifacts.slots import SLOTS, Value
from framework.messages import Lang, say

_AROUND = 300  # characters: what decides how a word is meant stands in its own sentence or beside it
_IN_OWN_WORDS = frozenset({"goal", "problem"})
_NEVER = frozenset({"project_name"})  # it is settled before anyone reads again
_BROAD = frozenset({"goal", "problem", "domain", "task"})  # their quotes are whole sentences
_BESIDE = 40  # characters
_MEASURES = re.compile(r"bench|eval|score|leaderboard|\btest|metric|评测|评估|基准|测试|跑分|指标|榜", re.IGNORECASE)
_LIKE = r"[\s-]*(?:style|like|class|风格|级别|类似|那样|式)"
_NOUN = re.compile(r"[a-z]+(?:[ -][a-z]+){0,2}")


class Told(Strict):
    """One value that the request is said to hold."""

    slot: Annotated[str, Field(max_length=40)]
    value: Annotated[str, Field(max_length=200, description="as a person would write it, with its unit")]
    quote: Annotated[str, Field(max_length=300, description="the words of the request that say so, unchanged")]


@dataclass(frozen=True)
class Evidence:
    """The request, as the judge of what is told of it. `items` is what the rules have read in it."""

    text: str
    lang: Lang
    per_usd: Mapping[str, float]
    items: Sequence[Item]

    def complaint(self, told: Told) -> str:
        """Why it cannot be believed; empty where it can."""
        if told.slot not in SLOTS or told.slot in _NEVER:
            return "there is no such slot"
        span = self._span(told.quote)
        if span is None:
            return "the quote is not in the request; copy its words unchanged"
        if not self._is_meant(*span):
            return "there the request denies it, or speaks of others or of another time"
        if invented := figures(told.value) - figures(told.quote):
            return f"the figures {', '.join(f'{figure:g}' for figure in sorted(invented))} are not in the quote"
        value = self._value(told.slot, told.value)
        if value is None or value == "unknown":
            return f"the value must be {SLOTS[told.slot].value}"
        if other := self._taken(told.slot, span):
            return f"these words say what {other} is"
        if strange := self._is_strange(told, span):
            return strange
        if self._is_concluded(told) or says(told.slot, value, told.value, told.quote, self.per_usd):
            return ""
        return "the quote does not say so; use the words of the quote, or leave it out"

    def item(self, told: Told) -> Item | None:
        """The value as an item, if it stands: stated where the quote says it, inferred where it is concluded."""
        value, span = self._value(told.slot, told.value) if told.slot in SLOTS else None, self._span(told.quote)
        if value is None or span is None or self.complaint(told):
            return None
        quote = self.text[slice(*span)]
        said = says(told.slot, value, told.value, told.quote, self.per_usd)
        return Item(
            slot=told.slot,
            value=quote if told.slot in _IN_OWN_WORDS else value,
            provenance="stated" if said else "inferred",
            quote=quote,
            score=1.0,
            note=say(self.lang, "planner.read_by_model" if said else "planner.concluded_by_model"),
        )

    def _span(self, quote: str) -> tuple[int, int] | None:
        """Where the quoted words stand; a line break for a space does not matter."""
        words = quote.split()
        found = re.search(r"\s+".join(map(re.escape, words)), self.text) if words else None
        return found.span() if found else None

    def _is_meant(self, start: int, end: int) -> bool:
        """Whether the words there are a wish of here and now, by the rules that read the request."""
        first = max(0, start - _AROUND)
        reading = reading_of(self.text[first : end + _AROUND])
        begin, finish = (reading.source.plain_at(place - first) for place in (start, end))
        places = [begin + match.start() for match in re.finditer(r"\w+", reading.plain[begin:finish])]
        return all(reading.counts(place) for place in places) if places else reading.counts(begin)

    def _value(self, slot: str, text: str) -> Value | None:
        """What `--set SLOT=text` would make of it."""
        return next((item.value for item in read_answer(slot, text, self.per_usd) if item.slot == slot), None)

    def _taken(self, slot: str, span: tuple[int, int]) -> str:
        """The other slot that the rules have read the same words for: a figure or a name says one thing."""
        if SLOTS[slot] in WORDS and slot not in NAMED:
            return ""
        known = figures if SLOTS[slot] not in WORDS else terms
        for item in self.items:
            place = self._span(item.quote) if item.quote and item.slot not in (slot, *_BROAD) else None
            if place and place[0] < span[1] and span[0] < place[1]:
                shared = known(self.text[max(place[0], span[0]) : min(place[1], span[1])])
                if shared and shared >= known(self.text[slice(*span)]):
                    return item.slot
        return ""

    def _is_strange(self, told: Told, span: tuple[int, int]) -> str:
        """Why a name is the name of something else."""
        reading = reading_of(told.value.removesuffix("s"))
        if told.slot in NAMED - {"hardware.gpu"} and find_gpus(reading):
            return "this is a GPU"
        if told.slot == "compatibility" and find_models(reading):
            return "this is a model"
        around = self.text[max(0, span[0] - _BESIDE) : span[1] + _BESIDE]
        if told.slot == "benchmarks" and not _MEASURES.search(around):
            return "nothing there speaks of measuring"
        if told.slot == "base_model" and re.search(re.escape(told.value) + _LIKE, around, re.IGNORECASE):
            return "the request speaks of something like it"
        return ""

    def _is_concluded(self, told: Told) -> bool:
        return told.slot == "task" or (told.slot == "domain" and _NOUN.fullmatch(told.value) is not None)
