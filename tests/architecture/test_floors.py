"""The house has floors: a module imports from its own floor or from below, and there are no circles."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import pytest

from tests.architecture.house import belongs_to, modules

FLOORS = {
    "cli": ["framework.cli"],
    "workflow": ["framework.workflow"],
    "agents": ["agents"],
    "machinery": [
        "framework.engines",
        "framework.gates",
        "framework.knowledge",
        "framework.rendering",
        "framework.runtime",
    ],
    "ground": ["framework.artifacts", "framework.errors", "framework.messages", "framework.resources"],
}
HEIGHT = {package: height for height, floor in enumerate(reversed(FLOORS.values())) for package in floor}

# Who alone may reach for what: a library costs start-up time or opens a door to the world, so it has one place.
RESERVED = {
    "langgraph": ["framework.workflow"],
    "langchain_core": ["framework.workflow", "framework.engines.llm"],
    "langchain_openai": ["framework.engines.llm"],
    "openai": ["framework.engines.llm"],
    "httpx2": ["framework.engines.llm"],
    "langsmith": ["framework.engines.llm"],
    "docker": ["framework.runtime.docker"],
    "subprocess": ["framework.runtime.processes"],
    "rich": ["framework.cli"],
    "typer": ["framework.cli"],
}


def _height(name: str) -> int:
    """The floor of a module, counted from the ground. The root package holds the version and nothing else."""
    found = [height for package, height in HEIGHT.items() if belongs_to(name, package)]
    assert found or name == "framework", f"{name} stands on no floor: give its folder a place in FLOORS"
    return max(found, default=0)


def _edges(*, for_types: bool) -> list[tuple[str, str]]:
    known = modules()
    return [(n, used) for n, module in known.items() for used in module.imports(for_types=for_types) if used in known]


def test_every_import_stays_on_its_floor_or_goes_down() -> None:
    climbing = [f"{name} imports {used}" for name, used in _edges(for_types=True) if _height(used) > _height(name)]
    assert climbing == []


def test_no_module_imports_itself_through_others() -> None:
    """Lazy imports count, since they only put the trouble off; imports for types alone do not exist at run time."""
    graph: dict[str, set[str]] = {}
    for name, used in _edges(for_types=False):
        graph.setdefault(name, set()).add(used)
    circle: list[str] = []
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1]
    assert circle == [], "modules import each other in a circle"


@pytest.mark.parametrize("library", RESERVED)
def test_a_library_is_reached_from_its_one_place(library: str) -> None:
    allowed = RESERVED[library]
    strangers = [
        f"{module.where} imports {used}"
        for name, module in modules().items()
        for used in module.imports()
        if belongs_to(used, library) and not any(belongs_to(name, place) for place in allowed)
    ]
    assert strangers == []


def test_templates_and_tests_are_not_imported() -> None:
    outside = ("templates", "tests", "benchmarks", "specs", "generated")
    found = [
        f"{module.where} imports {used}"
        for module in modules().values()
        for used in module.imports()
        if used.partition(".")[0] in outside
    ]
    assert found == []
