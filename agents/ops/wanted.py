"""What a project wants installed: what its pyproject.toml declares, and which of it the code imports at run time."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping

from packaging.requirements import Requirement
from pydantic import BaseModel, Field

from framework.artifacts.pins import normal
from framework.errors import InvalidDocument
from framework.runtime.codetree import CodeTree

PYPROJECT = "pyproject.toml"
DEVELOPMENT = "dev"
_RUNTIME = ("src/", "scripts/", "main.py")


class Declared(BaseModel):
    """The part of pyproject.toml that says what is needed."""

    name: str
    dependencies: list[str] = Field(default_factory=list)
    extras: dict[str, list[str]] = Field(default_factory=dict, alias="optional-dependencies")

    def of_extra(self, extra: str, seen: frozenset[str] = frozenset()) -> list[str]:
        """What an extra brings; where it names the project's own extras (`name[data]`), what those bring."""
        wanted: list[str] = []
        for line in self.extras.get(extra, []):
            requirement = Requirement(line)
            if normal(requirement.name) != normal(self.name):
                wanted.append(line)
                continue
            inner = sorted(requirement.extras - seen - {extra})
            wanted += [one for name in inner for one in self.of_extra(name, seen | {extra})]
        return list(dict.fromkeys(wanted))

    def inside(self, extra: str, seen: frozenset[str] = frozenset()) -> set[str]:
        """The extra itself and the project's own extras that it names."""
        named = [Requirement(line) for line in self.extras.get(extra, [])]
        inner = {name for one in named if normal(one.name) == normal(self.name) for name in one.extras} - seen - {extra}
        return {extra}.union(*(self.inside(name, seen | {extra}) for name in inner))


class _Pyproject(BaseModel):
    project: Declared


def declared(tree: CodeTree) -> Declared:
    """What the project's pyproject.toml declares."""
    try:
        found = _Pyproject.model_validate(tomllib.loads(tree.texts[PYPROJECT])).project
        for line in (*found.dependencies, *(line for extra in found.extras.values() for line in extra)):
            Requirement(line)
    except (KeyError, ValueError) as error:
        raise InvalidDocument(
            f"{PYPROJECT}: must be a file with a [project] table whose dependencies are requirements: {error}",
            hint=f"Mend {PYPROJECT} in the project and run `foundry resume`.",
        ) from error
    return found


def for_development(project: Declared) -> list[str]:
    """What `make test` needs: the dependencies and the extra `dev`."""
    return list(dict.fromkeys((*project.dependencies, *project.of_extra(DEVELOPMENT))))


def at_run_time(project: Declared, used: Collection[str], development: Collection[str]) -> list[str]:
    """The dependencies, and whole extras of which the code imports something; extras for developers never count.

    An extra counts as one: what its packages need of each other at run time shows in no import (onnxruntime, onnx).
    """
    offered = [name for name in project.extras if name in project.inside(DEVELOPMENT) and name not in development]
    chosen = [name for name in offered if name != DEVELOPMENT and _brings(project.of_extra(name), used)]
    return list(dict.fromkeys((*project.dependencies, *(one for name in chosen for one in project.of_extra(name)))))


def left_optional(project: Declared, development: Collection[str]) -> list[str]:
    """Extras that neither the code's tests nor the developers' tools need: they are installed by hand."""
    return sorted(set(project.extras) - project.inside(DEVELOPMENT) - set(development))


def direct_names(wanted: Iterable[str]) -> list[str]:
    """The names of the distributions."""
    return sorted({normal(Requirement(line).name) for line in wanted})


def used_at_run_time(tree: CodeTree, brought_by: Mapping[str, Collection[str]]) -> set[str]:
    """The distributions that the package, the scripts and main.py import. `brought_by` maps a module to its makers."""
    modules = {
        module for path, parsed in tree.python.items() if path.startswith(_RUNTIME) for module in _imports(parsed)
    }
    foreign = modules - set(sys.stdlib_module_names) - _own(tree)
    return {normal(maker) for module in foreign for maker in brought_by.get(module, [module])}


def _brings(wanted: Iterable[str], used: Collection[str]) -> bool:
    return any(name in used for name in direct_names(wanted))


def _own(tree: CodeTree) -> set[str]:
    """The modules that the project itself holds."""
    places = (path.removeprefix("src/").split("/") for path in tree.files if path.endswith(".py"))
    return {parts[0].removesuffix(".py") for parts in places}


def _imports(parsed: ast.AST) -> Iterator[str]:
    """The top-level modules that it imports; what only type checkers see does not count."""
    if isinstance(parsed, ast.If) and "TYPE_CHECKING" in ast.unparse(parsed.test):
        yield from (module for otherwise in parsed.orelse for module in _imports(otherwise))
        return
    if isinstance(parsed, ast.Import):
        yield from (alias.name.partition(".")[0] for alias in parsed.names)
    elif isinstance(parsed, ast.ImportFrom) and parsed.module and not parsed.level:
        yield parsed.module.partition(".")[0]
    for child in ast.iter_child_nodes(parsed):
        if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from _imports(child)
