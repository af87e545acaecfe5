"""A value or a name that a library refuses, saying what it takes: `adamw_hf is not a valid OptimizerNames`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import takewhile

from agents.coder.debugging.code_edits.base import CodeEdit
from agents.coder.debugging.code_edits.calls import RenameKeyword
from agents.coder.debugging.code_edits.names import RenameAttribute
from agents.coder.debugging.code_edits.rewrite import Replace
from agents.coder.debugging.failure import Frame
from agents.coder.debugging.proposing import by_edit
from agents.coder.debugging.scene import Proposal, Scene
from agents.coder.debugging.schema import near_name
from agents.reviewer.syntax import every

_CHOICES = re.compile(
    r"(?:one of|not in|choose (?:from|between)|(?:choices|options|available|supported)(?: \w+)?(?: are)?)"
    r"(?:\W{1,3}[\[({](?P<listed>['\"][^\])}]*)[\])}]|[^:\n]{0,30}: (?P<said>[\w-]+(?:, (?:or )?[\w-]+)+))",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"(?P<old>[\w-]+)[`'\"]? (?:has been|have been|was|were|is) (?:removed|renamed|replaced|deprecated|no longer)"
    r"[^`'\"]{0,80}\b(?:use|by|with|to|of)\b[^`'\"]{0,20}[`'\"](?P<new>[\w-]+)[`'\"]",
    re.IGNORECASE,
)
_LEAST = 3  # letters that a choice must share with what was meant


def diagnose(scene: Scene) -> Iterator[Proposal]:
    """The choice that is meant most likely, in place of the text that was refused; and what is to be used instead."""
    message, where = scene.failure.message, scene.failure.where
    tree = scene.tree.python.get(where.file) if where else None
    if where is None or tree is None:
        return
    if instead := _INSTEAD.search(message):
        yield from _in_place(scene, where, instead["old"], instead["new"])
    if found := _CHOICES.search(message):
        listed = found["listed"] or found["said"]
        choices = re.findall(r"[\w.-]+", listed)
        for old in _refused(tree, message.replace(listed, " ")):
            if (new := _meant(old, choices)) and old not in choices:
                yield from _in_place(scene, where, old, new)


def _refused(tree: ast.Module, message: str) -> Iterator[str]:
    """The texts of the code that the message names."""
    texts = (one.value for one in every(tree, ast.Constant) if isinstance(one.value, str) and one.value)
    return (one for one in dict.fromkeys(texts) if re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", message))


def _in_place(scene: Scene, where: Frame, old: str, new: str) -> Iterator[Proposal]:
    """A text, a keyword or an attribute."""
    edits: list[CodeEdit] = [Replace(find=repr(old), put=f'"{new}"', scope="file")]
    if old.isidentifier() and new.isidentifier():
        edits += [RenameKeyword(old=old, new=new), RenameAttribute(old=old, new=new)]
    for edit in edits:
        said = {"setting": where.file, "old": old, "new": new}
        yield from by_edit(scene, "closest-choice", where.file, edit, f"`{old}` → `{new}`", guess=True, **said)


def _meant(old: str, choices: list[str]) -> str | None:
    """What the refused text is more of (`cosine` in `cosine_with_warmup`), is spelled like, or begins like."""
    less = [one for one in choices if old.startswith(one)]
    if less:
        return max(less, key=len)
    alike = max(choices, key=lambda one: _begins_alike(one, old), default="")
    return near_name(old, choices, 0.8) or (alike if _begins_alike(alike, old) >= _LEAST else None)


def _begins_alike(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
