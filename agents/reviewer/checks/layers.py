"""The floors of the package: a file imports from its own floor or below, and never in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agents.reviewer.checks.imports import package_of
from agents.reviewer.subject import Subject
from agents.reviewer.syntax import Import, imports
from framework.artifacts.review import ReviewFinding

NAME = "layers"
# From the ground up, where the project itself says nothing else. The server stands on inference, below nobody.
FLOORS = (
    "utils",
    "config",
    "tokenizers",
    "models",
    "checkpoint",
    "data",
    "inference",
    "inference.server",
    "evaluation",
    "training",
)
_STATED_IN = "tests/architecture/test_floors.py"
_TOP_OF_ALL = "inference.server"
_USERS = {"main", "scripts", "examples", "benchmarks", "notebooks", "tests", "tutorials"}


def look(subject: Subject) -> Iterator[ReviewFinding]:
    """Directions, circles, and what is imported from above the package."""
    floors = floors_of(subject)
    edges: dict[str, dict[str, Import]] = {}
    for module, file in subject.modules.items():
        if file not in subject.trees or module == subject.package:
            continue
        for one in imports(subject.trees[file], package_of(file)):
            if one.top in _USERS and one.top != subject.package:
                yield subject.finding(NAME, "user", file, one.line, module=module, other=one.module)
            target = f"{one.module}.{one.name}" if f"{one.module}.{one.name}" in subject.modules else one.module
            if target in subject.modules and one.top == subject.package and one.name != "__version__":
                edges.setdefault(module, {}).setdefault(target, one)
                yield from _direction(subject, file, one, module, target, floors)
    yield from _circles(subject, edges)
    yield from _tutorials(subject)


def floors_of(subject: Subject) -> tuple[str, ...]:
    """The floors as the project's own test states them, or the usual ones."""
    tree = subject.tree.python.get(_STATED_IN)
    for node in tree.body if tree else ():
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FLOORS":
            return _texts(node.value) or FLOORS
    return FLOORS


def _texts(node: ast.expr) -> tuple[str, ...]:
    items = node.elts if isinstance(node, ast.List | ast.Tuple) else []
    return tuple(str(item.value) for item in items if isinstance(item, ast.Constant))


def floor_of(module: str, package: str, floors: tuple[str, ...]) -> str:
    """The highest floor that the module lies on; empty for the package's own top."""
    inner = module.removeprefix(package).strip(".")
    return max((floor for floor in floors if f"{inner}.".startswith(f"{floor}.")), key=len, default="")


def _direction(
    subject: Subject, file: str, one: Import, module: str, target: str, floors: tuple[str, ...]
) -> Iterator[ReviewFinding]:
    own, other = (floor_of(name, subject.package, floors) for name in (module, target))
    fields = {"module": module, "other": target, "own": own, "floor": other or subject.package}
    if own not in floors:
        return
    upward = other not in floors or floors.index(other) > floors.index(own)
    if upward or (other == _TOP_OF_ALL != own):
        yield subject.finding(NAME, "upward", file, one.line, **fields)


def _circles(subject: Subject, edges: dict[str, dict[str, Import]]) -> Iterator[ReviewFinding]:
    """One finding for each shortest circle, at its import that comes first."""
    told: set[frozenset[str]] = set()
    for start in sorted(edges):
        way = _way_back(start, edges)
        if way and not any(told_one <= set(way) for told_one in told):
            told.add(frozenset(way))
            line = edges[start][way[1]].line
            yield subject.finding(NAME, "circle", subject.modules[start], line, way=" -> ".join(way))


def _way_back(start: str, edges: dict[str, dict[str, Import]]) -> list[str]:
    """The shortest way from a module to itself; empty if there is none."""
    ways, seen = [[start]], set[str]()
    while ways:
        longer: list[list[str]] = []
        for way in ways:
            for name in sorted(edges.get(way[-1], ())):
                if name == start:
                    return [*way, name]
                if name not in seen:
                    seen.add(name)
                    longer.append([*way, name])
        ways = longer
    return []


def _tutorials(subject: Subject) -> Iterator[ReviewFinding]:
    """A tutorial is one file that can be read, and copied, alone."""
    for file, tree in subject.tree.python.items():
        if file.startswith("tutorials/"):
            for one in imports(tree, package_of(file)):
                if one.top in (subject.package, "tutorials"):
                    yield subject.finding(NAME, "tutorial", file, one.line, module=one.module)
