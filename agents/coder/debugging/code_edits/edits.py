"""Small changes of Python source, found by its syntax tree and made in its text.

Each operation is data, so that a playbook can name it, and `apply(source)` gives the new text, or None where it does
not apply. Comments and layout of the rest survive. What comes out parses, or nothing does. `line` 0 means anywhere.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from agents.coder.debugging.code_edits.base import CodeEdit
from agents.coder.debugging.code_edits.calls import AddKeyword, MoveKeyword, RemoveKeyword, RenameKeyword, SetKeyword
from agents.coder.debugging.code_edits.imports import AddImport, MoveImport, RemoveImport
from agents.coder.debugging.code_edits.names import Rename, RenameAttribute
from agents.coder.debugging.code_edits.rewrite import ChangeValue, Replace, ReplaceCall
from agents.coder.debugging.code_edits.statements import InsertStatement, RemoveStatement, ReplaceStatement

__all__ = ["CodeEdit", "Edit", "applied", "apply_all", "changed_files", "filled_in"]

Edit = Annotated[
    RenameKeyword
    | RemoveKeyword
    | AddKeyword
    | SetKeyword
    | MoveKeyword
    | Rename
    | RenameAttribute
    | AddImport
    | RemoveImport
    | MoveImport
    | Replace
    | ReplaceCall
    | ChangeValue
    | InsertStatement
    | RemoveStatement
    | ReplaceStatement,
    Field(discriminator="do"),
]
_EDIT: TypeAdapter[Edit] = TypeAdapter(Edit)
_PLACE = re.compile(r"\{(\w+)\}")
_PLAIN = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*|-?\d+(?:\.\d+)?(?:e-?\d+)?", re.IGNORECASE)


def apply_all(source: str, edits: Iterable[CodeEdit]) -> str | None:
    """The text after all edits in their order; None where one of them does not apply or nothing changes."""
    text: str | None = source
    for one in edits:
        needed = [_import(statement) for statement in one.imports]
        for each in (one, *filter(None, needed)):
            text = each.apply(text) if text is not None else None
    return None if text == source else text


def applied(source: str, edit: CodeEdit) -> str | None:
    """The text after one edit with the imports that it needs; None where it does not apply or nothing changes."""
    return apply_all(source, [edit])


def _import(statement: str) -> AddImport | None:
    """`import a`, `import a as b`, `from a import b` or `from a import b as c` as an edit."""
    try:
        node = ast.parse(statement).body[0]
    except SyntaxError:
        return None
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return None
    one = node.names[0]
    alias = one.asname or ""
    if isinstance(node, ast.ImportFrom):
        return AddImport(module=node.module or "", name=one.name, alias=alias)
    return AddImport(module=one.name, alias=alias)


def changed_files(texts: Mapping[str, str], edits: Iterable[CodeEdit]) -> dict[str, str]:
    """The Python files in which all edits apply, with their new texts."""
    edits = list(edits)
    found = {name: apply_all(text, edits) for name, text in texts.items() if name.endswith(".py")}
    return {name: text for name, text in found.items() if text is not None}


def filled_in(edit: CodeEdit, values: Mapping[str, str]) -> CodeEdit | None:
    """The edit with `{name}` in its fields replaced; None where a value is missing or is no plain name or number.

    Values come from the output of programs: what is no plain name, number or literal must not become code.
    """
    plain = {name: value for name, value in values.items() if _PLAIN.fullmatch(value)}
    try:
        return _EDIT.validate_python({key: _put_in(value, plain) for key, value in edit.model_dump().items()})
    except (KeyError, ValidationError):
        return None


def _put_in(value: Any, values: Mapping[str, str]) -> Any:
    """A text, or the texts of a list, with what they name put in."""
    if isinstance(value, list):
        return [_put_in(one, values) for one in value]
    return _PLACE.sub(lambda place: values[place[1]], value) if isinstance(value, str) else value
