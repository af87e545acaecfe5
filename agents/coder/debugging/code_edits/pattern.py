"""Patterns of code: Python in which `$x` stands for any expression, `*$rest` and `**$rest` for any further arguments.

`$x.view(*$shape)` matches `(a + b).view(2, -1)`; `$x.reshape(*$shape)` then gives `(a + b).reshape(2, -1)`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from agents.coder.debugging.code_edits import source as sources
from agents.coder.debugging.code_edits.items import arguments
from agents.coder.debugging.code_edits.source import Source, Splice, as_part, expression, touches
from agents.reviewer.syntax import every, nodes

_HOLE = re.compile(r"\$(\w+)")
_NAME = re.compile(r"__any_(\w+)__")
Found = dict[str, list[ast.AST]]


def readable(text: str) -> str:
    """The pattern as Python: its holes are names that nobody uses."""
    return _HOLE.sub(r"__any_\1__", text)


@lru_cache(4096)
def pattern(text: str) -> ast.expr | None:
    """The pattern as a syntax tree."""
    return expression(readable(text))


def matches(source: Source, wanted: ast.expr, line: int = 0) -> Iterator[tuple[ast.expr, Found]]:
    """Where a pattern stands, the outermost first, with what stands for its holes."""
    taken: set[ast.AST] = set()
    for node in nodes(source.tree):
        found: Found = {}
        if not isinstance(node, ast.expr) or isinstance(node, ast.Starred) or not touches(node, line):
            continue
        if fits(wanted, node, found) and taken.isdisjoint(source.ancestors(node)):
            taken.add(node)
            yield node, found


def fits(wanted: Any, node: Any, found: Found) -> bool:
    """Whether a node is what the pattern says; its holes are filled into `found`."""
    if isinstance(wanted, ast.Name) and (hole := _hole(wanted)):
        use = type(getattr(node, "ctx", ast.Load()))
        return isinstance(node, ast.expr) and use is type(wanted.ctx) and _same(hole, [node], found)
    if type(wanted) is not type(node):
        return False
    if isinstance(wanted, ast.Call):
        return fits(wanted.func, node.func, found) and _arguments_fit(wanted, node, found)
    if isinstance(wanted, list):
        return len(wanted) == len(node) and all(fits(a, b, found) for a, b in zip(wanted, node, strict=True))
    if isinstance(wanted, ast.AST):
        keys = [key for key in wanted._fields if key not in ("kind", "type_comment")]
        return all(fits(getattr(wanted, key, None), getattr(node, key, None), found) for key in keys)
    return type(wanted) is type(node) and bool(wanted == node)


def _same(name: str, parts: Sequence[ast.AST], found: Found) -> bool:
    """A hole that stands twice has to be the same twice; `$_` may be something else each time."""
    if name == "_" or name not in found:
        found[name] = list(parts)
        return True
    return [ast.dump(one) for one in found[name]] == [ast.dump(one) for one in parts]


def _arguments_fit(wanted: ast.Call, node: ast.Call, found: Found) -> bool:
    """The positional ones in their order, the keywords in any."""
    rest = _hole(wanted.args[-1].value) if wanted.args and isinstance(wanted.args[-1], ast.Starred) else ""
    first = wanted.args[:-1] if rest else wanted.args
    spread = next((hole for one in wanted.keywords if one.arg is None and (hole := _hole(one.value))), "")
    asked = {one.arg: one.value for one in wanted.keywords if not (one.arg is None and spread)}
    others = [one for one in node.keywords if one.arg not in asked]
    given = {one.arg: one.value for one in node.keywords}
    return (
        fits(first, node.args[: len(first)] if rest else node.args, found)
        and all(key in given and fits(value, given[key], found) for key, value in asked.items())
        and (not rest or _same(rest, node.args[len(first) :], found))
        and (_same(spread, others, found) if spread else not others)
    )


def _hole(node: ast.expr) -> str:
    found = _NAME.fullmatch(node.id) if isinstance(node, ast.Name) else None
    return found[1] if found else ""


def filled(source: Source, template: str, found: Found) -> str | None:
    """The template with the text of what was found in its holes; None where it has a hole that was not found."""
    own = sources.read(f"({readable(template)}\n)")
    if own is None:
        return None
    empty = next((hole for hole in _many(own) if found.get(hole[2]) == []), None)
    if empty is not None:
        shorter = own.changed([arguments(own, empty[0]).without(empty[1])])
        return filled(source, _NAME.sub(r"$\1", shorter[1:-2]), found) if shorter else None
    holes = [(name, _hole(name)) for name in every(own.tree, ast.Name) if _hole(name)]
    if any(hole not in found for _, hole in holes):
        return None
    text = own.changed([_piece(source, own, name, found[hole]) for name, hole in holes]) if holes else own.text
    return text[1:-2] if text else None


def _many(own: Source) -> Iterator[tuple[ast.Call, int, str]]:
    """The places in calls that hold any number of arguments: the call, the place, the hole."""
    for call in every(own.tree, ast.Call):
        for one in (*call.args, *call.keywords):
            if isinstance(one, ast.Starred) or (isinstance(one, ast.keyword) and one.arg is None):
                yield call, arguments(own, call).index_at(own.start(one)), _hole(one.value)


def _piece(source: Source, own: Source, name: ast.Name, parts: Sequence[ast.AST]) -> Splice:
    parent = own.parents[name]
    if isinstance(parent, ast.Starred) or (isinstance(parent, ast.keyword) and parent.arg is None):
        return Splice(own.start(parent), own.end(parent), ", ".join(source.segment(one) for one in parts))
    return Splice(own.start(name), own.end(name), as_part(source.segment(parts[0]), parent, name))


def filled_text(source: Source, template: str, found: Found) -> str | None:
    """Any Python with the text of what was found in its holes, each an expression of its own."""
    if any(hole not in found for hole in _HOLE.findall(template)):
        return None
    return _HOLE.sub(lambda hole: as_part(source.segment(found[hole[1]][0]), None, None), template)


def is_same_but(before: Any, after: Any, replaced: Mapping[ast.AST, str]) -> bool:
    """Whether a new tree is the old one with some nodes replaced by others, which are given as dumps."""
    if isinstance(before, ast.AST) and before in replaced:
        return isinstance(after, ast.AST) and ast.dump(after) == replaced[before]
    if type(before) is not type(after):
        return False
    if isinstance(before, list):
        return len(before) == len(after) and all(
            is_same_but(a, b, replaced) for a, b in zip(before, after, strict=True)
        )
    if isinstance(before, ast.AST):
        return all(
            is_same_but(getattr(before, key, None), getattr(after, key, None), replaced) for key in before._fields
        )
    return bool(before == after)
