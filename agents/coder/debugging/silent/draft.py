"""What the diagnoses of silent bugs share: the project's sources, calls as statements, a repair as a draft."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from agents.coder.debugging.code_edits.source import Source
from agents.coder.debugging.code_edits.statements import inserted
from agents.reviewer.syntax import Function, dotted, every, functions, last

Texts = Mapping[str, Source]
MEASURES = re.compile(r"val|eval|test", re.IGNORECASE)


class Draft(NamedTuple):
    """One repair in the making. `cause`: the end of the key of its reason in silent.yaml."""

    cause: str
    file: str
    line: int
    text: str


def statements(source: Source, name: str) -> Iterator[tuple[Function, ast.Expr, ast.Call]]:
    """Statements that are one call of something of that name, with the function they stand in."""
    for function in functions(source.tree):
        for node in every(function, ast.Expr):
            if isinstance(node.value, ast.Call) and last(dotted(node.value.func)) == name:
                yield function, node, node.value


def draft(cause: str, file: str, node: ast.AST, text: str | None) -> Iterator[Draft]:
    if text is not None:
        yield Draft(cause, file, node.lineno, text)  # type: ignore[attr-defined]


def beside(source: Source, node: ast.stmt, text: str, where: str = "after") -> str | None:
    splice = inserted(source, node, text, where)
    return source.changed([splice]) if splice else None


def first_use(function: Function, source: Source) -> ast.stmt:
    """The first statement that does more than return early; within a `with`, what stands in it."""
    body = [one for one in function.body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
    later = [one for one in body if not isinstance(one, ast.If)] or body
    first = later[0]
    return first.body[0] if isinstance(first, ast.With) and "no_grad" not in ast.unparse(first.items[0]) else first


def config_in(function: Function) -> str:
    """How a function calls the settings of the run."""
    words = ("config", "cfg", "args", "settings", "hparams")
    names = [dotted(one) for one in (*every(function, ast.Attribute), *every(function, ast.Name))]
    names += [one.arg for one in function.args.args]
    return min((name for name in names if last(name) in words), key=len, default="")
