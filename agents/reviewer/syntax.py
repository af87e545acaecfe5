"""Python's syntax trees, asked the questions that several checks have."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

Function = ast.FunctionDef | ast.AsyncFunctionDef
N = TypeVar("N", bound=ast.AST)
_TREES = 8192  # trees whose answers are kept, of modules and of tests: more than one project has
_BODIES = {"body", "orelse", "finalbody", "handlers", "cases"}
_IMPORTING = {"import_module", "find_spec", "importorskip", "__import__"}


@dataclass(frozen=True)
class Import:
    """One imported name: `from a.b import c` has module a.b and name c, `import a.b` has no name."""

    module: str
    name: str
    line: int
    lazy: bool  # within a function: it runs when the function does
    for_types: bool  # below `if TYPE_CHECKING:`: it never runs

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


@lru_cache(_TREES)
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Every node of a tree, each after what holds it. Whether a name is loaded or stored is no node of its own."""
    found = [tree]
    for node in found:
        found += children(node)
    return tuple(found)


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below a node."""
    found: list[ast.AST] = []
    for value in node.__dict__.values():
        if isinstance(value, list):
            found += [one for one in value if isinstance(one, ast.AST)]
        elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
            found.append(value)
    return found


@lru_cache(_TREES)
def _by_kind(tree: ast.AST) -> dict[type, list[Any]]:
    found: dict[type, list[Any]] = {}
    for node in nodes(tree):
        found.setdefault(type(node), []).append(node)
    return found


def every(tree: ast.AST, kind: type[N]) -> list[N]:
    """Every node of one kind."""
    return _by_kind(tree).get(kind, [])


def functions(tree: ast.AST) -> list[Function]:
    """Every function and method."""
    return [*every(tree, ast.FunctionDef), *every(tree, ast.AsyncFunctionDef)]


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the dotted name of what is called."""
    return ((dotted(node.func), node) for node in every(tree, ast.Call))


def dotted(node: ast.AST) -> str:
    """`a.b.c` for names and attributes, with nothing for what else stands before a dot."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Subscript):
        return dotted(node.value)
    return node.id if isinstance(node, ast.Name) else ""


def last(name: str) -> str:
    """The last part of a dotted name."""
    return name.rpartition(".")[2]


def bases(node: ast.ClassDef) -> list[str]:
    """The last parts of the names of what a class inherits from."""
    return [last(dotted(base)) for base in node.bases]


def decorators(node: Function | ast.ClassDef) -> list[str]:
    """The dotted names of the decorators, called or not."""
    return [dotted(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list]


def body_without_docstring(node: Function | ast.ClassDef) -> list[ast.stmt]:
    """What the body does."""
    first = node.body[0]
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return node.body[1:] if is_text else node.body


@lru_cache(_TREES)
def imports(tree: ast.Module, package: str) -> tuple[Import, ...]:
    """All that a file imports, also by name at run time. `package` is what relative imports start from."""
    start = package.split(".") if package else []
    return (*_imports(tree.body, start, False, False), *_by_name(tree))


def _imports(body: list[ast.stmt], package: list[str], lazy: bool, for_types: bool) -> Iterator[Import]:
    for node in body:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, "", node.lineno, lazy, for_types) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*start, *([node.module] if node.module else [])])
            yield from (Import(module, alias.name, node.lineno, lazy, for_types) for alias in node.names)
        elif isinstance(node, ast.If) and last(dotted(node.test)) == "TYPE_CHECKING":
            yield from _imports(node.body, package, lazy, True)
            yield from _imports(node.orelse, package, lazy, for_types)
        else:
            inner = lazy or isinstance(node, Function)
            yield from _imports(blocks(node), package, inner, for_types)


def blocks(node: ast.stmt) -> list[ast.stmt]:
    """The statements right below a statement, in all of its branches."""
    found: list[ast.stmt] = []
    for key in _BODIES & node.__dict__.keys():
        for one in node.__dict__[key]:
            found += [one] if isinstance(one, ast.stmt) else one.body
    return found


def _by_name(tree: ast.Module) -> Iterator[Import]:
    """Imports by a call: import_module("a.b")."""
    for name, call in calls(tree):
        first = call.args[0] if call.args else None
        if last(name) in _IMPORTING and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield Import(first.value, "", call.lineno, True, False)


@lru_cache(_TREES)
def defined(tree: ast.Module) -> frozenset[str]:
    """The names that a module has: defined, assigned or imported at its top, or promised by its `__getattr__`."""
    names: set[str] = set()
    waiting = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, Function | ast.ClassDef):
            names.add(node.name)
            if node.name == "__getattr__":
                names |= {str(one.value) for one in every(tree, ast.Constant) if isinstance(one.value, str)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        else:
            names |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
            waiting += blocks(node)
    return frozenset(names)
