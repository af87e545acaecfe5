"""What the project's config may hold, read from the classes that describe it (pydantic models or dataclasses)."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from agents.reviewer.syntax import every
from framework.runtime.codetree import CodeTree

_DEEPEST = 6


@dataclass(frozen=True)
class Key:
    """One dotted key with its type as it is written, the values that a Literal allows, and its default if it is one."""

    name: str
    annotation: str
    choices: tuple[str, ...] = ()
    default: object = None


Fields = dict[str, tuple[ast.expr, ast.expr | None]]


def schema(tree: CodeTree, top: Collection[str]) -> dict[str, Key]:
    """The keys below the class that knows most of a config's top-level names."""
    classes = {node.name: _fields(node) for node in _classes(tree)}
    score = {name: (len(fields.keys() & set(top)), -len(fields)) for name, fields in classes.items()}
    root = max(score, key=lambda name: score[name], default=None)
    if root is None or score[root][0] == 0:
        return {}
    return {key.name: key for key in _below(root, classes, "", 0)}


def closest(name: str, known: Collection[str], synonyms: Sequence[Sequence[str]] = ()) -> str | None:
    """The known key that a wrong one stands for: of the same section, by its last name anywhere, or nearly so."""
    section, _, last = name.rpartition(".")
    words = next((group for group in synonyms if last in group), ())
    named = [key for word in words for key in known if key.rpartition(".")[2] == word and key != name]
    if named:
        return next((key for key in named if key.rpartition(".")[0] == section), named[0])
    by_last: dict[str, str] = {}
    for key in known:
        by_last.setdefault(key.rpartition(".")[2], key)
    siblings = {key.rpartition(".")[2]: key for key in known if key.rpartition(".")[0] == section}
    for pool, cutoff in ((siblings, 0.75), (by_last, 0.75), (siblings, 0.6)):
        if last in pool and pool[last] != name:
            return pool[last]
        if near := near_name(last, pool, cutoff):
            return pool[near]
    return None


def near_name(name: str, known: Collection[str], cutoff: float = 0.7) -> str | None:
    """The known name that a wrong one stands for: spelled alike, or made of the same words."""
    others = [other for other in known if other != name]
    flat = {_flat(other): other for other in others}
    if _flat(name) in flat:
        return flat[_flat(name)]
    near = difflib.get_close_matches(name, others, n=1, cutoff=cutoff)
    return near[0] if near else None


def _flat(name: str) -> str:
    """batchSize, batch_size and BATCH-SIZE are one name; n_layers and n_layer too."""
    return name.replace("_", "").replace("-", "").lower().removesuffix("s")


def _classes(tree: CodeTree) -> Iterator[ast.ClassDef]:
    for file, module in tree.python.items():
        if not file.startswith(("tests/", "benchmarks/", "tutorials/", "examples/")):
            yield from every(module, ast.ClassDef)


def _fields(node: ast.ClassDef) -> Fields:
    lines = [item for item in node.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)]
    return {item.target.id: (item.annotation, item.value) for item in lines if isinstance(item.target, ast.Name)}


def _below(name: str, classes: dict[str, Fields], prefix: str, depth: int) -> Iterator[Key]:
    for field, (annotation, value) in classes[name].items():
        yield Key(prefix + field, ast.unparse(annotation), _choices(annotation), _default(value))
        inner = next((word for word in _words(annotation) if classes.get(word)), None)
        if inner and depth < _DEEPEST:
            yield from _below(inner, classes, f"{prefix}{field}.", depth + 1)


def _words(annotation: ast.expr) -> list[str]:
    quoted = [node.value for node in every(annotation, ast.Constant) if isinstance(node.value, str)]
    return [node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)] + quoted


def _choices(annotation: ast.expr) -> tuple[str, ...]:
    literal = [node for node in ast.walk(annotation) if isinstance(node, ast.Subscript)]
    found = [node for node in literal if ast.unparse(node.value).endswith("Literal")]
    return tuple(str(one.value) for node in found for one in ast.walk(node.slice) if isinstance(one, ast.Constant))


def _default(value: ast.expr | None) -> object:
    """A plain default, also where it is the first argument of Field(...) or its `default`."""
    if isinstance(value, ast.Call):
        named = [keyword.value for keyword in value.keywords if keyword.arg == "default"]
        value = next(iter([*named, *value.args]), None)
    try:
        return ast.literal_eval(value) if value is not None else None
    except ValueError:
        return None
