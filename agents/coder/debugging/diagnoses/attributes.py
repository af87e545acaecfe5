"""An attribute that is not there: a slip, a name that has moved, or an object of another kind than the code thinks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agents.coder.debugging.code_edits.names import RenameAttribute
from agents.coder.debugging.code_edits.rewrite import Replace
from agents.coder.debugging.code_edits.statements import InsertStatement
from agents.coder.debugging.definitions import attributes, definitions, enclosing, module_name, sources
from agents.coder.debugging.failure import Frame
from agents.coder.debugging.proposing import by_edit, in_code
from agents.coder.debugging.scene import Proposal, Scene
from agents.coder.debugging.schema import near_name
from agents.reviewer.syntax import Function, body_without_docstring, defined, every
from framework.runtime.introspection import offers

_OF_MODULE = re.compile(r"module '(?P<owner>[\w.]+)' has no attribute '(?P<name>\w+)'")
_OF_CLASS = re.compile(r"(?:type object )?'?\b(?P<owner>[\w.]+)'?(?: object)? has no attribute '?(?P<name>\w+)")
_MEANT = re.compile(r"Did you mean:? '(?P<name>\w+)'")
_PLAIN = {"int", "float", "bool", "str", "tuple", "list", "complex", "bytes"}


def diagnose(scene: Scene) -> Iterator[Proposal]:
    """Of an AttributeError."""
    message, where = scene.failure.message, scene.failure.where
    if scene.failure.kind != "AttributeError" or where is None:
        return
    if "__init__() call" in message:
        yield from _without_super(scene, where)
    of_module, of_class = _OF_MODULE.search(message), _OF_CLASS.search(message)
    if of_module:
        yield from _module(scene, where, of_module["owner"], of_module["name"])
    elif of_class:
        owner, name = of_class["owner"].rpartition(".")[2], of_class["name"]
        yield from _object(scene, where, owner, name)


def _without_super(scene: Scene, where: Frame) -> Iterator[Proposal]:
    """A module of torch must be made before anything is put into it."""
    scopes = enclosing(scene.tree.python[where.file], where.line) if where.file in scene.tree.python else []
    inits = [one for one in scopes if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
    if inits:
        first = body_without_docstring(inits[-1])[0].lineno
        edit = InsertStatement(statement="super().__init__()", where="before", line=first)
        yield from by_edit(scene, "without-super", where.file, edit, "+ `super().__init__()`")


def _renamed(scene: Scene, where: Frame, old: str, new: str, *, guess: bool = False) -> Iterator[Proposal]:
    """On the failing line; and in all of the file where the old name stands more than once."""
    for frame in _own(scene, where, old):
        edit = RenameAttribute(old=old, new=new, line=frame.line)
        yield from by_edit(
            scene, "closest-attribute", frame.file, edit, f"`.{old}` → `.{new}`", guess=guess, old=old, new=new
        )


def _own(scene: Scene, where: Frame, name: str) -> list[Frame]:
    """The frames whose code has the attribute, the innermost first."""
    frames = [one for one in reversed(scene.failure.frames) if one.own and f".{name}" in one.code]
    return frames or [where]


def _module(scene: Scene, where: Frame, owner: str, name: str) -> Iterator[Proposal]:
    said = _MEANT.search(scene.failure.message)
    own = next((file for file in sources(scene.tree) if module_name(file) == owner), None)
    names = set(defined(scene.tree.python[own])) if own else set(offers(scene.python, [(owner, [])])[0].names)
    near = said["name"] if said else near_name(name, names, 0.6)
    if near:
        yield from _renamed(scene, where, name, near)
    yield from _submodule(scene, where, owner, name)


def _submodule(scene: Scene, where: Frame, owner: str, name: str) -> Iterator[Proposal]:
    """`import a` does not bring `a.b`: a part of a package may have to be imported by itself."""
    text = scene.tree.texts.get(where.file, "")
    part = offers(scene.python, [(f"{owner}.{name}", [])])[0]
    if part.found and re.search(rf"(?m)^import {re.escape(owner)}$", text):
        changed = re.sub(rf"(?m)^import {re.escape(owner)}$", f"import {owner}\nimport {owner}.{name}", text, count=1)
        yield from in_code(
            scene, "missing-import", where.file, changed, f"+ `import {owner}.{name}`", name=f"{owner}.{name}"
        )


def _object(scene: Scene, where: Frame, owner: str, name: str) -> Iterator[Proposal]:
    said = _MEANT.search(scene.failure.message)
    if said:
        is_private = said["name"].startswith("_") and not name.startswith("_")
        yield from _renamed(scene, where, name, said["name"], guess=is_private)
    if owner == "dict":
        edit = Replace(find=f"$x.{name}", put=f'$x["{name}"]', line=where.line)
        yield from by_edit(scene, "dict-attribute", where.file, edit, f'`.{name}` → `["{name}"]`', name=name)
    known = attributes(scene.tree, owner)
    if known is not None:
        near = near_name(name, known, 0.55)
        if near:
            yield from _renamed(scene, where, name, near)
        yield from _never_set(scene, where, owner, name, known)
    if owner in _PLAIN:
        yield from _unwrapped(scene, where, owner, name)


def _unwrapped(scene: Scene, where: Frame, owner: str, name: str) -> Iterator[Proposal]:
    """A plain value needs no `.item()`; an object of one's own spelling may be the first of a tuple."""
    if owner == "tuple":
        edit = Replace(find=f"$x.{name}", put=f"$x[0].{name}", line=where.line)
        yield from by_edit(
            scene, "tuple-attribute", where.file, edit, f"`$x.{name}` → `$x[0].{name}`", guess=True, name=name
        )
    if owner == "list" and name in ("to", "shape", "size", "view", "long", "float", "dim"):
        edit = Replace(find=f"$x.{name}", put=f"torch.tensor($x).{name}", line=where.line, imports=["import torch"])
        yield from by_edit(
            scene, "plain-value", where.file, edit, f"`$x.{name}` → `torch.tensor($x).{name}`", owner=owner, name=name
        )
    edit = Replace(find=f"$x.{name}()", put="$x", line=where.line)
    yield from by_edit(scene, "plain-value", where.file, edit, f"- `.{name}()`", owner=owner, name=name)


def _never_set(scene: Scene, where: Frame, owner: str, name: str, known: set[str]) -> Iterator[Proposal]:
    """`self.name` is nowhere assigned, but the constructor has a parameter of that name."""
    for one in definitions(scene.tree, owner):
        init = next(
            (item for item in one.node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"), None
        )
        if init is None or name not in {argument.arg for argument in every(init.args, ast.arg)}:
            continue
        edit = InsertStatement(statement=f"self.{name} = {name}", where="after", line=_first_line(init))
        yield from by_edit(scene, "never-set", one.file, edit, f"+ `self.{name} = {name}`", name=name, owner=owner)


def _first_line(function: Function) -> int:
    """After the docstring and the call of the parent's constructor."""
    heads = [item for item in function.body if isinstance(item, ast.Expr)]
    return heads[-1].lineno if heads and heads[-1] in function.body[:2] else function.body[0].lineno
