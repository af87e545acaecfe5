"""What packages need of each other, from the metadata of those that lie in an environment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement

from framework.artifacts.pins import normal
from framework.runtime.env_facts import site_packages


def needed_by(home: Path, names: Collection[str], environment: Mapping[str, str]) -> set[str]:
    """The packages themselves and all that they need, where markers are judged by the environment given."""
    there = {normal(one.name): one for one in distributions(path=[str(site_packages(home))])}
    found: dict[str, set[str]] = {}
    waiting = [(normal(name), frozenset[str]()) for name in names]
    while waiting:
        name, extras = waiting.pop()
        if name in found and extras <= found[name]:
            continue
        found.setdefault(name, set()).update(extras)
        if name in there:
            waiting += _needs(there[name], extras, environment)
    return set(found)


def _needs(
    package: Distribution, extras: frozenset[str], environment: Mapping[str, str]
) -> list[tuple[str, frozenset[str]]]:
    asked = [Requirement(line) for line in package.requires or []]
    cases = [{**environment, "extra": extra} for extra in ("", *sorted(extras))]
    meant = [one for one in asked if one.marker is None or any(one.marker.evaluate(case) for case in cases)]
    return [(normal(one.name), frozenset(one.extras)) for one in meant]
