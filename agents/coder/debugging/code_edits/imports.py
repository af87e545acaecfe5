"""Imports put in where they belong, taken out, and replaced together with the names that they give."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from typing import Literal

from agents.coder.debugging.code_edits.base import CodeEdit, Dotted, Identifier, Scope
from agents.coder.debugging.code_edits.items import names
from agents.coder.debugging.code_edits.names import Rename
from agents.coder.debugging.code_edits.source import Source, Splice
from agents.coder.debugging.code_edits.statements import removed
from agents.reviewer.syntax import defined, nodes

AnyImport = ast.Import | ast.ImportFrom


class AddImport(CodeEdit):
    """`from module import name`, or `import module` without a name; nothing happens where it is there."""

    do: Literal["add_import"] = "add_import"
    module: Dotted
    name: Identifier | Literal[""] = ""
    alias: Identifier | Literal[""] = ""

    def change(self, source: Source) -> str | None:
        if (self.alias or self.name or self.module) in _imported(source, self.module, self.name):
            return source.text
        top = [node for node in source.tree.body if isinstance(node, ast.ImportFrom) and not node.level]
        beside = next((node for node in top if self.name and node.module == self.module), None)
        if beside is not None and beside.names[0].name != "*":
            return source.changed([_one_more(source, beside, self._alias())])
        statement = f"from {self.module} import {self._alias()}" if self.name else f"import {self._alias()}"
        return source.changed([_placed(source, statement)])

    def _alias(self) -> str:
        name = self.name or self.module
        return f"{name} as {self.alias}" if self.alias and self.alias != name else name


class RemoveImport(CodeEdit):
    """The import of a name, or of a module, taken out; names that are still used are not looked after."""

    do: Literal["remove_import"] = "remove_import"
    module: Dotted
    name: Identifier | Literal[""] = ""

    def change(self, source: Source) -> str | None:
        found = list(_imports(source, self.module, self.name))
        return source.changed([_without(source, node, alias) for node, alias in found])


class MoveImport(CodeEdit):
    """`from old import name` becomes `from new import new_name`, and the name is replaced where it is used.

    Without a name `import old` becomes `import new`.
    """

    do: Literal["move_import"] = "move_import"
    name: Identifier | Literal[""] = ""
    old: Dotted
    new: Dotted
    new_name: Identifier | Literal[""] = ""
    scope: Scope = "project"

    @property
    def to_name(self) -> str:
        """What it is called there."""
        return self.new_name or self.name

    def change(self, source: Source) -> str | None:
        found = list(_imports(source, self.old, self.name))
        if not found:
            return None
        alias = found[0][1]
        local, new = alias.asname or alias.name, self.to_name or self.new
        # A new name that already means something here cannot stand in for the old one.
        fits = new == local or new.partition(".")[0] not in defined(source.tree) or "." in local
        kept = alias.asname or ("" if fits else local)
        text = self._swapped(source, kept)
        if text is not None and not kept and new != local:
            text = Rename(old=local, new=new).apply(text) or text
        return self.apply(text) or text if text and len(found) > 1 else text

    def _swapped(self, source: Source, kept: str) -> str | None:
        """The import itself replaced, in its own place if it is the only name of its statement."""
        node, alias = next(_imports(source, self.old, self.name))
        if len(node.names) == 1 or node not in source.tree.body:
            return self._in_place(source, node, alias, kept)
        shorter = source.changed([_without(source, node, alias)])
        return AddImport(module=self.new, name=self.to_name, alias=kept).apply(shorter) if shorter else None

    def _in_place(self, source: Source, node: AnyImport, alias: ast.alias, kept: str) -> str | None:
        if len(node.names) > 1:
            return None
        renamed = f" as {kept}" if kept and kept != (self.to_name or self.new) else ""
        statement = f"from {self.new} import {self.to_name}" if self.to_name else f"import {self.new}"
        return source.changed([Splice(source.start(node), source.end(node), statement + renamed)])


def _imports(source: Source, module: str, name: str) -> Iterator[tuple[AnyImport, ast.alias]]:
    """Every statement that imports the name of the module, or the module itself, with its place in it."""
    for node in nodes(source.tree):
        if isinstance(node, ast.ImportFrom) and name and node.module == module and not node.level:
            yield from ((node, alias) for alias in node.names if alias.name == name)
        elif isinstance(node, ast.Import) and not name:
            yield from ((node, alias) for alias in node.names if alias.name == module)


def _imported(source: Source, module: str, name: str) -> set[str]:
    """What the file calls it, where it is imported at the top."""
    found = [(node, alias) for node, alias in _imports(source, module, name) if node in source.tree.body]
    return {alias.asname or alias.name for _, alias in found}


def _without(source: Source, node: AnyImport, alias: ast.alias) -> Splice:
    if len(node.names) == 1:
        return removed(source, node)
    listed = names(source, node)
    return listed.without(listed.index_at(source.start(alias)))


def _one_more(source: Source, node: ast.ImportFrom, alias: str) -> Splice:
    later = [index for index, one in enumerate(node.names) if _order(one.name) > _order(alias)]
    return names(source, node).with_one(alias, later[0] if later else None)


def _order(name: str) -> tuple[int, str]:
    """isort's order within a statement: constants, classes, the rest."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name.lower()


def _placed(source: Source, statement: str) -> Splice:
    """The import among those of its section, or after those of the sections before, or at the top."""
    new = next(node for node in ast.parse(statement).body if isinstance(node, AnyImport))
    there = [node for node in source.tree.body if isinstance(node, AnyImport)]
    known = {_top(node): _section(node) for node in reversed(there)}
    mine, end = _key(new, known), source.end_of_line
    before = [node for node in there if _key(node, known) <= mine]
    after = [node for node in there if _key(node, known) > mine]
    if after and not (before and _key(before[-1], known)[0] == mine[0]):
        place = source.line_start(source.start(after[0]))
        gap = end if _key(after[0], known)[0] > mine[0] else ""
        return Splice(place, place, f"{statement}{end}{gap}")
    if before:
        place = source.line_end(source.end(before[-1]))
        gap = end if _key(before[-1], known)[0] < mine[0] else ""
        glue = "" if source.text[:place].endswith(("\n", "\r")) else end
        return Splice(place, place, f"{glue}{gap}{statement}{end}")
    return _at_top(source, statement)


def _at_top(source: Source, statement: str) -> Splice:
    """After the docstring and the comments at the head, before everything else."""
    end, body = source.end_of_line, source.tree.body
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        place = source.line_end(source.end(first))
        return Splice(place, place, f"{end}{statement}{end}")
    heads = [line for line in source.lines if not line.startswith("#")]
    place = source.starts[source.lines.index(heads[0])] if heads else len(source.text)
    return Splice(place, place, f"{statement}{end}" + (end if body else ""))


def _key(node: AnyImport, known: dict[str, int]) -> tuple[int, bool, str]:
    """The order of imports: by section, whole modules first, then by name."""
    is_from = isinstance(node, ast.ImportFrom)
    name = (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
    own = _section(node)
    return (known.get(_top(node), own) if own == 2 else own), is_from, name.lower()


def _top(node: AnyImport) -> str:
    name = (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
    return name.partition(".")[0]


def _section(node: AnyImport) -> int:
    if isinstance(node, ast.ImportFrom) and node.level:
        return 4
    if _top(node) == "__future__":
        return 0
    return 1 if _top(node) in sys.stdlib_module_names else 2
