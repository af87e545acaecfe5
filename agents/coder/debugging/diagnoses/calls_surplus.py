"""More arguments than the callee takes: a lost `self`, or a name that must be said."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agents.coder.debugging.code_edits.edits import applied
from agents.coder.debugging.code_edits.rewrite import Replace
from agents.coder.debugging.definitions import Signature
from agents.coder.debugging.diagnoses.callee import (
    Callee,
    calls_at,
    function_of,
    is_call_of,
    offset,
    own_definitions,
    taken_by,
    with_last,
)
from agents.coder.debugging.failure import Frame
from agents.coder.debugging.proposing import in_code
from agents.coder.debugging.scene import Proposal, Scene
from agents.reviewer.syntax import every


def too_many(scene: Scene, where: Frame, callee: Callee, surplus: int) -> Iterator[Proposal]:
    yield from without_self(scene, callee)
    if scene.failure.frames and not scene.failure.frames[-1].own:
        yield from _passed_on(scene, callee)
    tree, text = scene.tree.python.get(where.file), scene.tree.texts.get(where.file)
    signature = taken_by(scene, where, callee)
    calls = [one for one in calls_at(tree, where.line) if is_call_of(one, callee)] if tree and text else []
    for call in calls:
        yield from _as_keywords(scene, where, callee, call, signature, surplus)


def _passed_on(scene: Scene, callee: Callee) -> Iterator[Proposal]:
    """A library gives a method of the project more than it did once: it takes that, and hands it to its parent."""
    for one in own_definitions(scene, callee):
        function = function_of(one)
        if function is None or function.args.vararg or function.args.kwonlyargs or function.args.kwarg:
            continue
        text = with_last(scene.tree.texts[one.file], function, "*args")
        edit = Replace(
            find=f"super().{function.name}(*$a)", put=f"super().{function.name}(*$a, *args)", line=0, scope="file"
        )
        text = (applied(text, edit) or text) if text else None
        change = f"`{function.name}`: + `*args`"
        yield from in_code(scene, "parameter-added", one.file, text, change, name="*args", callee=callee.called)


def without_self(scene: Scene, callee: Callee) -> Iterator[Proposal]:
    """A method needs `self`, unless it is a static one."""
    for one in own_definitions(scene, callee):
        function = function_of(one)
        is_method = (
            any(function in node.body for node in every(scene.tree.python[one.file], ast.ClassDef))
            if function
            else False
        )
        if function is None or not is_method or function.decorator_list:
            continue
        first = (function.args.posonlyargs + function.args.args)[:1]
        if not first or first[0].arg not in ("self", "cls"):
            text = scene.tree.texts[one.file].splitlines(keepends=True)
            at = function.lineno - 1
            text[at] = re.sub(
                r"\(\s*(?=\S)", "(self" + (", " if every(function.args, ast.arg) else ""), text[at], count=1
            )
            yield from in_code(
                scene, "without-self", one.file, "".join(text), f"`{function.name}`: + `self`", name=function.name
            )


def _as_keywords(
    scene: Scene, where: Frame, callee: Callee, call: ast.Call, signature: Signature | None, surplus: int
) -> Iterator[Proposal]:
    """What is too much by position may be keyword-only; else the last of them is left out."""
    text = scene.tree.texts[where.file]
    only = [one for one in signature.names if one not in signature.positional] if signature else []
    extra = call.args[len(call.args) - surplus :]
    spelled = [ast.unparse(one).rpartition(".")[2] for one in extra]
    if only and len(extra) == 1:
        name = spelled[0] if spelled[0] in only else only[0]
        changed = _at(text, extra[0], f"{name}={ast.unparse(extra[0])}")
        yield from in_code(scene, "keyword-only", where.file, changed, f"`{name}=`", name=name, callee=callee.called)
    if len(extra) == 1 and len(call.args) > 1:
        shorter = _cut(text, call.args[-2], extra[0])
        yield from in_code(
            scene,
            "argument-surplus",
            where.file,
            shorter,
            f"- `{ast.unparse(extra[0])}`",
            guess=True,
            callee=callee.called,
        )


def _at(text: str, node: ast.expr, new: str) -> str:
    start, end = (
        offset(text, node.lineno, node.col_offset),
        offset(text, node.end_lineno or 0, node.end_col_offset or 0),
    )
    return text[:start] + new + text[end:]


def _cut(text: str, before: ast.expr, node: ast.expr) -> str:
    start = offset(text, before.end_lineno or 0, before.end_col_offset or 0)
    return text[:start] + text[offset(text, node.end_lineno or 0, node.end_col_offset or 0) :]
