"""The package is built in floors: a file imports from its own floor or below, and never in a circle."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator

import pytest

from tests.architecture.checkout import PACKAGE, ROOT, SOURCE, modules, where

pytestmark = pytest.mark.fast

FLOORS = [
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
    "probes",
]
THIN = ("main.py", "scripts", "examples", "benchmarks", "notebooks", "tests", "tutorials")
# Where a distribution's module is called differently.
MODULE_OF = {"pyyaml": "yaml"}
# Modules that belong to a declared distribution without having its name.
BROUGHT_ALONG = {"huggingface_hub", "pydantic_core", "starlette"}  # of datasets, pydantic, fastapi


def _ours(names: Iterator[str]) -> set[str]:
    return {name for name in names if name in modules()}


def test_every_folder_of_the_package_is_a_floor() -> None:
    assert {module.floor for module in modules().values()} == {"", *FLOORS}


def test_a_module_imports_from_its_own_floor_or_below() -> None:
    # The package's own __init__ names what stands on the floors, lazily, and is imported by nobody.
    upward = [
        f"{module.name} imports {name}"
        for module in modules().values()
        if module.floor
        for name in _ours(module.imports())
        if not modules()[name].floor or FLOORS.index(modules()[name].floor) > FLOORS.index(module.floor)
    ]
    assert upward == []


def test_nothing_in_the_package_imports_the_server() -> None:
    users = [
        f"{module.name} imports {name}"
        for module in modules().values()
        if module.floor not in ("", "inference.server")
        for name in _ours(module.imports())
        if modules()[name].floor == "inference.server"
    ]
    assert users == []


def test_no_module_imports_itself_in_a_circle_not_even_lazily() -> None:
    edges = {module.name: _ours(module.imports()) for module in modules().values() if module.floor}
    assert [path for name in edges if (path := _way_back(name, edges))] == []


def _way_back(start: str, edges: dict[str, set[str]]) -> list[str]:
    """A way from a module to itself; empty if there is none."""
    ways, seen = [[start]], set[str]()
    while ways:
        way = ways.pop()
        for name in edges.get(way[-1], set()):
            if name == start:
                return [*way, name]
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


def test_the_package_knows_nothing_of_what_uses_it() -> None:
    users = {name.removesuffix(".py") for name in THIN}
    found = [
        f"{module.name} imports {name}"
        for module in modules().values()
        for name in module.imports()
        if name.partition(".")[0] in users
    ]
    assert found == []


def test_a_tutorial_is_a_single_file_that_needs_nothing_of_the_package() -> None:
    for path in (ROOT / "tutorials").glob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        assert not {name for name in names if name.partition(".")[0] in (PACKAGE, "tutorials")}, where(path)


def _distributions(requirements: list[str]) -> set[str]:
    """The modules that a list of requirements brings."""
    names = {requirement.partition(">")[0].partition("[")[0].strip() for requirement in requirements}
    return {MODULE_OF.get(name, name.replace("-", "_")) for name in names}


def test_a_module_imports_at_its_top_only_what_is_always_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    always = _distributions(project["dependencies"]) | sys.stdlib_module_names | BROUGHT_ALONG | {PACKAGE}
    serve = _distributions(project["optional-dependencies"]["serve"])
    foreign = [
        f"{module.name} imports {name}"
        for module in modules().values()
        for name in module.imports(everywhere=False)
        if name.partition(".")[0] not in (always | serve if module.floor == "inference.server" else always)
    ]
    assert foreign == []


def test_what_is_imported_anywhere_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    declared = {name for one in lists for name in _distributions(one)}
    imported = {name.partition(".")[0] for module in modules().values() for name in module.imports()}
    assert imported - declared - sys.stdlib_module_names - BROUGHT_ALONG - {PACKAGE} == set()


def test_importing_the_package_does_not_bring_pytorch_in() -> None:
    code = f"import sys, {PACKAGE}; print({PACKAGE}.__version__, sorted({{'torch', 'numpy'}} & set(sys.modules)))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.endswith(" []\n")


def test_the_top_of_the_package_gives_everything_that_it_promises() -> None:
    tree = modules()[PACKAGE].tree
    promised = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    typed = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert promised == sorted(promised)
    assert set(promised) == typed - {"TYPE_CHECKING", "Any"}
    assert SOURCE.joinpath("py.typed").is_file()
