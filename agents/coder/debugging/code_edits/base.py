"""What every edit of code is, and how an edit finds the calls that it means."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from agents.coder.debugging.code_edits import source as sources
from agents.coder.debugging.code_edits.source import Source, touches
from agents.reviewer.syntax import dotted, every
from framework.artifacts.base import Strict

# A name of Python, or a place such as {new} that is filled with one.
Identifier = Annotated[str, StringConstraints(pattern=r"^(?:[^\W\d]\w*|\{\w+\})$")]
Dotted = Annotated[str, StringConstraints(pattern=r"^(?:(?:[^\W\d]\w*|\{\w+\})(?:\.(?:[^\W\d]\w*|\{\w+\}))*)?$")]


Scope = Literal["line", "file", "project"]


class CodeEdit(Strict):
    """One small change of a Python file, as data. `scope` says where it is to be tried; `line` 0 means anywhere."""

    scope: Scope = "file"
    line: int = 0
    imports: list[str] = Field(default_factory=list, description="statements that the new code needs")

    def apply(self, source: str) -> str | None:
        """The new text; None where the edit does not apply or its result would be no Python."""
        read = sources.read(source)
        return self.change(read) if read else None

    def change(self, source: Source) -> str | None:
        """The new text of a source that was read."""
        raise NotImplementedError(type(self).__name__)


@lru_cache(256)
def aliases(tree: ast.Module) -> dict[str, str]:
    """What the imported names of a file are in full."""
    found: dict[str, str] = {}
    for node in every(tree, ast.Import):
        found |= {alias.asname: alias.name for alias in node.names if alias.asname}
    for one in every(tree, ast.ImportFrom):
        found |= {alias.asname or alias.name: f"{one.module or ''}.{alias.name}" for alias in one.names}
    return found


def full_name(source: Source, node: ast.expr) -> str:
    """The dotted name of what is meant, with its module where that was imported."""
    first, dot, rest = dotted(node).partition(".")
    return f"{aliases(source.tree).get(first, first)}{dot}{rest}"


def is_named(source: Source, node: ast.expr, wanted: str) -> bool:
    """Whether an expression is the thing of that name, which may be given without its module."""
    name = full_name(source, node)
    return name == wanted or name.endswith(f".{wanted}") or dotted(node) == wanted


def calls_of(source: Source, functions: Sequence[str], line: int = 0) -> Iterator[ast.Call]:
    """The calls of functions, or of any where none is named; those of a line or all."""
    for call in every(source.tree, ast.Call):
        is_meant = not functions or any(is_named(source, call.func, one) for one in functions)
        if is_meant and touches(call, line) and source.is_placed(call):
            yield call
