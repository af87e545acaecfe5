"""A model that says what a test wants it to say, judged as a real one is: form, faults, and then the rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from framework.artifacts.base import RULE, Decided
from framework.artifacts.records import EngineName
from framework.engines.base import Ask, C, D

Answer = Mapping[str, object] | Callable[[BaseModel], Mapping[str, object]]
NAME = "scripted-model"


class Scripted:
    """Gives its answers one after the other, the last one for ever. Each is judged, and told of its faults once."""

    name: EngineName = "llm"

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.questions: list[Ask[Any, Any]] = []
        self.faults: list[str] = []
        self._decided: list[Decided] = []

    @property
    def decided(self) -> Sequence[Decided]:
        return self._decided

    @property
    def asked(self) -> list[BaseModel]:
        """The contexts of what it was asked."""
        return [one.context for one in self.questions]

    def decide(self, ask: Ask[C, D]) -> D:
        self.questions.append(ask)
        for _ in range(2):
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            given = answer(ask.context) if callable(answer) else answer
            try:
                decision = ask.output.model_validate(given)
            except ValidationError as error:
                self.faults += [one["msg"] for one in error.errors()]
                continue
            faults = ask.faults(ask.context, decision)
            self.faults += faults
            if not faults:
                self._decided.append(Decided(kind=ask.kind, by=NAME))
                return decision
        self._decided.append(Decided(kind=ask.kind, by=RULE, why="faults"))
        return ask.rule(ask.context)
