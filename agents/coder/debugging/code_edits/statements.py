"""Statements put in, taken out and replaced. They are named by a pattern, as expressions are, or by their line."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from typing import Any, Literal

from agents.coder.debugging.code_edits.base import CodeEdit
from agents.coder.debugging.code_edits.pattern import Found, filled_text, fits, readable
from agents.coder.debugging.code_edits.source import Source, Splice, touches
from agents.reviewer.syntax import nodes


def found_statements(source: Source, pattern: str, line: int) -> list[tuple[ast.stmt, Found]]:
    """The statements that fit a pattern; without one, the innermost of the line."""
    every = [one for one in nodes(source.tree) if isinstance(one, ast.stmt)]
    if not pattern:
        there = [one for one in every if line and touches(one, line)]
        return [(one, {}) for one in there[-1:]]
    wanted = _parsed(pattern)
    pairs: list[tuple[ast.stmt, Found]] = [(one, {}) for one in every if touches(one, line)]
    return [(one, found) for one, found in pairs if wanted is not None and fits(wanted, one, found)]


def _parsed(pattern: str) -> ast.stmt | None:
    try:
        body = ast.parse(readable(pattern)).body
    except (SyntaxError, ValueError, RecursionError):
        return None
    return body[0] if len(body) == 1 else None


class InsertStatement(CodeEdit):
    """A statement put before or after those that fit the pattern `at`, or before or after that of a line."""

    do: Literal["insert_statement"] = "insert_statement"
    statement: str
    where: Literal["before", "after"] = "after"
    at: str = ""

    def change(self, source: Source) -> str | None:
        found = found_statements(source, self.at, self.line)
        splices = [
            inserted(source, one, filled_text(source, self.statement, holes), self.where) for one, holes in found
        ]
        return source.changed([one for one in splices if one]) if all(splices) else None


class RemoveStatement(CodeEdit):
    """The statements that fit a pattern, or the one of a line, taken out."""

    do: Literal["remove_statement"] = "remove_statement"
    at: str = ""

    def change(self, source: Source) -> str | None:
        return source.changed([removed(source, one) for one, _ in found_statements(source, self.at, self.line)])


class ReplaceStatement(CodeEdit):
    """The statements that fit a pattern, or the one of a line, replaced; `$x` in it is what it was in the pattern."""

    do: Literal["replace_statement"] = "replace_statement"
    statement: str
    at: str = ""

    def change(self, source: Source) -> str | None:
        found = found_statements(source, self.at, self.line)
        texts = [filled_text(source, self.statement, holes) for _, holes in found]
        pairs = [_in_place(source, one, text) for (one, _), text in zip(found, texts, strict=True)]
        return source.changed([one for one in pairs if one]) if all(pairs) else None


def _in_place(source: Source, node: ast.stmt, text: str | None) -> Splice | None:
    """Several lines in its place; None where they would take in what else stands on the line."""
    start, end = source.start(node), source.end(node)
    indent = source.indent(start)
    rest = source.text[end : source.line_end(end)].strip()
    if text is None or ("\n" in text.strip() and (indent is None or (rest and not rest.startswith("#")))):
        return None
    return Splice(start, end, _indented(text, indent or "", source).strip())


def inserted(source: Source, node: ast.stmt, text: str | None, where: str) -> Splice | None:
    """The statement on lines of its own beside another one; None where that shares its line."""
    start, end = source.start(node), source.end(node)
    indent = source.indent(start)
    below = source.line_end(end)
    rest = source.text[end:below].strip()
    if text is None or indent is None or (rest and not rest.startswith("#")):
        return None
    lines = _indented(text, indent, source)
    if where == "before":
        place = source.line_start(start)
        return Splice(place, place, lines)
    glue = "" if source.text[:below].endswith(("\n", "\r")) else source.end_of_line
    return Splice(below, below, glue + lines)


def _indented(text: str, indent: str, source: Source) -> str:
    lines = textwrap.indent(textwrap.dedent(text).strip("\n"), indent).splitlines()
    return source.end_of_line.join(lines) + source.end_of_line


def removed(source: Source, node: ast.stmt) -> Splice:
    """A statement taken out with its lines; the only one of its block leaves `pass` behind."""
    start, end = source.start(node), source.end(node)
    below = source.line_end(end)
    rest = source.text[end:below].strip()
    if _is_alone(source, node):
        return Splice(start, end, "pass")
    if source.indent(start) is not None and (not rest or rest.startswith("#")):
        return Splice(source.line_start(start), below, "")
    if rest.startswith(";"):
        after = source.text.index(";", end) + 1
        return Splice(start, after + len(source.text[after:below]) - len(source.text[after:below].lstrip(" \t")), "")
    return Splice(source.text.rindex(";", 0, start), end, "")


def _is_alone(source: Source, node: ast.stmt) -> bool:
    parent: Any = source.parents[node]
    blocks: Iterator[list[ast.stmt]] = (value for value in vars(parent).values() if isinstance(value, list))
    return not isinstance(parent, ast.Module) and any(block == [node] for block in blocks)
