"""An argument that is missing: what other callers give, what has its type, what has its name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agents.coder.debugging.code_edits.calls import AddKeyword
from agents.coder.debugging.code_edits.edits import applied
from agents.coder.debugging.definitions import sources, visible
from agents.coder.debugging.diagnoses.callee import (
    Callee,
    function_of,
    is_call_of,
    is_used,
    own_definitions,
    places,
    taken_by,
)
from agents.coder.debugging.failure import Frame
from agents.coder.debugging.proposing import in_code
from agents.coder.debugging.scene import Proposal, Scene
from agents.reviewer.syntax import every


def missing_arguments(scene: Scene, where: Frame, callee: Callee, names: list[str]) -> Iterator[Proposal]:
    if names == ["self"]:
        edit_text = re.sub(
            rf"\b({re.escape(callee.owner)})\.{re.escape(callee.name)}\(",
            rf"\1().{callee.name}(",
            scene.tree.texts.get(where.file, ""),
        )
        yield from in_code(
            scene,
            "not-an-instance",
            where.file,
            edit_text,
            f"`{callee.owner}.` → `{callee.owner}().`",
            name=callee.owner,
        )
        return
    yield from _extra_parameter(scene, callee, names)
    values = {name: value for name in names if (value := _value_for(scene, where, callee, name))}
    if set(values) != set(names):
        return
    for file, line in places(scene, where, callee):
        text: str | None = scene.tree.texts.get(file)
        for name, value in values.items():
            text = applied(text, AddKeyword(call=[callee.called], name=name, value=value, line=line)) if text else None
        change = ", ".join(f"+ `{name}={value}`" for name, value in values.items())
        yield from in_code(scene, "argument-missing", file, text, change, name=", ".join(names), callee=callee.called)


def _value_for(scene: Scene, where: Frame, callee: Callee, name: str) -> str | None:
    """What the other callers give, if it can be seen here too; else something of that very name."""
    module = scene.tree.python.get(where.file)
    if module is None:
        return None
    seen = visible(module, where.line)
    position = _position(scene, where, callee, name)
    for _, tree in sources(scene.tree).items():
        for call in every(tree, ast.Call):
            value = _argument(call, callee, name, position)
            if value is not None and {one.id for one in every(value, ast.Name)} <= seen:
                return ast.unparse(value)
    if typed := _of_its_type(scene, module, callee, name, seen):
        return typed
    if name in seen:
        return name
    texts = [
        ast.unparse(one) for one in every(module, ast.Attribute) if one.attr == name and isinstance(one.ctx, ast.Load)
    ]
    return next((text for text in texts if text.partition(".")[0] in seen), None)


def _of_its_type(scene: Scene, module: ast.Module, callee: Callee, name: str, seen: set[str]) -> str | None:
    """The field of a known object that has the very type that the parameter asks for."""
    functions_ = [function for one in own_definitions(scene, callee) if (function := function_of(one))]
    arguments = [one for function in functions_ for one in every(function.args, ast.arg) if one.arg == name]
    wanted = next((ast.unparse(one.annotation) for one in arguments if one.annotation), "")
    if not wanted[:1].isupper():
        return None
    read = {ast.unparse(one): one for one in every(module, ast.Attribute)}
    for tree in sources(scene.tree).values():
        for held in every(tree, ast.ClassDef):
            fields = {ast.unparse(one.target): ast.unparse(one.annotation) for one in every(held, ast.AnnAssign)}
            field = next((key for key, kind in fields.items() if kind == wanted), None)
            bases = [ast.unparse(one.value) for one in read.values() if one.attr in fields and one.attr != field]
            others = {ast.unparse(one.value) for one in read.values() if one.attr not in fields}
            bases = [base for base in bases if base not in others and base.partition(".")[0] in seen]
            if field and bases:
                return f"{max(set(bases), key=bases.count)}.{field}"
    return None


def _position(scene: Scene, where: Frame, callee: Callee, name: str) -> int | None:
    signature = taken_by(scene, where, callee)
    return signature.positional.index(name) if signature and name in signature.positional else None


def _argument(call: ast.Call, callee: Callee, name: str, position: int | None) -> ast.expr | None:
    if not is_call_of(call, callee):
        return None
    named = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    if named is not None:
        return named
    return call.args[position] if position is not None and position < len(call.args) else None


def _extra_parameter(scene: Scene, callee: Callee, names: list[str]) -> Iterator[Proposal]:
    """A parameter that the body never uses is one that nobody has to give."""
    for one in own_definitions(scene, callee):
        function = function_of(one)
        if function is None or any(is_used(function, name) for name in names):
            continue
        for name in names:
            text = re.sub(rf",\s*{re.escape(name)}\s*(?::[^,)=]+)?(?=[,)])", "", scene.tree.texts[one.file], count=1)
            yield from in_code(
                scene,
                "parameter-unused",
                one.file,
                text,
                f"`{function.name}`: - `{name}`",
                guess=True,
                name=name,
                callee=callee.called,
            )
