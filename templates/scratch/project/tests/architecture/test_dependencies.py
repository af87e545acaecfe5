"""What is imported is declared: by the project itself, or by the extra that the importing part belongs to."""

import ast
import re
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.checkout import PACKAGE, ROOT, files, tree_of

_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_EXTRAS: dict[str, list[str]] = _PROJECT["optional-dependencies"]
_OWN = {PACKAGE, *(path.name for path in ROOT.iterdir()), *(path.stem for path in ROOT.glob("*/*.py"))}
# Parts of what is declared that have a name of their own.
_BROUGHT = {
    "pydantic": {"pydantic-core"},
    "fastapi": {"starlette"},
    "datasets": {"huggingface-hub", "httpx"},
}


def _names(requirements: list[str]) -> set[str]:
    return {_plain(re.split(r"[\[<>=!~;, ]", requirement)[0]) for requirement in requirements}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported(folder: str) -> set[str]:
    """The packages of others that a folder's files import, by the names under which they are installed."""
    nodes = [node for path in files() if _is_code(path, folder) for node in ast.walk(tree_of(path))]
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    tops = {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - _OWN
    return {_plain(_owners().get(top, [top])[0]) for top in tops}


@cache
def _owners() -> Mapping[str, list[str]]:
    return packages_distributions()


def _is_code(path: Path, folder: str) -> bool:
    return path.suffix == ".py" and path.is_relative_to(ROOT / folder)


@pytest.mark.parametrize(
    ("folder", "extras"),
    [
        pytest.param("src", ["data", "serve", "export", "eval"], marks=pytest.mark.fast),
        ("scripts", ["serve", "export"]),
        ("tutorials", []),
        ("examples", []),
        ("benchmarks", ["serve", "bench"]),
        ("docs", ["docs"]),
        ("tests", ["data", "serve", "export", "eval", "docs", "dev"]),
    ],
)
def test_what_is_imported_is_declared(folder: str, extras: list[str]) -> None:
    declared = [*_PROJECT["dependencies"], *(name for extra in extras for name in _EXTRAS[extra])]
    names = _names(declared)
    brought = set().union(*(_BROUGHT.get(name, set()) for name in names))
    assert _imported(folder) - names - brought == set()
