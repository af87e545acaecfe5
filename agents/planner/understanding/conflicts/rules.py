"""The facts of rules/facts.yaml: what software needs, what sizes reach, what licences allow."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TypeVar

from agents.planner.rules import rule_text
from framework.artifacts.base import Strict
from framework.resources import parse_yaml

T = TypeVar("T")


class FactTables(Strict):
    """rules/facts.yaml."""

    needs: dict[str, list[str]]
    python: dict[str, str]
    sizes: dict[str, float]
    contexts: dict[str, int]
    languages: dict[str, list[str]]
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


def by_name(table: Mapping[str, T], model: str) -> T | None:
    """What a table says of a model that the catalog does not hold: its longest entry that the name begins with."""
    bare = model.lower().rstrip("/").rpartition("/")[2].replace("_", "-")
    found = [start for start in table if bare.startswith(start)]
    return table[max(found, key=len)] if found else None


def device_memory(name: str) -> float | None:
    """What a phone or board leaves for a model, in GB."""
    return tables().devices.get(name)


def reachable(benchmark: str, params: float) -> float | None:
    """The points that the best open model of that size makes; None beyond what is known."""
    rows = tables().reach.get(benchmark, [])
    return next((points for largest, points in rows if params <= largest), None)
