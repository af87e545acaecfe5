"""One project to be made from nothing: what is wanted, what was chosen, and what became of each wish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.coder.scratch.settings import Name, Stated
from agents.coder.scratch.wants import Feature, is_named
from framework.artifacts.base import Strict
from framework.artifacts.requirements import Item, Requirements
from framework.artifacts.tech import Candidate, Machine, Shape, Tech, Training, Unmet
from framework.messages import Lang, say
from framework.rendering.context import ScratchContext
from framework.runtime.userdata import DataFacts


class Covered(Strict):
    """What one requirement became, and where that stands in the project."""

    slot: str
    value: str
    how: str
    files: list[str]


Outcome = Covered | Unmet


@dataclass(frozen=True)
class Refused:
    """A stated setting that cannot be had; the messages of the key say why, with these fields."""

    stated: Stated
    key: str
    fields: Mapping[str, object]


@dataclass(frozen=True)
class Case:
    """What the context is made from."""

    wanted: Requirements
    tech: Tech
    choice: Candidate
    shape: Shape
    training: Training
    facts: DataFacts | None
    features: frozenset[Feature]
    speech: str = ""
    settings: Mapping[Name, Stated] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()

    def number(self, name: Name) -> float | None:
        """A stated setting."""
        return self.settings[name].value if name in self.settings else None

    def whole(self, name: Name) -> int | None:
        """A stated setting that is a whole number."""
        return int(self.settings[name].value) if name in self.settings else None

    def names(self, words: str) -> bool:
        """Whether the user names this and does not deny it."""
        return is_named(words, self.speech)

    @property
    def lang(self) -> Lang:
        """The language of the reports."""
        return self.wanted.language

    @property
    def machine(self) -> Machine:
        """Where it is to be trained."""
        return self.tech.machines[0]

    @property
    def offline(self) -> bool:
        """Whether nothing may be fetched."""
        return self.wanted.flag("offline")

    @property
    def commercial(self) -> bool:
        """Whether the result is to be sold."""
        return "commercial" in self.wanted.texts("license")

    @property
    def languages(self) -> list[str]:
        """The languages that the model is to write."""
        stated = self.wanted.texts("language_of_data")
        return stated or self.choice.languages or [self.lang]


@dataclass(frozen=True)
class Made:
    """A case with the context that was made of it: what the account is given from."""

    case: Case
    context: ScratchContext

    @property
    def package(self) -> str:
        """The folder of the project's own code."""
        return f"src/{self.context.identity.package}"

    def called(self, dataset: str) -> str:
        """A dataset of the template's registry by a name that says something."""
        return say(self.case.lang, "scratch.own_data") if dataset == "local" else dataset

    def covered(self, slot: str, value: str, key: str, files: list[str], **fields: object) -> Covered:
        """The wish came true. `key` is the message's."""
        return Covered(slot=slot, value=value, how=say(self.case.lang, f"scratch.how_{key}", **fields), files=files)

    def unmet(self, slot: str, wish: str, key: str, **fields: object) -> Unmet:
        """The wish did not; the messages of this key say why, and what it would take."""
        why = say(self.case.lang, f"scratch.why_{key}", wish=wish, **fields)
        nearest = say(self.case.lang, f"scratch.nearest_{key}", wish=wish, **fields)
        return Unmet(slot=slot, wish=wish, why=why, nearest=[nearest])


def texts_of(item: Item) -> list[str]:
    """Its values, one by one."""
    return item.value if isinstance(item.value, list) else [str(item.value)]
