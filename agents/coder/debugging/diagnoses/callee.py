"""What a failing line calls, and what that really takes."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from agents.coder.debugging.code_edits.base import aliases
from agents.coder.debugging.definitions import Defined, Signature, definitions, signature_of
from agents.coder.debugging.failure import Frame
from agents.coder.debugging.scene import Scene
from agents.reviewer.syntax import Function, dotted, every
from framework.runtime.introspection import offers


@dataclass(frozen=True)
class Callee:
    """What was called: its own name, and the class that it is a method of."""

    name: str
    owner: str

    @property
    def called(self) -> str:
        """The name by which it is called."""
        return self.owner if self.name in ("__init__", "__new__") and self.owner else self.name


def callee_of(text: str) -> Callee:
    parts = [part for part in text.split(".") if part != "<locals>"]
    return Callee(parts[-1], parts[-2] if len(parts) > 1 else "")


def taken_by(scene: Scene, where: Frame, callee: Callee) -> Signature | None:
    """What it takes: by the project's own definition, else by what the installed package says."""
    if callee.name in ("__init__", "__new__"):
        own = signature_of(scene.tree, callee.owner)
    else:
        own = signature_of(scene.tree, callee.name, callee.owner)
    return own or _installed(scene, where, callee)


def _installed(scene: Scene, where: Frame, callee: Callee) -> Signature | None:
    names = _full_names(scene, where, callee)
    asked = [
        (".".join(parts[:cut]), parts[cut:])
        for parts in (name.split(".") for name in names)
        for cut in range(1, len(parts))
    ]
    for offer in offers(scene.python, asked[:8]) if asked else []:
        if offer.found and offer.parameters:
            plain = [one for one in offer.parameters if not one.kind.startswith("VAR_")]
            return Signature(
                names=tuple(one.name for one in plain if one.name != "self"),
                required=tuple(one.name for one in plain if one.required and one.name != "self"),
                positional=tuple(one.name for one in plain if "POSITIONAL" in one.kind and one.name != "self"),
                anything=any(one.kind == "VAR_KEYWORD" for one in offer.parameters),
            )
    return None


def _full_names(scene: Scene, where: Frame, callee: Callee) -> list[str]:
    """The dotted names under which the failing code may know what it called."""
    tree = scene.tree.python.get(where.file)
    if tree is None:
        return []
    known = aliases(tree)
    found = []
    for call in calls_at(tree, where.line):
        name = dotted(call.func)
        if name.rpartition(".")[2] in (callee.called, callee.name):
            first, dot, rest = name.partition(".")
            found.append(f"{known.get(first, first)}{dot}{rest}")
    return [name for name in found if "." in name and name.partition(".")[0] in scene.modules]


def calls_at(tree: ast.Module, line: int) -> list[ast.Call]:
    return [one for one in every(tree, ast.Call) if one.lineno <= line <= (one.end_lineno or one.lineno)]


def places(scene: Scene, where: Frame, callee: Callee) -> list[tuple[str, int]]:
    """Where the call stands: in the frames of the traceback, the innermost first, else anywhere in these files."""
    frames = [frame for frame in reversed(scene.failure.frames) if frame.own]
    return [
        *((frame.file, frame.line) for frame in frames),
        *((file, 0) for file in dict.fromkeys(f.file for f in frames)),
    ]


def is_call_of(call: ast.Call, callee: Callee) -> bool:
    return dotted(call.func).rpartition(".")[2] in (callee.called, callee.name)


def own_definitions(scene: Scene, callee: Callee) -> list[Defined]:
    found = definitions(scene.tree, callee.called)
    if callee.name not in ("__init__", "__new__") and callee.owner:
        classes = [one for one in definitions(scene.tree, callee.owner) if isinstance(one.node, ast.ClassDef)]
        found = [one for one in found if any(one.node in each.node.body for each in classes)]
    return found


def function_of(one: Defined) -> Function | None:
    if not isinstance(one.node, ast.ClassDef):
        return one.node
    return next((item for item in one.node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"), None)


def is_used(function: Function, name: str) -> bool:
    return any(one.id == name for item in function.body for one in every(item, ast.Name))


def offset(text: str, line: int, column: int) -> int:
    lines = text.splitlines(keepends=True)
    return sum(map(len, lines[: line - 1])) + len(lines[line - 1].encode()[:column].decode(errors="ignore"))


def with_last(text: str, function: Function, new: str) -> str | None:
    """The text with one more parameter behind the last one; None where there is none, or that has the name."""
    named = every(function.args, ast.arg)
    last = max(named, key=lambda each: (each.lineno, each.col_offset), default=None)
    if last is None or any(one.arg == new.lstrip("*") for one in named):
        return None
    given = (*function.args.defaults, *function.args.kw_defaults)
    ends: list[ast.arg | ast.expr] = [last, *(value for value in given if value is not None)]
    end = max(ends, key=lambda each: (each.end_lineno or 0, each.end_col_offset or 0))
    at = offset(text, end.end_lineno or 0, end.end_col_offset or 0)
    return f"{text[:at]}, {new}{text[at:]}"
