"""What no repair may do: make a failure disappear instead of mending it.

A repair is judged by what it changes, whoever proposed it: rules, a playbook or a language model.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from agents.coder.debugging.guards import files
from agents.coder.debugging.guards.breach import Breach, breach
from agents.coder.debugging.guards.exits import changed_exits
from agents.coder.debugging.guards.flow import shorter_ways
from agents.coder.debugging.guards.kept import lost_deeds
from agents.coder.debugging.guards.newcomers import brought_in, remarks
from agents.coder.debugging.guards.values import changed_config, changed_constants, changed_requirements, loosened
from framework.messages import Lang
from framework.runtime.codetree import CodeTree

_CONFIG = (".yaml", ".yml", ".json", ".toml")
_DEEDS = re.compile(
    r"\.backward\(|\.step\(|zero_grad\(|clip_grad|\braise\b|\bassert\b|\.eval\(|validat|evaluat|\bsave\w*\(|_loss\("
)
_HIDING = re.compile(
    r"\btry\s*:|\bexcept\b|suppress\(|\bcontinue\b|\bbreak\b|sys\.exit|os\._exit|no_grad|# noqa|type: ignore|if False"
)


def violations(
    before: CodeTree, after: CodeTree, lang: Lang, *, proven: Mapping[str, str] | None = None, requirement: str = ""
) -> list[str]:
    """Why the repair that leads from one tree to the other is refused; empty where it is honest.

    Args:
        before: The project as it failed.
        after: The project as it would be.
        lang: The language of the sentences.
        proven: Texts as they were last proven; to put these back, whole or in part, is never a violation.
        requirement: What the repair openly says of a requirement that it changes; only then it may.
    """
    found = list(_breaches(before, after, proven or {}))
    if not requirement:
        found += _requirements(before, after, proven or {})
    return list(dict.fromkeys(one.text(lang) for one in found))


def requirement_changes(before: CodeTree, after: CodeTree, lang: Lang) -> list[str]:
    """The settings that state a requirement and would have another value."""
    return [one.text(lang) for one in _requirements(before, after, {})]


def _breaches(before: CodeTree, after: CodeTree, proven: Mapping[str, str]) -> Iterator[Breach]:
    for file in sorted({*before.files, *after.files}):
        if before.files.get(file) != after.files.get(file) and not _is_restored(file, before, after, proven):
            yield from _of_file(file, before, after)
    # What was put back is the measure; whatever else changed is compared as it was.
    then = {
        file: after.python.get(file, tree) if _is_restored(file, before, after, proven) else tree
        for file, tree in before.python.items()
    }
    yield from lost_deeds(_judged(then), _judged(after.python))


def _judged(trees: Mapping[str, ast.Module]) -> dict[str, ast.Module]:
    """The code that trains; what tests and probes do is no deed of the training."""
    return {file: tree for file, tree in trees.items() if not files.is_kept(file)}


def _of_file(file: str, before: CodeTree, after: CodeTree) -> Iterator[Breach]:
    if file not in after.files:
        yield from files.deleted(file, before)
        return
    yield from files.touched(file)
    if files.is_kept(file):
        return
    old, new = before.texts.get(file), after.texts.get(file, "")
    if file not in before.files:
        yield from files.added(file, after)
    if file == "pyproject.toml" and old is not None:
        yield from files.changed_pyproject(old, new)
    elif file.endswith(".py"):
        yield from _of_code(file, before, after)
    elif file.endswith(_CONFIG):
        yield from changed_config(file, old, new)
    elif file.endswith((".sh", ".bash")):
        yield from files.forgiving(file, old or "", new)


def _of_code(file: str, before: CodeTree, after: CodeTree) -> Iterator[Breach]:
    old, new = before.python.get(file), after.python.get(file)
    text = before.texts.get(file, "")
    if new is None:
        yield breach("guard.unreadable", file=file)
        return
    yield from remarks(file, text, after.texts[file])
    if old is None and text.strip():
        yield from _by_words(file, text, after.texts[file])
        return
    yield from files.swapped(file, before, after)
    for judge in (shorter_ways, brought_in, changed_exits, changed_constants, loosened):
        yield from judge(file, old, new)


def _by_words(file: str, before: str, after: str) -> Iterator[Breach]:
    """A file that was no Python has no tree to compare; then its words count."""
    lost = len(_DEEDS.findall(before)) > len(_DEEDS.findall(after))
    if lost or len(_HIDING.findall(after)) > len(_HIDING.findall(before)):
        yield breach("guard.words", file=file)


def _requirements(before: CodeTree, after: CodeTree, proven: Mapping[str, str]) -> Iterator[Breach]:
    for file, text in after.texts.items():
        is_config = file.endswith(_CONFIG) and file != "pyproject.toml" and not files.is_kept(file)
        if is_config and before.texts.get(file) != text and not _is_restored(file, before, after, proven):
            yield from changed_requirements(file, before.texts.get(file), text)


def _is_restored(file: str, before: CodeTree, after: CodeTree, proven: Mapping[str, str]) -> bool:
    """Whether every change of the file leads back to its proven text."""
    if file not in proven or before.files.get(file) == after.files.get(file):
        return False
    old, new = before.texts.get(file, ""), after.texts.get(file)
    return new is not None and is_between(old, proven[file], new)


def is_between(old: str, proven: str, new: str) -> bool:
    """Whether a text is the old one with some of its differences from the proven one undone."""
    a, b, c = (text.splitlines(keepends=True) for text in (old, proven, new))
    ends = {0}
    for _, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        parts = (a[a1:a2], b[b1:b2])
        ends = {end + len(part) for end in ends for part in parts if c[end : end + len(part)] == part}
    return len(c) in ends
