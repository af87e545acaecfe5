"""Expressions replaced by others: by pattern, by the name of what is called, by the name to which a value is given."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from agents.coder.debugging.code_edits import source as sources
from agents.coder.debugging.code_edits.base import CodeEdit, Dotted, Identifier, Scope, calls_of
from agents.coder.debugging.code_edits.pattern import Found, filled, is_same_but, matches, pattern
from agents.coder.debugging.code_edits.source import Source, Splice, as_part, expression, touches
from agents.reviewer.syntax import every


class Replace(CodeEdit):
    """What fits a pattern becomes another expression: `$x.view(*$s)` into `$x.reshape(*$s)`.

    It also wraps (`labels` into `labels.long()`) and unwraps (`$x.detach()` into `$x`).
    """

    do: Literal["replace"] = "replace"
    find: str
    put: str
    scope: Scope = "line"

    def change(self, source: Source) -> str | None:
        wanted = pattern(self.find)
        if wanted is None:
            return None
        found = [(node, holes) for node, holes in matches(source, wanted, self.line) if source.is_placed(node)]
        return replaced(source, [(node, new) for node, holes in found if (new := self._new(source, node, holes))])

    def _new(self, source: Source, node: ast.expr, holes: Found) -> str | None:
        """The replacement, unless the node already stands in one."""
        new = filled(source, self.put, holes)
        read = expression(new) if new else None
        if read is None or any(ast.dump(one) == ast.dump(read) for one in (node, *source.ancestors(node))):
            return None
        return new


def replaced(source: Source, pairs: list[tuple[ast.expr, str]]) -> str | None:
    """The source with expressions replaced, if nothing else changes its meaning by that."""
    dumps: dict[ast.AST, str] = {node: ast.dump(read) for node, new in pairs if (read := expression(new))}
    parts = [(node, as_part(new, source.parents.get(node), node)) for node, new in pairs]
    text = source.changed([Splice(source.start(node), source.end(node), new) for node, new in parts])
    after = sources.read(text) if text else None
    return text if after and is_same_but(source.tree, after.tree, dumps) else None


class ReplaceCall(CodeEdit):
    """`f(1)` becomes `g(1)`."""

    do: Literal["replace_call"] = "replace_call"
    call: list[Dotted] = Field(min_length=1)
    new: Dotted

    def change(self, source: Source) -> str | None:
        return replaced(source, [(call.func, self.new) for call in calls_of(source, self.call, self.line)])


class ChangeValue(CodeEdit):
    """The value that a name is given becomes another: an assignment, a keyword, a default, a pair of a dict.

    `old`, where it is said, must be the value that stands there.
    """

    do: Literal["change_value"] = "change_value"
    name: Identifier
    new: str
    old: str = ""

    def change(self, source: Source) -> str | None:
        old = expression(self.old) if self.old else None
        if self.old and old is None:
            return None
        found = [one for one in values_of(source.tree, self.name) if touches(one, self.line) and source.is_placed(one)]
        meant = [one for one in found if old is None or ast.dump(one) == ast.dump(old)]
        return replaced(source, [(one, self.new) for one in meant])


def values_of(tree: ast.Module, name: str) -> Iterator[ast.expr]:
    """Every expression that is given to a name, also to an attribute of that name."""
    for assign in every(tree, ast.Assign):
        if any(_last_name(target) == name for target in assign.targets):
            yield assign.value
    for annotated in every(tree, ast.AnnAssign):
        if annotated.value and _last_name(annotated.target) == name:
            yield annotated.value
    yield from (keyword.value for keyword in every(tree, ast.keyword) if keyword.arg == name)
    for pairs in every(tree, ast.Dict):
        for key, value in zip(pairs.keys, pairs.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == name:
                yield value
    for arguments in every(tree, ast.arguments):
        yield from _defaults(arguments, name)


def _defaults(arguments: ast.arguments, name: str) -> Iterator[ast.expr]:
    positional = [*arguments.posonlyargs, *arguments.args]
    last = positional[len(positional) - len(arguments.defaults) :]
    pairs = [
        *zip(last, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    yield from (value for argument, value in pairs if value is not None and argument.arg == name)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
