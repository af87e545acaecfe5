"""The expert engine: rules, catalogs and arithmetic. It needs no key and no network."""

from __future__ import annotations

from framework.artifacts.records import EngineName
from framework.engines.base import Ask, C, D


class ExpertEngine:
    """Answers every Ask by its rule."""

    name: EngineName = "expert"

    def decide(self, ask: Ask[C, D]) -> D:
        """What the rule says."""
        return ask.rule(ask.context)
