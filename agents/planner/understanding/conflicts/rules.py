"""The facts of rules/facts.yaml: what software needs, what sizes reach, what licences allow."""

from __future__ import annotations

from functools import cache

from agents.planner.rules import rule_text
from framework.artifacts.base import Strict
from framework.resources import parse_yaml


class FactTables(Strict):
    """rules/facts.yaml."""

    needs: dict[str, list[str]]
    python: dict[str, str]
    reach: dict[str, list[tuple[int, float]]]
    cuda: dict[str, float]
    permissive: list[str]
    non_commercial: list[str]
    licenses: dict[str, str]
    devices: dict[str, float]


@cache
def tables() -> FactTables:
    """The tables, read once."""
    return FactTables.model_validate(parse_yaml(rule_text("facts.yaml")))


def device_memory(name: str) -> float | None:
    """What a phone or board leaves for a model, in GB."""
    return tables().devices.get(name)


def reachable(benchmark: str, params: float) -> float | None:
    """The points that the best open model of that size makes; None beyond what is known."""
    rows = tables().reach.get(benchmark, [])
    return next((points for largest, points in rows if params <= largest), None)
