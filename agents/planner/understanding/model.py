"""What was understood of a text."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from framework.artifacts.base import Strict
from framework.artifacts.requirements import Item, Slot
from framework.artifacts.slots import Value
from framework.messages import Lang

# Facts that no slot holds and that decide whether wishes agree.
Mark = Literal[
    "hosted_api",
    "cloud",
    "rented",
    "from_scratch",
    "continued",
    "owned",
    "laptop",
    "single_box",
    "offline_site",
    "cuda",
    "unquantized",
    "first_token",
    "params_at_most",
]


class Option(Strict):
    """A way out of a contradiction: what to tell the user, and the slots it sets (None empties a slot)."""

    text: str
    sets: dict[Slot, Value | None] = Field(default_factory=dict)


class Conflict(Strict):
    """Wishes that cannot all come true. The first option is the one that we would take."""

    slots: list[Slot]
    why: str
    options: list[Option] = Field(min_length=1)

    @property
    def id(self) -> str:
        """The id of its question: the slots it is about."""
        return f"contradiction.{'+'.join(self.slots)}"


class Understanding(Strict):
    """A text as the planner reads it. An item's score here is only how exact the words are, not how certain we are."""

    lang: Lang
    name: str
    title: str
    items: list[Item]
    contradictions: list[Conflict] = Field(default_factory=list)
    marks: list[Mark] = Field(default_factory=list)
