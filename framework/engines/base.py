"""The question of judgement that a skill puts to its engine, and the protocol that every engine keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from framework.artifacts.base import sha256
from framework.artifacts.records import EngineName

C = TypeVar("C", bound=BaseModel)
D = TypeVar("D", bound=BaseModel)


@dataclass(frozen=True)
class Ask(Generic[C, D]):
    """A typed question: what is known (context), what an answer looks like (output), how a rule answers it."""

    kind: str  # "<role>.<question>": names its recording, and its prompt for an engine that needs one
    context: C
    output: type[D]
    rule: Callable[[C], D]

    @property
    def key(self) -> str:
        """The name of its decision: the same question about the same context has the same answer."""
        return f"{self.kind}-{sha256(self.context.model_dump_json())[:16]}"


class Engine(Protocol):
    """Answers an Ask with a Decision. It proposes; gates and receipts decide what counts."""

    @property
    def name(self) -> EngineName:
        """The name it has on the command line and in receipts."""

    def decide(self, ask: Ask[C, D]) -> D:
        """The decision, of the type that the Ask demands."""
