"""Wishes that cannot all come true, found by arithmetic and by a few facts; each with its ways out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from agents.planner.understanding.conflicts.data import data_conflicts
from agents.planner.understanding.conflicts.facts import Facts
from agents.planner.understanding.conflicts.machine import machine_conflicts
from agents.planner.understanding.conflicts.money import rent_conflicts
from agents.planner.understanding.conflicts.serving import serving_conflicts
from agents.planner.understanding.conflicts.sizes import size_conflicts
from agents.planner.understanding.conflicts.terms import terms_conflicts
from agents.planner.understanding.conflicts.training import training_conflicts
from agents.planner.understanding.model import Conflict, Mark
from framework.artifacts.requirements import Item
from framework.messages import Lang


def find_conflicts(items: Sequence[Item], marks: Sequence[Mark], lang: Lang) -> list[Conflict]:
    """Every conflict among the values, each once; what must be settled first comes first."""
    facts = Facts.of(items, marks)
    found = chain(
        machine_conflicts(facts, lang),
        size_conflicts(facts, lang),
        training_conflicts(facts, lang),
        rent_conflicts(facts, lang),
        data_conflicts(facts, lang),
        serving_conflicts(facts, lang),
        terms_conflicts(facts, lang),
    )
    return list({conflict.id: conflict for conflict in reversed(list(found))}.values())[::-1]
