"""requirements.md: what the user wants, item by item, each with its evidence and its certainty."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from framework.artifacts.base import Artifact, Question, Strict
from framework.artifacts.slots import NAME_PATTERN, REPEATABLE, SLOTS, Throughput, Value, broken_rule
from framework.messages import Lang

Provenance = Literal["stated", "answered", "inferred", "defaulted"]


def _known_slot(slot: str) -> str:
    if slot not in SLOTS:
        raise ValueError(f"is no slot; the slots are {', '.join(SLOTS)}")
    return slot


Slot = Annotated[str, AfterValidator(_known_slot)]


class Item(Strict):
    """One value that the project is built from."""

    slot: Slot
    value: Value
    provenance: Provenance
    quote: str | None = Field(default=None, description="the words of the request that say so")
    score: float = Field(ge=0, le=1)
    note: str = ""

    @model_validator(mode="after")
    def _value_fits_slot(self) -> Self:
        if rule := broken_rule(self.slot, self.value):
            raise ValueError(f"the value of {self.slot} must be {rule}, not {self.value!r}")
        return self


class Contradiction(Strict):
    """Wishes that cannot all come true, with the ways out."""

    slots: list[Slot]
    why: str
    options: list[str]

    @property
    def question_id(self) -> str:
        """The id of the question that puts it to the user."""
        return f"contradiction.{'+'.join(self.slots)}"


class Project(Strict):
    """The project's names and the language that its reports are written in."""

    name: str = Field(pattern=f"^{NAME_PATTERN}$")
    title: str
    language: Lang

    @property
    def slug(self) -> str:
        """The name as hosts, images and jobs of a cluster are called."""
        return self.name.replace("_", "-").strip("-").lower()


class Requirements(Artifact):
    """What the user wants."""

    FILE: ClassVar[str] = "requirements.md"

    project: Project
    items: list[Item]
    questions: list[Question] = Field(default_factory=list)
    contradictions: list[Contradiction] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_item_per_slot(self) -> Self:
        seen: set[str] = set()
        for item in self.items:
            if item.slot in seen and item.slot not in REPEATABLE:
                raise ValueError(f"slot {item.slot} has several items; only goal and problem may")
            seen.add(item.slot)
        return self

    @property
    def language(self) -> Lang:
        return self.project.language

    def body(self) -> str:
        from framework.artifacts.requirements_body import render

        return render(self)

    def open_questions(self) -> list[Question]:
        return [question for question in self.questions if question.is_open]

    def adopted_over(self, accepted: Self) -> Self:
        """An item whose value was changed by hand is the user's answer: it no longer rests on a quote."""
        before = {(item.slot, str(item.value)) for item in accepted.items}
        items = [item if (item.slot, str(item.value)) in before else _answered(item) for item in self.items]
        return self.model_copy(update={"items": items})

    def item(self, slot: str) -> Item | None:
        """The slot's item, if it has one (the first one of `goal` and `problem`)."""
        return next((item for item in self.items if item.slot == slot), None)

    def value(self, slot: str) -> Value | None:
        """The slot's value, if it has one."""
        item = self.item(slot)
        return item.value if item else None

    def number(self, slot: str) -> float | None:
        """The value of a slot that holds a number."""
        value = self.value(slot)
        return value if isinstance(value, int | float) else None

    def count(self, slot: str) -> int | None:
        """The value of a slot that holds a whole number."""
        value = self.value(slot)
        return value if isinstance(value, int) else None

    def text(self, slot: str) -> str | None:
        """The value of a slot that holds a text; several are joined."""
        texts = self.texts(slot)
        return ", ".join(texts) if texts else None

    def texts(self, slot: str) -> list[str]:
        """The values of a slot that holds texts, one by one."""
        values = [item.value for item in self.items if item.slot == slot]
        return [text for value in values for text in (value if isinstance(value, list) else [str(value)])]

    def flag(self, slot: str) -> bool:
        """Whether a slot is there and says yes."""
        return self.value(slot) is True

    def throughput(self) -> Throughput | None:
        """The throughput asked for."""
        value = self.value("sla.throughput")
        return value if isinstance(value, Throughput) else None


def _answered(item: Item) -> Item:
    return item.model_copy(update={"provenance": "answered", "quote": None, "score": 1.0})
