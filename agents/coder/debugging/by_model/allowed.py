"""What a repair by a model may be: one small edit of a file that is there, of code that opens no door.

These are bounds of what is looked at at all. Whether it is honest is judged by the guards, as for every repair, and
whether it helps by running what had failed.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator, Mapping

import yaml
from pydantic import Field

from agents.coder.debugging.guards.files import is_kept
from agents.coder.debugging.guards.values import read_config
from agents.coder.doors import importable, opened, parsed
from agents.reviewer.syntax import imports
from agents.reviewer.wording import reason_fault
from framework.artifacts.base import Strict
from framework.resources import compose
from framework.runtime.codetree import CodeTree

_PLACE = re.compile(r"(?:(?:src|scripts)/(?:[A-Za-z0-9_][\w-]*/)*\w[\w-]*\.py|configs/(?:\w[\w-]*/)*\w[\w.-]*\.ya?ml)")
_OLD_LINES, _NEW_LINES = 40, 60
_ANCHOR = re.compile(r"(?:^|[\s\[{,:?-])[&*!]", re.MULTILINE)  # a few of them make a small file endless
_OUTSIDE = re.compile(r"^(?:/|~|[A-Za-z]:[\\/]|\w+://)|(?:^|[\\/])\.\.(?:[\\/]|$)")


class Diagnosis(Strict):
    """The answer: in one file, one text that stands there once is replaced by another. No file: nobody knows."""

    file: str = Field(max_length=200)
    old: str = Field(max_length=3_000)
    new: str = Field(max_length=4_000)
    why: str = Field(max_length=400)


def diagnosis_faults(tree: CodeTree, found: Diagnosis) -> list[str]:
    """Why it is no such edit, in words for the model."""
    if not found.file:
        return []
    text = tree.texts.get(found.file)
    if not _PLACE.fullmatch(found.file) or text is None:
        return [f"file: {found.file!r} is no .py file in src/ or scripts/ and no .yaml file in configs/ of the project"]
    if is_kept(found.file):
        return [f"file: {found.file} judges the project; no repair may change it"]
    faults = list(_form(text, found))
    return faults or list(_content(tree, found.file, text, text.replace(found.old, found.new)))


def _form(text: str, found: Diagnosis) -> Iterator[str]:
    count = text.count(found.old) if found.old.strip() else 0
    if count != 1:
        yield f"old: must stand exactly once in {found.file}, with its indentation; it stands there {count} times"
    if found.old.count("\n") > _OLD_LINES or found.new.count("\n") > _NEW_LINES:
        yield f"a repair is small: at most {_OLD_LINES} lines of old and {_NEW_LINES} lines of new"
    if found.new == found.old:
        yield "new: is the same as old"
    if not all(sign.isprintable() or sign in "\n\t" for sign in found.new):
        yield "new: has signs that cannot be printed"
    if fault := reason_fault(found.why):
        yield f"{fault}; say in one sentence what causes the failure"


def _content(tree: CodeTree, file: str, old: str, new: str) -> Iterator[str]:
    if not file.endswith(".py"):
        yield from _config(file, old, new)
        return
    tree_of_new = parsed(new)
    if tree_of_new is None:
        yield f"new: {file} would not be valid Python any more, or nested too deeply"
        return
    before = tree.python.get(file)
    if before is not None and ast.dump(before) == ast.dump(tree_of_new):
        yield "new: changes nothing that runs"
    yield from _imports(tree, file, tree_of_new, new)
    yield from (f"new: may not bring in {word}" for word in opened(old, new, tree_of_new, before))


def _imports(tree: CodeTree, file: str, after: ast.Module, new: str) -> Iterator[str]:
    """New imports are of what the project uses anyway, or of a few modules that only compute."""
    package = posixpath.dirname(file.removeprefix("src/")).replace("/", ".")
    before, lines, was = tree.python.get(file), new.splitlines(), tree.texts[file].splitlines()
    there = {(one.module, one.name) for one in (imports(before, package) if before else ())}
    allowed = importable(tree)
    for one in imports(after, package):
        is_old = lines[one.line - 1] in was if before is None else (one.module, one.name) in there
        if not is_old and one.top not in allowed:
            yield f"new: may not import {one.module}"


def _is_flat(text: str) -> bool:
    """Whether it is YAML of a depth that a config has."""
    try:
        return compose(text) is not None
    except yaml.YAMLError:
        return False


def _config(file: str, old: str, new: str) -> Iterator[str]:
    if len(_ANCHOR.findall(new)) > len(_ANCHOR.findall(old)):
        yield "new: may not bring in anchors, aliases or tags of YAML"
        return
    values = read_config(file, new) if _is_flat(new) else None
    if values is None:
        yield f"new: {file} would not be valid YAML any more, or nested too deeply"
        return
    was: Mapping[str, object] = dict(read_config(file, old) or [])
    if was == dict(values):
        yield "new: changes no setting"
    for key, value in values:
        texts = value if isinstance(value, list) else [value]
        if was.get(key) != value and any(isinstance(one, str) and _OUTSIDE.search(one) for one in texts):
            yield f"new: {key} may not lead out of the project"
