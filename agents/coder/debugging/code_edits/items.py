"""What stands between brackets with commas: the arguments of a call, the names of an import, the keys of a dict."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass

from agents.coder.debugging.code_edits.source import Source, Splice, Token

_OPEN, _CLOSE = "([{", ")]}"


@dataclass(frozen=True)
class Items:
    """The items of one list and the places in the text that belong to them."""

    source: Source
    spans: tuple[tuple[int, int], ...]
    start: int  # after the opening bracket, or where the first item starts
    end: int  # before the closing bracket, or where the last item ends
    comma: int | None  # where a comma ends after the last item, if there is one

    def index_at(self, place: int) -> int:
        """The item in which a place lies."""
        return next(index for index, (start, end) in enumerate(self.spans) if start <= place < end)

    def without(self, index: int) -> Splice:
        """Take one item out, with its comma and, if it has lines of its own, with these."""
        start, end = self.spans[index]
        after = self._after_comma(index)
        line, below = self.source.line_start(start), self.source.line_end(after)
        rest = self.source.text[after:below].strip()
        if self.source.indent(start) is not None and (not rest or rest.startswith("#")) and below <= self.end:
            return Splice(line, below, "")
        if index + 1 < len(self.spans):
            return Splice(start, self.spans[index + 1][0], "")
        if index:
            return Splice(self.spans[index - 1][1], end, "")
        return Splice(start, after, "")

    def _after_comma(self, index: int) -> int:
        if index + 1 < len(self.spans):
            return self.source.text.index(",", self.spans[index][1]) + 1 if self._plain(index) else self.spans[index][1]
        return self.comma or self.spans[index][1]

    def _plain(self, index: int) -> bool:
        """Whether nothing but the comma and blanks stand before the next item, no comment with a comma in it."""
        between = self.source.text[self.spans[index][1] : self.spans[index + 1][0]]
        return between.lstrip().startswith(",")

    def with_one(self, text: str, index: int | None = None) -> Splice:
        """Put an item in, at a place or at the end, on a line of its own where the others have theirs."""
        if not self.spans:
            return Splice(self.start, self.start, text)
        if index is not None and index < len(self.spans):
            start = self.spans[index][0]
            return Splice(start, start, f"{text},{self._gap(start)}")
        start, end = self.spans[-1]
        gap = self._gap(start)
        if self.comma is not None and gap != " ":
            return Splice(self.comma, self.comma, f"{gap}{text},")
        return Splice(end, end, f",{gap}{text}")

    def _gap(self, start: int) -> str:
        indent = self.source.indent(start)
        return " " if indent is None else f"{self.source.end_of_line}{indent}"


def arguments(source: Source, call: ast.Call) -> Items:
    """The arguments of a call, the positional ones and the keywords."""
    return _between(source, source.end(call.func), source.end(call))


def keys(source: Source, node: ast.Dict) -> Items:
    """The pairs of a dict that is written out."""
    return _between(source, source.start(node), source.end(node))


def names(source: Source, node: ast.ImportFrom | ast.Import) -> Items:
    """The names of an import, in parentheses or not."""
    start, end = source.start(node), source.end(node)
    if any(one.text == "(" for one in source.tokens if start <= one.start < end):
        return _between(source, start, end)
    spans = tuple((source.start(one), source.end(one)) for one in node.names)
    return Items(source, spans, spans[0][0], end, None)


def _between(source: Source, after: int, end: int) -> Items:
    """The items between the first bracket that opens after a place and the last before another."""
    words = [one for one in source.tokens if after <= one.start < end]
    while words[0].text not in _OPEN:
        words = words[1:]
    inner = words[1:-1]
    spans, comma = _split(inner)
    return Items(source, spans, words[0].end, words[-1].start, comma)


def _split(words: Sequence[Token]) -> tuple[tuple[tuple[int, int], ...], int | None]:
    spans: list[tuple[int, int]] = []
    depth, start, last, comma = 0, -1, -1, None
    for one in words:
        symbol = one.text if one.kind == tokenize.OP else ""
        depth += (symbol != "" and symbol in _OPEN) - (symbol != "" and symbol in _CLOSE)
        if symbol == "," and depth == 0:
            spans.append((start, last))
            start, comma = -1, one.end
        else:
            start = one.start if start < 0 else start
            last, comma = one.end, None
    if start >= 0:
        spans.append((start, last))
    return tuple(spans), comma
