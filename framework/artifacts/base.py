"""The base of every artifact: a pydantic model that is the YAML front matter of one Markdown report."""

from __future__ import annotations

import hashlib
import json
import operator
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from framework.errors import InvalidDocument
from framework.messages import Lang


class Strict(BaseModel):
    """A model that refuses unknown keys, so that a typing error in a hand-edited file is named and not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Question(Strict):
    """Something a human should decide, with what happens while nobody does."""

    id: str
    slot: str
    text: str
    why: str
    choices: list[str] = Field(default_factory=list)
    default: str | None = None
    answer: str | None = None
    score: float = Field(ge=0, le=1, description="the certainty after the answer")
    strategy: str = Field(default="", description="how it is followed up while it stays uncertain")
    for_a_person: bool = Field(default=False, description="whether it waits for one even where --yes takes defaults")

    @property
    def is_open(self) -> bool:
        """Neither answered nor given a follow-up strategy."""
        return self.answer is None and not self.strategy


RULE, RECORDING = "rule", "recording"


class Decided(Strict):
    """Who answered one question of judgement."""

    kind: str = Field(description="the question, as <role>.<question>")
    by: str = Field(description="rule, recording, or the name of a model")
    why: str = Field(default="", description="why the rule answered and not the model, or whose answer was recorded")


class Artifact(Strict):
    """One stage's report. The model is the truth; the body is rendered from it for people."""

    FILE: ClassVar[str]
    VOLATILE: ClassVar[Any] = frozenset()  # fields, or a tree of them, in pydantic's form of `exclude`

    TELLS_UNMET: ClassVar[bool] = False  # whether it says what of all wishes is unmet, and so replaces earlier answers

    schema_version: Literal[1] = 1
    decided: list[Decided] = Field(default_factory=list, exclude_if=operator.not_, description="if not rules alone")

    def body(self) -> str:
        """The report for people, in Markdown."""
        raise NotImplementedError(f"{type(self).__name__} renders no body")

    @property
    def language(self) -> Lang:
        """The language its body is written in."""
        raise NotImplementedError(f"{type(self).__name__} names no language")

    def headline(self) -> str:
        """Its result in one line, for the end of a run; empty where there is nothing to say."""
        return ""

    def unmet_wishes(self) -> list[str]:
        """The wishes that it could not grant, for `foundry status`."""
        return []

    def open_questions(self) -> list[Question]:
        """The questions that a human has yet to answer."""
        return []

    def adopted_over(self, accepted: Self) -> Self:
        """This model as edited by hand, given the version that was accepted before."""
        return self

    def content_hash(self) -> str:
        """The hash of what it says, without the fields that differ from run to run (times, say)."""
        data = self.model_dump(mode="json", exclude=self.VOLATILE)
        data.pop("decided", None)  # the same report is the same, whoever had the idea
        return sha256(json.dumps(data, sort_keys=True, ensure_ascii=False))


class Proof(Artifact):
    """An artifact that holds what commands have shown. A person may add notes to it; the rest nobody can vouch for."""

    def adopted_over(self, accepted: Self) -> Self:
        raise InvalidDocument(
            f"reports/{self.FILE} holds what commands have shown, and an edit of that cannot be adopted.",
            hint=f"Keep your remarks under `## Notes` and run foundry resume with --regenerate {self.FILE}.",
        )


def sha256(text: str | bytes) -> str:
    """The hex digest used in receipts, fingerprints and decision names."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return hashlib.sha256(data).hexdigest()
