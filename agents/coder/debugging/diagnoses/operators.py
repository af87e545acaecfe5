"""An operation that its values do not allow: a call forgotten or too many, a quotient, text for a number."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agents.coder.debugging import config_edits
from agents.coder.debugging.code_edits.rewrite import Replace
from agents.coder.debugging.definitions import sources
from agents.coder.debugging.failure import Frame
from agents.coder.debugging.proposing import by_edit, in_code, in_config
from agents.coder.debugging.scene import Proposal, Scene, SettingChange
from agents.reviewer.syntax import decorators, dotted, every, functions

_METHOD = re.compile(r"\b(?:builtin_function_or_method|method|function|method-wrapper)'? ?(?:object|and|$)|'method'")
_NOT_CALLABLE = re.compile(r"'(?P<kind>[\w.]+)' object is not callable")
_WHOLE = re.compile(
    r"'float' object cannot be interpreted as an integer|slice indices must be integers|indices must be integers"
    r"|(?:must be|expected).{0,30}(?:int|Integral).{0,30}(?:float)|received an invalid combination of arguments.*float"
)
_TEXT = re.compile(r"'str'|\"str\"|\bstr\b")


def diagnose(scene: Scene) -> Iterator[Proposal]:
    """Of a TypeError, ZeroDivisionError or IndexError in the project's own code."""
    message, frames = scene.failure.message, [one for one in reversed(scene.failure.frames) if one.own]
    if scene.failure.kind == "ZeroDivisionError":
        yield from _by_zero(scene, frames)
    if scene.failure.kind not in ("TypeError", "ValueError"):
        return
    for frame in frames[:2]:
        if _METHOD.search(message):
            yield from _uncalled(scene, frame)
        if _NOT_CALLABLE.search(message):
            yield from _called(scene, frame)
        if _WHOLE.search(message):
            yield from _quotient(scene, frame)
    if _TEXT.search(message):
        yield from _text_setting(scene)
    if frames and ("must be str, not" in message or "can only concatenate str" in message):
        yield from _joined(scene, frames[0])


def _loaded(scene: Scene, frame: Frame) -> list[ast.Attribute]:
    """The attributes on a line that are read and not called."""
    tree = scene.tree.python.get(frame.file)
    if tree is None:
        return []
    called = {id(call.func) for call in every(tree, ast.Call)}
    found = [one for one in every(tree, ast.Attribute) if one.lineno == frame.line and id(one) not in called]
    return [one for one in found if isinstance(one.ctx, ast.Load)]


def _methods(scene: Scene) -> tuple[set[str], set[str]]:
    """The names of the project's methods, and of those that are properties."""
    all_of: set[str] = set()
    properties: set[str] = set()
    for tree in scene.tree.python.values():
        for one in functions(tree):
            is_property = any("property" in each for each in decorators(one))
            (properties if is_property else all_of).add(one.name)
    return all_of - properties, properties


_TENSOR_METHODS = frozenset("size numel dim item items keys values tolist detach cpu float long contiguous".split())


def _uncalled(scene: Scene, frame: Frame) -> Iterator[Proposal]:
    """`x.size[0]` for `x.size()[0]`; or a method of which everybody else thinks that it is a property."""
    methods, _ = _methods(scene)
    for one in _loaded(scene, frame):
        if one.attr in methods:
            yield from _as_property(scene, one.attr)
        if one.attr in methods | _TENSOR_METHODS:
            text = ast.unparse(one)
            edit = Replace(find=text, put=f"{text}()", line=frame.line)
            yield from by_edit(scene, "not-called", frame.file, edit, f"`{text}` → `{text}()`", name=one.attr)


def _as_property(scene: Scene, name: str) -> Iterator[Proposal]:
    """Every use reads it without calling it: it has lost its `@property`."""
    trees = scene.tree.python.values()
    calls = sum(dotted(call.func).endswith(f".{name}") for tree in trees for call in every(tree, ast.Call))
    uses = sum(one.attr == name for tree in trees for one in every(tree, ast.Attribute))
    for file, tree in scene.tree.python.items():
        for one in functions(tree):
            if one.name == name and not one.decorator_list and uses > 2 * calls and len(one.args.args) == 1:
                lines = scene.tree.texts[file].splitlines(keepends=True)
                lines.insert(one.lineno - 1, " " * one.col_offset + "@property\n")
                yield from in_code(scene, "lost-property", file, "".join(lines), f"`{name}`: + `@property`", name=name)


def _called(scene: Scene, frame: Frame) -> Iterator[Proposal]:
    """`x.shape()` for `x.shape`; `tqdm(...)` where `tqdm` is the module."""
    tree = scene.tree.python.get(frame.file)
    calls = [one for one in every(tree, ast.Call) if one.lineno == frame.line] if tree else []
    for call in calls:
        name = ast.unparse(call.func)
        if "'module'" in scene.failure.message:
            last = name.rpartition(".")[2]
            edit = Replace(find=f"{name}(*$a, **$k)", put=f"{name}.{last}(*$a, **$k)", line=frame.line)
            yield from by_edit(scene, "module-called", frame.file, edit, f"`{name}(` → `{name}.{last}(`", name=name)
        elif isinstance(call.func, ast.Attribute) and not call.args and not call.keywords:
            edit = Replace(find=f"{name}()", put=name, line=frame.line)
            yield from by_edit(scene, "called-value", frame.file, edit, f"`{name}()` → `{name}`", name=name)
        elif len(call.args) == 1:
            inner = ast.unparse(call.args[0])
            edit = Replace(find=f"{name}({inner})", put=f"{name}[{inner}]", line=frame.line)
            yield from by_edit(
                scene, "called-value", frame.file, edit, f"`{name}({inner})` → `{name}[{inner}]`", guess=True, name=name
            )


def _quotient(scene: Scene, frame: Frame) -> Iterator[Proposal]:
    """`/` gives a fraction, also where the numbers divide; the line's own, else where its names get their values."""
    edit = Replace(find="$a / $b", put="$a // $b", line=frame.line)
    yield from by_edit(scene, "whole-number", frame.file, edit, "`/` → `//`")
    tree = scene.tree.python.get(frame.file)
    nodes = [one for one in ast.walk(tree) if getattr(one, "lineno", 0) == frame.line] if tree else []
    names = {
        one.attr if isinstance(one, ast.Attribute) else one.id
        for one in nodes
        if isinstance(one, ast.Attribute | ast.Name)
    }
    for file, other in sources(scene.tree).items():
        for line in _divided(other, names) if not file.startswith("tests/") else ():
            edit = Replace(find="$a / $b", put="$a // $b", line=line)
            yield from by_edit(scene, "whole-number", file, edit, f"{line}: `/` → `//`")


def _divided(tree: ast.Module, names: set[str]) -> Iterator[int]:
    """The lines on which one of the names becomes a quotient, also as the result of a function of that name."""
    for assign in every(tree, ast.Assign):
        targets = {
            one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "")
            for target in assign.targets
            for one in ast.walk(target)
        }
        if targets & names and _has_quotient(assign.value):
            yield assign.lineno
    for function in functions(tree):
        for given in every(function, ast.Return) if function.name in names else ():
            if given.value is not None and _has_quotient(given.value):
                yield given.lineno


def _has_quotient(node: ast.expr) -> bool:
    return any(isinstance(one.op, ast.Div) for one in every(node, ast.BinOp))


def _text_setting(scene: Scene) -> Iterator[Proposal]:
    """A number of the config that is written as text."""
    text = scene.tree.texts.get(scene.config, "")
    for key, written in config_edits.keys(text).items():
        value = config_edits.read(written)
        if isinstance(value, str) and re.fullmatch(r"[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?", value, re.IGNORECASE):
            number = float(value) if re.search(r"[.e]", value, re.IGNORECASE) else int(value)
            new = config_edits.with_value(text, key, number)
            change = SettingChange(file=scene.config, key=key, old=written, new=config_edits.spelled(number))
            yield from in_config(scene, "text-for-number", [change], new, setting=key)


def _joined(scene: Scene, frame: Frame) -> Iterator[Proposal]:
    edit = Replace(find="$a + $b", put="$a + str($b)", line=frame.line)
    yield from by_edit(scene, "text-and-number", frame.file, edit, "`+ x` → `+ str(x)`")


def _by_zero(scene: Scene, frames: list[Frame]) -> Iterator[Proposal]:
    for frame in frames[:2]:
        for sign in ("/", "//", "%"):
            edit = Replace(find=f"$a {sign} $b", put=f"$a {sign} max(1, $b)", line=frame.line)
            yield from by_edit(scene, "by-zero", frame.file, edit, f"`{sign} x` → `{sign} max(1, x)`", guess=True)
