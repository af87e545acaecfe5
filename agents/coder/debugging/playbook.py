"""The playbook of DEBUG_CODE.md: what a failure looks like, what it means, and how it is mended.

An entry is data. Its patterns are regular expressions, tried without regard to case; a named group in one of them,
`(?P<name>...)`, may be used as `{name}` in the reason and in the repair.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from agents.coder.debugging.code_edits.edits import Edit
from agents.coder.debugging.endless import is_endless
from framework.artifacts.base import Strict

# fmt: off
Kind = Literal[
    "dependency", "drift", "import", "syntax", "name", "call", "config", "shape", "dtype", "device", "memory",
    "numbers", "tokenizer", "mask", "data", "encoding", "checkpoint", "launch", "worker", "network", "time",
]
# fmt: on


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"must be a regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles), Field(min_length=1)]


class Says(Strict):
    """What the message, the log or what the error followed from must say: one of `any_of`, and all of `all_of`."""

    any_of: list[Pattern] = Field(default_factory=list)
    all_of: list[Pattern] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> Says:
        if not (self.any_of or self.all_of):
            raise ValueError("must have a pattern under any_of or all_of")
        return self


class Facts(Strict):
    """What must be true of the project and its environment."""

    device: Literal["cpu", "gpu"] | None = None
    installed: list[str] = Field(default_factory=list, description="top-level modules that the environment has")
    absent: list[str] = Field(default_factory=list, description="top-level modules that it has not")


class When(Strict):
    """How the failure is recognised. What is left out is not asked."""

    error: list[Pattern] = Field(default_factory=list, description="the exception's class, whole; one of them")
    says: Says | None = None
    at: list[Pattern] = Field(default_factory=list, description="what the project's own failing code does; one of them")
    facts: Facts = Field(default_factory=Facts)

    @model_validator(mode="after")
    def _asks_something(self) -> When:
        if not (self.error or self.says):
            raise ValueError("must have error or says: an entry without them fits every failure")
        return self


class Sentence(Strict):
    """One sentence in both languages."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)


class ConfigChange(Strict):
    """A setting of the run's config. `keys`: the names it may have, the first that the schema knows counts."""

    keys: list[str] = Field(min_length=1)
    to: bool | int | float | str | list[str] | None = None
    by: Literal["value", "halve", "double", "tenth", "tenfold", "remove", "number"] = "value"


class ConfigRepair(Strict):
    """The settings are changed together."""

    kind: Literal["config"]
    change: list[ConfigChange] = Field(min_length=1)
    requirement: bool = Field(False, description="whether it changes something that people may have asked for")


class DependencyRepair(Strict):
    """A distribution is added or its versions are bounded; what is imported from it stays."""

    kind: Literal["dependency"]
    distribution: str = Field(min_length=1)
    versions: str = ""


class CodeRepair(Strict):
    """Edits of code, made together; one that applies nowhere is passed over unless all do."""

    kind: Literal["code"]
    edits: list[Edit] = Field(min_length=1)


class DataRepair(Strict):
    """What was made of the data is made anew. The user's own files are never touched."""

    kind: Literal["data"]
    again: Literal["mini_data"] = "mini_data"
    change: list[ConfigChange] = Field(default_factory=list)


Repair = Annotated[ConfigRepair | DependencyRepair | CodeRepair | DataRepair, Field(discriminator="kind")]


class Entry(Strict):
    """One known failure. Its repairs are tried in their order; one without any is advice for a person."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    kind: Kind = Field(alias="class")
    when: When
    why: Sentence
    advice: Sentence | None = None
    repair: list[Repair] = Field(default_factory=list)
    guess: bool = False
    check: Literal["same-command", "tests", "probes"] = "same-command"

    @model_validator(mode="after")
    def _ends(self) -> Entry:
        says = self.when.says or Says.model_construct()
        for pattern in (*self.when.error, *self.when.at, *says.any_of, *says.all_of):
            if is_endless(pattern):
                raise ValueError(
                    f"entry {self.id}: the pattern {pattern!r} repeats a repetition, which may take for ever; "
                    "write it with one repetition, or with a separator that every turn needs"
                )
        return self


class Limits(Strict):
    """How long it is tried."""

    attempts: int = Field(gt=0, description="repairs of one run of the stage")
    per_failure: int = Field(gt=0, description="repairs of one failure")
    seconds: int = Field(gt=0, description="wall time of one epoch")
    memory_gib: float = Field(gt=0)
    final_tests: Literal["all", "fast"] = Field("all", description="what is run once more when something was repaired")


class Playbook(Strict):
    """DEBUG_CODE.md."""

    limits: Limits
    entries: list[Entry]
    synonyms: list[list[str]] = Field(default_factory=list, description="other words for the same setting")

    @model_validator(mode="after")
    def _ids_differ(self) -> Playbook:
        ids = [entry.id for entry in self.entries]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"two entries have the id {twice[0]}")
        return self
