"""A call that does not fit what is called: names of arguments, their number, or what is called at all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agents.coder.debugging import config_edits
from agents.coder.debugging.code_edits.calls import RemoveKeyword, RenameKeyword
from agents.coder.debugging.definitions import Signature, visible
from agents.coder.debugging.diagnoses.callee import (
    Callee,
    callee_of,
    calls_at,
    function_of,
    is_call_of,
    is_used,
    own_definitions,
    places,
    taken_by,
    with_last,
)
from agents.coder.debugging.diagnoses.calls_missing import missing_arguments
from agents.coder.debugging.diagnoses.calls_surplus import too_many, without_self
from agents.coder.debugging.failure import Frame
from agents.coder.debugging.proposing import by_edit, in_code
from agents.coder.debugging.scene import Proposal, Scene
from agents.coder.debugging.schema import near_name
from agents.reviewer.syntax import Function, every

_STRAY = re.compile(r"(?P<callee>[\w.<>]+)\(\) got an unexpected keyword argument '(?P<name>\w+)'")
_MEANT = re.compile(r"Did you mean:? '(?P<name>\w+)'")
_MISSING = re.compile(
    r"(?P<callee>[\w.<>]+)\(\) missing \d+ required (?:positional|keyword-only) arguments?: (?P<names>.+)"
)
_TOO_MANY = re.compile(
    r"(?P<callee>[\w.<>]+)\(\) takes (?:from \d+ to )?(?P<takes>\d+) positional arguments? but (?P<given>\d+)"
)
_NO_ARGUMENTS = re.compile(r"(?P<callee>[\w.<>]+)\(\) takes no (?:keyword )?arguments")
_TWICE = re.compile(r"(?P<callee>[\w.<>]+)\(\) got multiple values for (?:keyword )?argument '(?P<name>\w+)'")


def diagnose(scene: Scene) -> Iterator[Proposal]:
    """Of a TypeError about arguments."""
    message, where = scene.failure.message, scene.failure.where
    if scene.failure.kind != "TypeError" or where is None:
        return
    if stray := _STRAY.search(message):
        yield from _stray(scene, where, callee_of(stray["callee"]), stray["name"])
    if missing := _MISSING.search(message):
        names = re.findall(r"'(\w+)'", missing["names"])
        yield from missing_arguments(scene, where, callee_of(missing["callee"]), names)
    if many := _TOO_MANY.search(message):
        yield from too_many(scene, where, callee_of(many["callee"]), int(many["given"]) - int(many["takes"]))
    if twice := _TWICE.search(message):
        yield from without_self(scene, callee_of(twice["callee"]))
        edit = RemoveKeyword(name=twice["name"], line=where.line)
        yield from by_edit(
            scene, "given-twice", where.file, edit, f"- `{twice['name']}=`", guess=True, name=twice["name"]
        )


def _stray(scene: Scene, where: Frame, callee: Callee, name: str) -> Iterator[Proposal]:
    signature = taken_by(scene, where, callee)
    said = _MEANT.search(scene.failure.message)
    yield from _parameter_renamed(scene, callee, name)
    if scene.failure.frames and not scene.failure.frames[-1].own:
        yield from _parameter_added(scene, callee, name)
    if signature is not None:
        given = _given(scene, where, callee, signature)
        free = [one for one in signature.names if one not in given]
        # What a library has is not there because of a slip in this project: only a slip of the pen is near it.
        alike = 0.6 if own_definitions(scene, callee) else 0.8
        near = said["name"] if said and said["name"] in free else near_name(name, free, alike)
        needed = [one for one in signature.required if one not in given]
        for new in dict.fromkeys([*([near] if near else []), *(needed if len(needed) == 1 else [])]):
            for file, line in places(scene, where, callee):
                edit = RenameKeyword(call=[callee.called], old=name, new=new, line=line)
                yield from by_edit(
                    scene,
                    "keyword-renamed",
                    file,
                    edit,
                    f"`{name}=` → `{new}=`",
                    old=name,
                    new=new,
                    callee=callee.called,
                )
    yield from _config_key(scene, name, signature)
    for file, line in places(scene, where, callee):
        without = RemoveKeyword(call=[callee.called], name=name, line=line)
        yield from by_edit(
            scene, "keyword-unknown", file, without, f"- `{name}=`", guess=True, name=name, callee=callee.called
        )


def _config_key(scene: Scene, name: str, signature: Signature | None) -> Iterator[Proposal]:
    """`Section(**config)`: the argument is a key of the config."""
    text = scene.tree.texts.get(scene.config, "")
    key = next((one for one in config_edits.keys(text) if one.rpartition(".")[2] == name), None)
    near = near_name(name, signature.names, 0.55) if signature else None
    if key and near:
        new = f"{key.rpartition('.')[0]}.{near}".lstrip(".")
        changed = config_edits.renamed(text, key, new)
        yield from in_code(
            scene, "keyword-renamed", scene.config, changed, f"`{key}` → `{new}`", old=key, new=new, callee="config"
        )


def by_other_words(scene: Scene, synonyms: list[list[str]]) -> Iterator[Proposal]:
    """The same setting has another name there: `lr=` for `learning_rate=`."""
    where, stray = scene.failure.where, _STRAY.search(scene.failure.message)
    if scene.failure.kind != "TypeError" or where is None or stray is None:
        return
    callee, name = callee_of(stray["callee"]), stray["name"]
    signature = taken_by(scene, where, callee)
    known = set(signature.names) - _given(scene, where, callee, signature) if signature else set()
    for new in (one for group in synonyms if name in group for one in group if one in known):
        for file, line in places(scene, where, callee):
            edit = RenameKeyword(call=[callee.called], old=name, new=new, line=line)
            change = f"`{name}=` → `{new}=`"
            yield from by_edit(scene, "keyword-renamed", file, edit, change, old=name, new=new, callee=callee.called)


def _given(scene: Scene, where: Frame, callee: Callee, signature: Signature) -> set[str]:
    tree = scene.tree.python.get(where.file)
    calls = [one for one in calls_at(tree, where.line) if is_call_of(one, callee)] if tree else []
    by_place = {name for call in calls for name in signature.positional[: len(call.args)]}
    return by_place | {keyword.arg for call in calls for keyword in call.keywords if keyword.arg}


def _parameter_renamed(scene: Scene, callee: Callee, name: str) -> Iterator[Proposal]:
    """The body still uses the name that every caller gives: it is the parameter that is spelled otherwise."""
    for one in own_definitions(scene, callee):
        function = function_of(one)
        if function is None or is_used(function, name) is False:
            continue
        module = scene.tree.python[one.file]
        unused = [argument.arg for argument in every(function.args, ast.arg) if not is_used(function, argument.arg)]
        near = near_name(name, [each for each in unused if each not in ("self", "cls")], 0.4)
        if near and name not in visible(module, 1):
            text = _with_parameter(scene.tree.texts[one.file], function, near, name)
            yield from in_code(
                scene,
                "parameter-renamed",
                one.file,
                text,
                f"`{near}` → `{name}`",
                old=near,
                new=name,
                callee=callee.called,
            )


def _with_parameter(text: str, function: Function, old: str, new: str) -> str | None:
    argument = next((one for one in every(function.args, ast.arg) if one.arg == old), None)
    if argument is None:
        return None
    lines = text.splitlines(keepends=True)
    line = lines[argument.lineno - 1].encode()
    lines[argument.lineno - 1] = (
        line[: argument.col_offset] + new.encode() + line[argument.col_offset + len(old.encode()) :]
    ).decode()
    return "".join(lines)


def _parameter_added(scene: Scene, callee: Callee, name: str) -> Iterator[Proposal]:
    """A library calls a function of the project, and gives it more than it did once; soon it may give it more still."""
    for one in own_definitions(scene, callee):
        function = function_of(one)
        if function is None or function.args.kwarg is not None:
            continue
        for new in ("**kwargs", f"{name}=None"):
            text = with_last(scene.tree.texts[one.file], function, new)
            change = f"`{function.name}`: + `{new}`"
            yield from in_code(scene, "parameter-added", one.file, text, change, name=name, callee=callee.called)
