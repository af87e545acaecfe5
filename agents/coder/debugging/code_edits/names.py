"""Names and attributes replaced by others, on a line or in a whole file."""

from __future__ import annotations

import ast
import tokenize
from typing import Literal

from agents.coder.debugging.code_edits.base import CodeEdit, Dotted, Identifier, Scope, full_name
from agents.coder.debugging.code_edits.rewrite import replaced
from agents.coder.debugging.code_edits.source import Source, Splice, touches
from agents.reviewer.syntax import dotted, every


class Rename(CodeEdit):
    """A name becomes another wherever it stands, its definition and its import too; no attribute and no keyword.

    A dotted name is found under whatever its module was imported as: `numpy.float` in `np.float(x)`.
    """

    do: Literal["rename"] = "rename"
    old: Dotted
    new: Dotted
    scope: Scope = "project"

    def change(self, source: Source) -> str | None:
        return self._dotted(source) if "." in self.old + self.new else self._plain(source)

    def _dotted(self, source: Source) -> str | None:
        chains = [*every(source.tree, ast.Attribute), *every(source.tree, ast.Name)]
        found = [one for one in chains if touches(one, self.line) and ast.unparse(one) == dotted(one)]
        named = [one for one in found if self.old in (dotted(one), full_name(source, one)) and source.is_placed(one)]
        return replaced(source, [(one, self.new) for one in named])

    def _plain(self, source: Source) -> str | None:
        keywords = {source.start(one) for one in every(source.tree, ast.keyword) if one.arg == self.old}
        places = [
            one.start
            for before, one in zip([None, *source.tokens], source.tokens, strict=False)
            if one.kind == tokenize.NAME and one.text == self.old and one.start not in keywords
            if not (before and before.text == ".") and self._is_on_line(source, one.start)
        ]
        inside = [one for one in every(source.tree, ast.Name) if one.id == self.old and _in_string(source, one)]
        meant = [one for one in inside if touches(one, self.line)]
        if not all(source.is_placed(one) for one in meant):
            return None
        starts = {*places, *(source.start(one) for one in meant)}
        return source.changed([Splice(at, at + len(self.old), self.new) for at in starts])

    def _is_on_line(self, source: Source, place: int) -> bool:
        return self.line == 0 or source.line_start(place) == source.starts[min(self.line, len(source.lines)) - 1]


def _in_string(source: Source, node: ast.AST) -> bool:
    return any(isinstance(one, ast.JoinedStr) for one in source.ancestors(node))


class RenameAttribute(CodeEdit):
    """`x.old` becomes `x.new`; `of` says what must stand before the dot."""

    do: Literal["rename_attribute"] = "rename_attribute"
    old: Identifier
    new: Identifier
    of: str = ""

    def change(self, source: Source) -> str | None:
        found = [one for one in every(source.tree, ast.Attribute) if one.attr == self.old and touches(one, self.line)]
        meant = [one for one in found if self._is_meant(one)]
        if not all(source.is_placed(one) for one in meant):
            return None
        ends = [source.end(one) for one in meant]
        return source.changed([Splice(end - len(self.old), end, self.new) for end in ends])

    def _is_meant(self, node: ast.Attribute) -> bool:
        before = ast.unparse(node.value)
        return not self.of or before == self.of or before.endswith(f".{self.of}")
