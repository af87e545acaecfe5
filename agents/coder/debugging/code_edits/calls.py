"""Changes of the keywords of calls, also of those that reach the call from a dict: `f(**settings)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from pydantic import Field

from agents.coder.debugging.code_edits.base import CodeEdit, Dotted, Identifier, calls_of
from agents.coder.debugging.code_edits.items import Items, arguments, keys
from agents.coder.debugging.code_edits.source import Source, Splice, as_part
from agents.reviewer.syntax import dotted, every, nodes


@dataclass(frozen=True)
class Given:
    """A value that a call is given by name: as a keyword, or as a pair of a dict."""

    items: Items
    start: int
    end: int  # of the name
    value: ast.expr

    @property
    def index(self) -> int:
        return self.items.index_at(self.start)

    def renamed(self, new: str) -> Splice:
        """Its name replaced, in the quotes that it has."""
        quote = self.items.source.text[self.start] if self.items.source.text[self.start] in "\"'" else ""
        return Splice(self.start, self.end, f"{quote}{new}{quote}")


def given(source: Source, call: ast.Call, name: str) -> Iterator[Given]:
    """Where a call is given something of that name."""
    for one in call.keywords:
        if one.arg == name:
            start = source.start(one)
            yield Given(arguments(source, call), start, start + len(name), one.value)
        elif one.arg is None:
            yield from chain.from_iterable(_in_mapping(source, held, name) for held in _meant(source, one.value))


def _in_mapping(source: Source, node: ast.expr, name: str) -> Iterator[Given]:
    """Where a dict that is written out, or a call of dict, has that key."""
    if isinstance(node, ast.Call) and dotted(node.func) == "dict":
        yield from given(source, node, name)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == name:
                yield Given(keys(source, node), source.start(key), source.end(key), value)


def _meant(source: Source, node: ast.expr) -> list[ast.expr]:
    """The expression itself, or what is assigned to its name somewhere in the file."""
    if not isinstance(node, ast.Name | ast.Attribute):
        return [node]
    wanted = ast.unparse(node)
    assigned = [one for one in every(source.tree, ast.Assign) if wanted in map(ast.unparse, one.targets)]
    return [one.value for one in assigned]


class _OfCalls(CodeEdit):
    """An edit of the calls of some functions; no names mean any."""

    call: list[Dotted] = Field(default_factory=list)

    def _given(self, source: Source, name: str) -> list[Given]:
        found = chain.from_iterable(given(source, call, name) for call in calls_of(source, self.call, self.line))
        return list({one.start: one for one in found}.values())


class RenameKeyword(_OfCalls):
    """`f(old=1)` becomes `f(new=1)`."""

    do: Literal["rename_keyword"] = "rename_keyword"
    old: Identifier
    new: Identifier

    def change(self, source: Source) -> str | None:
        if self._given(source, self.new):
            return None
        return source.changed([one.renamed(self.new) for one in self._given(source, self.old)])


class RemoveKeyword(_OfCalls):
    """`f(a, name=1)` becomes `f(a)`."""

    do: Literal["remove_keyword"] = "remove_keyword"
    name: Identifier

    def change(self, source: Source) -> str | None:
        return source.changed([one.items.without(one.index) for one in self._given(source, self.name)])


class AddKeyword(_OfCalls):
    """`f(a)` becomes `f(a, name=value)`; a call that has the keyword is left alone."""

    do: Literal["add_keyword"] = "add_keyword"
    name: Identifier
    value: str

    def change(self, source: Source) -> str | None:
        calls = calls_of(source, self.call, self.line)
        lacking = [call for call in calls if not any(given(source, call, self.name))]
        return source.changed([_added(source, call, self.name, self.value) for call in lacking])


def _added(source: Source, call: ast.Call, name: str, value: str) -> Splice:
    return arguments(source, call).with_one(f"{name}={as_part(value, call, None)}")


class SetKeyword(_OfCalls):
    """`f(name=1)` becomes `f(name=value)`; where the keyword is missing it is added."""

    do: Literal["set_keyword"] = "set_keyword"
    name: Identifier
    value: str

    def change(self, source: Source) -> str | None:
        there = self._given(source, self.name)
        value = as_part(self.value, ast.keyword(arg=self.name, value=ast.Constant(None)), None)
        if there:
            return source.changed([Splice(source.start(one.value), source.end(one.value), value) for one in there])
        return AddKeyword(call=self.call, line=self.line, name=self.name, value=self.value).change(source)


class MoveKeyword(_OfCalls):
    """`f(g(), name=1)` becomes `f(g(new=1))`: the keyword goes to the nearest call of one of `into`."""

    do: Literal["move_keyword"] = "move_keyword"
    name: Identifier
    into: list[Dotted] = Field(min_length=1)
    new: Identifier | Literal[""] = ""

    def change(self, source: Source) -> str | None:
        moved = self._given(source, self.name)
        if len(moved) != 1:
            return None
        value, new = moved[0].value, self.new or self.name
        target = self._target(source, value)
        if target is None or _is_set_between(source, value, target):
            return None
        removed = moved[0].items.without(moved[0].index)
        there = list(given(source, target, new))
        if there:
            same = [ast.dump(one.value) == ast.dump(value) for one in there]
            return source.changed([removed]) if all(same) else None
        return source.changed([removed, _added(source, target, new, source.segment(value))])

    def _target(self, source: Source, value: ast.expr) -> ast.Call | None:
        """The call that stands nearest before the value, or in the same statement."""
        found = [call for call in calls_of(source, self.into) if value not in nodes(call)]
        near = [call for call in found if call.lineno <= (value.end_lineno or value.lineno)] or found
        return min(near, key=lambda call: abs(call.lineno - value.lineno), default=None)


def _is_set_between(source: Source, value: ast.expr, target: ast.Call) -> bool:
    """Whether a name of the value gets its meaning only after the place to which the value would move."""
    used = {one.id for one in every(value, ast.Name)}
    set_ = [one for one in every(source.tree, ast.Name) if one.id in used and isinstance(one.ctx, ast.Store)]
    return any(target.lineno <= one.lineno <= value.lineno for one in set_)
