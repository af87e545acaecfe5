"""The question of judgement that a skill puts to its engine, and the protocol that every engine keeps."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Generic, Protocol, TypeVar

from pydantic import BaseModel

from framework.artifacts.base import Decided, sha256
from framework.artifacts.records import EngineName

C = TypeVar("C", bound=BaseModel)
D = TypeVar("D", bound=BaseModel)


class ForeignText:
    """Marks a string of a context as someone else's words: the user's text, a file's lines, a program's output."""


FOREIGN: Final = ForeignText()
Fenced = Annotated[str, FOREIGN]  # a prompt shows it between fences as data; every other string is our own


def no_faults(_context: BaseModel, _decision: BaseModel) -> list[str]:
    """For a question whose every well-formed answer can stand."""
    return []


@dataclass(frozen=True)
class Ask(Generic[C, D]):
    """A typed question: what is known (context), what an answer looks like (output), how a rule answers it.

    Its prompt is the file `agents/<role>/prompts/<question>.md.j2`. A question without that file is no question for
    a model: its rule answers it always.
    """

    kind: str  # "<role>.<question>": names its recording and its prompt
    context: C  # what a prompt may say: its fields are the prompt's variables, and there are no others
    output: type[D]
    rule: Callable[[C], D]
    faults: Callable[[C, D], list[str]] = no_faults  # why an answer cannot stand, as code sees it

    @property
    def role(self) -> str:
        """The agent that asks."""
        return self.kind.partition(".")[0]

    @property
    def question(self) -> str:
        """What it asks, as its prompt's file is called."""
        return self.kind.partition(".")[2]

    @property
    def key(self) -> str:
        """The name of its decision: the same question about the same context, answered in the same form."""
        form = json.dumps(self.output.model_json_schema(), sort_keys=True)
        return f"{self.kind}-{sha256(self.context.model_dump_json() + form)[:16]}"


class Engine(Protocol):
    """Answers an Ask with a Decision. It proposes; gates and receipts decide what counts."""

    @property
    def name(self) -> EngineName:
        """The name it has on the command line and in receipts."""

    @property
    def decided(self) -> Sequence[Decided]:
        """Who answered which question, one entry per answer in their order, since this engine was made."""

    def decide(self, ask: Ask[C, D]) -> D:
        """The decision, of the type that the Ask demands."""


class Announce(Protocol):
    """Tells the user what an engine is doing, with a sentence of the catalogue."""

    def __call__(self, key: str, /, **fields: object) -> None: ...


def unheard(_key: str, /, **_fields: object) -> None:
    """For an engine that nobody listens to."""
