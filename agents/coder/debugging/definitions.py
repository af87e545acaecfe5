"""What the project's own code defines: who has a name, what a class has, what a callable takes, what a line can see."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field

from agents.reviewer.syntax import Function, bases, decorators, defined, dotted, every, functions
from framework.runtime.codetree import CodeTree

Scope = Function | ast.ClassDef | ast.Module
_NO_CODE = ("tests/", "docs/")
_SECTIONS = ("BaseModel", "NamedTuple", "TypedDict", "Section", "BaseSettings")


@dataclass(frozen=True)
class Signature:
    """What a callable takes, without `self`."""

    names: tuple[str, ...]
    required: tuple[str, ...]
    positional: tuple[str, ...]
    anything: bool  # it has **kwargs
    more: bool = False  # it has *args
    defaults: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Defined:
    """One definition and the file it stands in."""

    file: str
    node: Function | ast.ClassDef


def module_name(file: str) -> str:
    """The dotted name by which a file is imported."""
    path = file.removeprefix("src/").removesuffix(".py").removesuffix("/__init__")
    return path.replace("/", ".")


def sources(tree: CodeTree) -> dict[str, ast.Module]:
    """The files that parse, the project's code before anything else that it has."""
    found = sorted(tree.python.items(), key=lambda item: (item[0].startswith(_NO_CODE), not item[0].startswith("src/")))
    return dict(found)


def who_defines(tree: CodeTree, name: str) -> list[str]:
    """The files that define a name at their top; first those that do not merely pass it on."""
    having = [file for file, module in sources(tree).items() if name in defined(module)]
    return sorted(having, key=lambda file: not any(node.node.name == name for node in _tops(tree, file)))


def definitions(tree: CodeTree, name: str) -> list[Defined]:
    """Functions, methods and classes of that name."""
    return [
        Defined(file, node) for file, module in sources(tree).items() for node in _named(module) if node.name == name
    ]


def _named(node: ast.AST) -> list[Function | ast.ClassDef]:
    return [*functions(node), *every(node, ast.ClassDef)]


def _tops(tree: CodeTree, file: str) -> Iterator[Defined]:
    for node in tree.python[file].body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield Defined(file, node)


def enclosing(module: ast.Module, line: int) -> list[Scope]:
    """What a line stands in, the outermost first."""
    found: list[Scope] = [module]
    holding = [node for node in _named(module) if node.lineno <= line <= (node.end_lineno or node.lineno)]
    return [*found, *sorted(holding, key=lambda node: node.lineno)]


def visible(module: ast.Module, line: int) -> set[str]:
    """The names that code on a line can use; the names of a class are not seen from within its methods."""
    scopes = enclosing(module, line)
    names = set(defined(module)) | set(dir(builtins))
    for scope in scopes[1:]:
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            names |= local_names(scope)
    return names


def local_names(function: Function) -> set[str]:
    """Parameters and what is assigned or imported anywhere in a function."""
    arguments = function.args
    names = {one.arg for one in every(arguments, ast.arg)}
    names |= {one.id for one in every(function, ast.Name) if isinstance(one.ctx, ast.Store)}
    names |= {node.name for node in _named(function)}
    imported: list[ast.Import | ast.ImportFrom] = [*every(function, ast.Import), *every(function, ast.ImportFrom)]
    return names | {(alias.asname or alias.name).partition(".")[0] for node in imported for alias in node.names}


def attributes(tree: CodeTree, name: str, depth: int = 0) -> set[str] | None:
    """What instances of a class of the project have; None where it is not the project's."""
    found = [one for one in definitions(tree, name) if isinstance(one.node, ast.ClassDef)]
    if not found or depth > 8:
        return None
    node = found[0].node
    names: set[str] = set()
    for item in node.body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(item.name)
        names |= {one.id for one in every(item, ast.Name) if isinstance(one.ctx, ast.Store)} if _plain(item) else set()
    names |= {
        one.attr for one in every(node, ast.Attribute) if isinstance(one.ctx, ast.Store) and dotted(one.value) == "self"
    }
    for base in bases(node) if isinstance(node, ast.ClassDef) else []:
        names |= attributes(tree, base, depth + 1) or set()
    return names


def _plain(item: ast.stmt) -> bool:
    return isinstance(item, ast.Assign | ast.AnnAssign)


def signature_of(tree: CodeTree, name: str, owner: str = "") -> Signature | None:
    """What a function or class of the project takes. `owner` chooses among methods of one name."""
    found = definitions(tree, name)
    if owner:
        found = [one for one in found if _is_method_of(tree, one, owner)] or found
    if not found:
        return None
    node = found[0].node
    return _constructed(tree, node) if isinstance(node, ast.ClassDef) else _taken(node)


def _is_method_of(tree: CodeTree, one: Defined, owner: str) -> bool:
    classes = [node for node in every(tree.python[one.file], ast.ClassDef) if node.name == owner]
    return any(one.node in node.body for node in classes)


def _constructed(tree: CodeTree, node: ast.ClassDef, depth: int = 0) -> Signature | None:
    init = next((one for one in node.body if isinstance(one, ast.FunctionDef) and one.name in _MAKERS), None)
    if init is not None:
        return _taken(init)
    if any("dataclass" in one for one in decorators(node)) or set(bases(node)) & set(_SECTIONS):
        return _fields(node)
    for base in bases(node):
        found = [one.node for one in definitions(tree, base) if isinstance(one.node, ast.ClassDef)]
        if found and depth < 8 and isinstance(found[0], ast.ClassDef):
            return _constructed(tree, found[0], depth + 1)
    return None


_MAKERS = ("__init__", "__new__")


def _taken(function: Function) -> Signature:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if positional and positional[0].arg in ("self", "cls"):
        positional = positional[1:]
    with_default = len(arguments.defaults)
    free = positional[: len(positional) - with_default] if with_default else positional
    keyword = [one for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value is None]
    pairs = [*zip(positional[len(free) :], arguments.defaults, strict=False)]
    pairs += [(a, v) for a, v in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if v is not None]
    return Signature(
        names=tuple(one.arg for one in (*positional, *arguments.kwonlyargs)),
        required=tuple(one.arg for one in (*free, *keyword)),
        positional=tuple(one.arg for one in positional),
        anything=arguments.kwarg is not None,
        more=arguments.vararg is not None,
        defaults={one.arg: ast.unparse(value) for one, value in pairs},
    )


def _fields(node: ast.ClassDef) -> Signature:
    fields = [item for item in node.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)]
    names = tuple(item.target.id for item in fields if isinstance(item.target, ast.Name))
    free = tuple(item.target.id for item in fields if isinstance(item.target, ast.Name) and item.value is None)
    return Signature(names=names, required=free, positional=names, anything=False)
