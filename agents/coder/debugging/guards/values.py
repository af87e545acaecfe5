"""Values in configs and in code: amounts of training, switches, and what a requirement has fixed."""

from __future__ import annotations

import ast
import json
import tomllib
from collections import Counter
from collections.abc import Iterator

import yaml

from agents.coder.debugging.guards.amounts import (
    REQUIREMENT,
    Value,
    forbidden,
    is_mended,
    is_nothing,
    is_same,
    replaces_computed,
)
from agents.coder.debugging.guards.breach import Breach, Code, breach
from agents.reviewer.syntax import dotted, every, last
from framework.resources import parse_yaml

Leaves = list[tuple[str, Value]]  # the dotted key and the value


def read_config(file: str, text: str) -> Leaves | None:
    """The values of a config; None where it cannot be read."""
    try:
        if file.endswith(".json"):
            data: object = json.loads(text)
        else:
            data = tomllib.loads(text) if file.endswith(".toml") else parse_yaml(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return list(_leaves(data, ""))


def _leaves(data: object, key: str) -> Iterator[tuple[str, Value]]:
    if isinstance(data, dict):
        for name, value in data.items():
            yield from _leaves(value, f"{key}.{name}" if key else str(name))
    else:
        yield key, data


def changed_config(file: str, before: str | None, after: str) -> Iterator[Breach]:
    """What a config may not change, requirements aside."""
    new = read_config(file, after)
    old = read_config(file, before) if before is not None else []
    if new is None:
        yield breach("guard.unreadable", file=file)
        return
    was, now = dict(old or []), dict(new)
    for key, value in now.items():
        name = last(key)
        known = was[key] if key in was else _renamed_from(key, value, was, now)
        if known is None and key not in was:
            if is_nothing(name, value) and old is not None:
                yield breach("guard.amount", file=file, name=key, old="-", new=value)
        elif forbidden(name, known, value):
            yield breach("guard.amount", file=file, name=key, old=known, new=value)
    for key, value in was.items():
        if key not in now and forbidden(last(key), value, None) and not _is_elsewhere(value, was, now):
            yield breach("guard.amount", file=file, name=key, old=value, new="-")


def _renamed_from(key: str, value: Value, was: dict[str, Value], now: dict[str, Value]) -> Value:
    """The value of the same setting under the key that it had before in another section."""
    return next((old for one, old in was.items() if one not in now and last(one) == last(key)), None)


def _is_elsewhere(value: Value, was: dict[str, Value], now: dict[str, Value]) -> bool:
    return any(is_same(value, other) for key, other in now.items() if key not in was)


def changed_requirements(file: str, before: str | None, after: str) -> Iterator[Breach]:
    """Settings that state a requirement and have another value, or are gone; a corrected key with its value is not."""
    old, new = (read_config(file, text or "") or [] for text in (before, after))
    was, now = ({key: value for key, value in leaves if REQUIREMENT.fullmatch(last(key))} for leaves in (old, new))
    everything = dict(new), dict(old)
    for key, value in was.items():
        if key in now and not is_mended(value, now[key]):
            yield breach("guard.requirement", file=file, name=key, old=value, new=now[key])
        elif key not in now and not _is_elsewhere(value, everything[1], everything[0]) and _is_read(key, file):
            yield breach("guard.requirement", file=file, name=key, old=value, new="-")
    for key, value in now.items():
        if key not in was and old and not _is_elsewhere(value, everything[0], everything[1]):
            yield breach("guard.requirement", file=file, name=key, old="-", new=value)


def _is_read(key: str, file: str) -> bool:
    """Keys below these never reach a model."""
    return not key.startswith(("logging", "callbacks"))


def changed_constants(file: str, before: Code, after: ast.Module) -> Iterator[Breach]:
    """The same in code: defaults, keywords and assignments with plain values."""
    old, new = (constants(tree) if tree else {} for tree in (before, after))
    for (owner, name), values in new.items():
        was = old.get((owner, name), [])
        gone, come = _difference(was, values)
        for index, value in enumerate(come):
            known = gone[index] if index < len(gone) else None
            if index < len(gone) and (forbidden(name, known, value) or _is_cut_off(name, known, value)):
                yield breach("guard.amount", file=file, name=name, old=known, new=value)
            elif index >= len(gone) and was and is_nothing(name, value):
                yield breach("guard.amount", file=file, name=name, old="-", new=value)


def _is_cut_off(name: str, old: Value, new: Value) -> bool:
    return isinstance(old, str) and not old.isidentifier() and replaces_computed(name, old, new)


def _difference(old: list[Value], new: list[Value]) -> tuple[list[Value], list[Value]]:
    more, less = Counter(map(repr, new)), Counter(map(repr, old))
    gone = [one for one in old if less[repr(one)] > more[repr(one)]]
    return gone, [one for one in new if more[repr(one)] > less[repr(one)]]


def constants(tree: ast.Module) -> dict[tuple[str, str], list[Value]]:
    """Plain values by what they belong to and the name that they are given to; a computed one counts as None."""
    found: dict[tuple[str, str], list[Value]] = {}
    for owner, name, value in _given(tree):
        found.setdefault((owner, name), []).append(_plain(value))
    return found


def _given(tree: ast.Module) -> Iterator[tuple[str, str, ast.expr]]:
    for call in every(tree, ast.Call):
        yield from ((last(dotted(call.func)), one.arg, one.value) for one in call.keywords if one.arg)
        if last(dotted(call.func)) == "add_argument" and call.args and isinstance(call.args[0], ast.Constant):
            option = str(call.args[0].value).lstrip("-").replace("-", "_")
            yield from (("", option, one.value) for one in call.keywords if one.arg == "default")
    for pairs in every(tree, ast.Dict):
        for key, value in zip(pairs.keys, pairs.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield "{}", key.value, value
    for assign in every(tree, ast.Assign):
        yield from (("", last(dotted(one)), assign.value) for one in assign.targets)
    for annotated in every(tree, ast.AnnAssign):
        if annotated.value is not None:
            yield "", last(dotted(annotated.target)), annotated.value
    for arguments in every(tree, ast.arguments):
        named = (
            [*arguments.posonlyargs, *arguments.args][-len(arguments.defaults) or None :] if arguments.defaults else []
        )
        pairs_ = [
            *zip(named, arguments.defaults, strict=True),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        yield from (("", one.arg, value) for one, value in pairs_ if value is not None)


def _plain(node: ast.expr) -> Value:
    """A literal; of pydantic's Field its default."""
    if isinstance(node, ast.Call) and last(dotted(node.func)) in ("Field", "field"):
        named = [one.value for one in node.keywords if one.arg == "default"]
        node = next(iter([*node.args, *named]), node)
    try:
        value: Value = ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)
    return value


def loosened(file: str, before: Code, after: ast.Module) -> Iterator[Breach]:
    """Bounds of settings that were taken away or widened, and checks that are no longer called by pydantic."""
    old, new = (_bounds(tree) if tree else {} for tree in (before, after))
    for name, bounds in old.items():
        for key, value in bounds.items():
            if name in new and new[name].get(key) != value:
                yield breach("guard.loosened", file=file, name=name, what=f"{key}={value}")
    marks = [Counter(_validators(tree)) if tree else Counter[str]() for tree in (before, after)]
    yield from (breach("guard.removed", file=file, what=one, function=file) for one in marks[0] - marks[1])


_BOUNDS = {"gt", "ge", "lt", "le", "min_length", "max_length", "pattern", "multiple_of"}


def _bounds(tree: ast.Module) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for owner in every(tree, ast.ClassDef):
        for node in owner.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call):
                keywords = {one.arg: ast.unparse(one.value) for one in node.value.keywords if one.arg in _BOUNDS}
                found[f"{owner.name}.{dotted(node.target)}"] = {key: value for key, value in keywords.items() if key}
    return found


def _validators(tree: ast.Module) -> Iterator[str]:
    for node in every(tree, ast.FunctionDef):
        for one in node.decorator_list:
            name = last(dotted(one.func if isinstance(one, ast.Call) else one))
            if "validator" in name:
                yield f"@{name} {node.name}"
