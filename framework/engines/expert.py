"""The expert engine: rules, catalogs and arithmetic. It needs no key and no network."""

from __future__ import annotations

from collections.abc import Sequence

from framework.artifacts.base import Decided
from framework.artifacts.records import EngineName
from framework.engines.base import Ask, C, D
from framework.engines.decisions import Decisions


class ExpertEngine:
    """Answers every Ask by its rule, and writes down what it decided where it is given a place for that."""

    name: EngineName = "expert"

    def __init__(self, decisions: Decisions | None = None) -> None:
        self._decisions = decisions

    @property
    def decided(self) -> Sequence[Decided]:
        return self._decisions.decided if self._decisions else ()

    def decide(self, ask: Ask[C, D]) -> D:
        """What the rule says."""
        if self._decisions is None:
            return ask.rule(ask.context)
        known = self._decisions.recall(ask)
        return self._decisions.keep(ask, ask.rule(ask.context)) if known is None else known
