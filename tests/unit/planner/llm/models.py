"""Engines that answer what a test has written down, the way a model does: faults are seen, then the rule answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from pydantic import BaseModel

from framework.artifacts.base import Decided
from framework.artifacts.records import EngineName
from framework.engines.base import Ask, C, D


@dataclass
class Told:
    """Answers by the kind of question; the rule answers the others, and where the answer has faults."""

    answers: dict[str, BaseModel]
    complaints: dict[str, list[str]] = field(default_factory=dict)
    contexts: dict[str, BaseModel] = field(default_factory=dict)
    name: EngineName = "llm"
    decided: Sequence[Decided] = ()

    def decide(self, ask: Ask[C, D]) -> D:
        self.contexts[ask.kind] = ask.context
        if ask.kind not in self.answers:
            return ask.rule(ask.context)
        answer = cast(D, self.answers[ask.kind])
        self.complaints[ask.kind] = ask.faults(ask.context, answer)
        return ask.rule(ask.context) if self.complaints[ask.kind] else answer


@dataclass
class Unjudged(Told):
    """An engine that hands on whatever it was given, as a recording does that somebody has edited."""

    def decide(self, ask: Ask[C, D]) -> D:
        answer = self.answers.get(ask.kind)
        return ask.rule(ask.context) if answer is None else cast(D, answer)
