"""A Python source with its syntax tree and its places: what is changed is replaced in the text, the rest survives."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from agents.reviewer.syntax import children, nodes

_KEPT = 256
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")  # Python's lines; str.splitlines knows more ends of lines
_ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.List, ast.Dict, ast.Set, ast.JoinedStr)
_BRACKETED = (ast.Tuple, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SILENT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)


@dataclass(frozen=True)
class Splice:
    """One piece of the text and what takes its place."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Token:
    """One word of the source by its place in the text."""

    kind: int
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Source:
    """A text that parses. Make it with `read`."""

    text: str
    tree: ast.Module

    @cached_property
    def lines(self) -> list[str]:
        """The lines with their ends."""
        return [line for line in _LINE.findall(self.text) if line]

    @cached_property
    def starts(self) -> list[int]:
        """Where each line starts, and where the text ends."""
        found = [0]
        for line in self.lines:
            found.append(found[-1] + len(line))
        return found

    @property
    def end_of_line(self) -> str:
        """What ends a line here."""
        return "\r\n" if self.lines and self.lines[0].endswith("\r\n") else "\n"

    def offset(self, line: int, column: int) -> int:
        """The place of a position of `ast`, whose columns count bytes."""
        if line > len(self.lines):
            return len(self.text)
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode(errors="ignore"))

    def start(self, node: ast.AST) -> int:
        """Where a node starts; a decorated one at its first decorator."""
        decorators = getattr(node, "decorator_list", None)
        if decorators:
            return self.text.rindex("@", 0, self.start(decorators[0]))
        return self.offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        """Where a node ends."""
        return self.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def segment(self, node: ast.AST) -> str:
        """The text of a node."""
        return self.text[self.start(node) : self.end(node)]

    def line_start(self, offset: int) -> int:
        """The start of the line in which a place lies."""
        return max(one for one in self.starts if one <= offset)

    def line_end(self, offset: int) -> int:
        """The start of the line after the one in which a place lies."""
        return min((one for one in self.starts if one > offset), default=len(self.text))

    def indent(self, offset: int) -> str | None:
        """The blank before a place, if nothing else stands before it in its line."""
        before = self.text[self.line_start(offset) : offset]
        return before if not before.strip() else None

    @cached_property
    def tokens(self) -> list[Token]:
        """The words of the source, without comments and ends of lines."""
        words = tokenize.generate_tokens(iter(self.lines).__next__)
        return [
            Token(one.type, one.string, self.starts[one.start[0] - 1] + one.start[1], self._after(one))
            for one in words
            if one.type not in _SILENT and one.string
        ]

    def _after(self, one: tokenize.TokenInfo) -> int:
        return self.starts[one.end[0] - 1] + one.end[1]

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """What holds each node."""
        return {below: node for node in nodes(self.tree) for below in children(node)}

    def ancestors(self, node: ast.AST) -> Iterable[ast.AST]:
        """What holds the node, the nearest first."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def statement(self, node: ast.AST) -> ast.stmt | None:
        """The statement of which the node is a part."""
        return next((one for one in (node, *self.ancestors(node)) if isinstance(one, ast.stmt)), None)

    def is_placed(self, node: ast.expr) -> bool:
        """Whether its positions can be trusted: in f-strings, Python before 3.12 tells wrong ones."""
        if not any(isinstance(one, ast.JoinedStr) for one in self.ancestors(node)):
            return True
        read = expression(self.segment(node))
        return read is not None and ast.dump(read) == ast.dump(node)

    def changed(self, splices: Sequence[Splice]) -> str | None:
        """The text with the pieces replaced; None where they overlap or the result is no Python."""
        ordered = sorted(splices, key=lambda one: (one.start, one.end))
        if not ordered or any(left.end > right.start for left, right in pairwise(ordered)):
            return None
        text = self.text
        for one in reversed(ordered):
            text = text[: one.start] + one.text + text[one.end :]
        return text if read(text) else None


@lru_cache(_KEPT)
def read(text: str) -> Source | None:
    """The source, if it is Python. One file is often edited in many ways, so what was read is kept for a while."""
    try:
        return Source(text, ast.parse(text))
    except (SyntaxError, ValueError, RecursionError):  # a null byte is a ValueError
        return None


def expression(text: str) -> ast.expr | None:
    """The text as one expression; it may span lines as it may within brackets."""
    try:
        return ast.parse(f"({text}\n)", mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None


def touches(node: ast.AST, line: int) -> bool:
    """Whether a node stands on a line; line 0 means any."""
    return line == 0 or node.lineno <= line <= (node.end_lineno or node.lineno)  # type: ignore[attr-defined]


def as_part(text: str, parent: ast.AST | None, node: ast.AST | None) -> str:
    """The text of an expression, in parentheses where it could otherwise be read together with what is around it."""
    read = expression(text)
    if read is None:
        return text
    free = _stands_alone(read, text, parent) or (parent is not None and _is_free(read, parent, node))
    return text if free and _holds_together(text, read) else f"({text})"


def _stands_alone(read: ast.expr, text: str, parent: ast.AST | None) -> bool:
    """Whether an expression binds as tightly as a name. Only a dot after a number would be taken for its own."""
    if isinstance(read, ast.Constant):
        return not (isinstance(parent, ast.Attribute) and text[-1:].isdigit())
    if isinstance(read, _BRACKETED):
        return text.lstrip()[:1] in "([{"
    return isinstance(read, _ATOMS)


def _is_free(read: ast.expr, parent: ast.AST, node: ast.AST | None) -> bool:
    """Whether any expression may stand there, since brackets, commas or ends of lines are around it."""
    if isinstance(read, ast.Tuple | ast.NamedExpr | ast.Yield | ast.YieldFrom | ast.GeneratorExp | ast.Starred):
        return False
    if isinstance(parent, ast.Call):
        return node is not parent.func
    if isinstance(parent, ast.Subscript):
        return node is parent.slice
    return isinstance(parent, ast.keyword | ast.arguments | ast.stmt | ast.List | ast.Set | ast.Tuple)


def _holds_together(text: str, read: ast.expr) -> bool:
    """Whether the text is one expression also where no brackets are around it."""
    try:
        body = ast.parse(f"_ = {text}").body
    except (SyntaxError, ValueError, RecursionError):
        return False
    return len(body) == 1 and isinstance(body[0], ast.Assign) and ast.dump(body[0].value) == ast.dump(read)
