"""Wishes that cannot all come true, found by arithmetic and by a few facts; each with its ways out."""

from __future__ import annotations

from collections.abc import Sequence

from agents.planner.understanding.model import Conflict, Mark
from framework.artifacts.requirements import Item
from framework.messages import Lang


def find_conflicts(items: Sequence[Item], marks: Sequence[Mark], lang: Lang) -> list[Conflict]:
    return []
