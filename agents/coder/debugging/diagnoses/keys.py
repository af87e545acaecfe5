"""A key that a mapping has not: a slip in the code, or in the setting from which the key came."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agents.coder.debugging import config_edits
from agents.coder.debugging.code_edits.rewrite import Replace
from agents.coder.debugging.definitions import sources
from agents.coder.debugging.failure import Frame
from agents.coder.debugging.proposing import by_edit, in_config
from agents.coder.debugging.scene import Proposal, Scene, SettingChange
from agents.coder.debugging.schema import near_name
from agents.reviewer.syntax import every

_KEY = re.compile(r"^['\"](?P<key>.+?)['\"]")
_QUOTED = re.compile(r"['\"`]([^'\"`\n]{1,80})['\"`]")
_MEANT = re.compile(r"[Dd]id you mean:? ['\"`]?(?P<name>[\w.-]+)")
_THERE = re.compile(
    r"(?:there (?:are|is)|available|columns are|choose from|one of|valid|known)[^\n:]*?:? ?\[?"
    r"(?P<names>['\"]?\w[^\n\]]*)"
)


def diagnose(scene: Scene) -> Iterator[Proposal]:
    """Of a KeyError, and of a setting's value that is refused, best with the values that would not be."""
    failure, where = scene.failure, scene.failure.where
    found = _KEY.search(failure.message) if failure.kind == "KeyError" else None
    if where and found:
        yield from _in_code(scene, where, found["key"])
    for key in [found["key"]] if found else dict.fromkeys(_QUOTED.findall(failure.message)):
        yield from _in_setting(scene, key)


def _in_code(scene: Scene, where: Frame, key: str) -> Iterator[Proposal]:
    """The constant in the failing code, by the constants that are keys elsewhere."""
    for frame in (one for one in reversed(scene.failure.frames) if one.own):
        tree = scene.tree.python.get(frame.file)
        here = [one for one in every(tree, ast.Constant) if one.value == key and _on(one, frame.line)] if tree else []
        near = near_name(key, sorted(known_keys(scene, frame.file)), 0.55) if here else None
        if near:
            edit = Replace(find=repr(key), put=f'"{near}"', line=frame.line)
            yield from by_edit(scene, "closest-key", frame.file, edit, f'`"{key}"` → `"{near}"`', old=key, new=near)


def _on(node: ast.expr, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def known_keys(scene: Scene, file: str) -> set[str]:
    """Texts that are used as keys: written in dicts, asked of mappings, given as names; of the file, then of all."""
    trees = [scene.tree.python[file], *(tree for other, tree in sources(scene.tree).items() if other != file)]
    keys: set[str] = set()
    for tree in trees:
        asked = [one.slice for one in every(tree, ast.Subscript)]
        written = [key for one in every(tree, ast.Dict) for key in one.keys if key is not None]
        keys |= {
            one.value for one in [*asked, *written] if isinstance(one, ast.Constant) and isinstance(one.value, str)
        }
        keys |= {one.arg for one in every(tree, ast.keyword) if one.arg}
    return keys


def _in_setting(scene: Scene, key: str) -> Iterator[Proposal]:
    """The value of a setting chooses an entry of a registry: the entries are what else may be chosen."""
    text = scene.tree.texts.get(scene.config, "")
    there, said = _THERE.search(scene.failure.message), _MEANT.search(scene.failure.message)
    named = re.findall(r"[\w.-]+", there["names"]) if there else []
    for setting, written in config_edits.keys(text).items():
        if config_edits.read(written) != key:
            continue
        near = said["name"] if said else near_name(key, named, 0.5) or near_name(key, sorted(_choices(scene)), 0.6)
        if near:
            new = config_edits.with_value(text, setting, near)
            change = SettingChange(file=scene.config, key=setting, old=written, new=near)
            yield from in_config(scene, "closest-choice", [change], new, setting=setting, old=key, new=near)


def _choices(scene: Scene) -> set[str]:
    trees = sources(scene.tree)
    files = [file for file in trees if not file.startswith("tests/")]
    return set().union(*(known_keys(scene, file) for file in files[:1])) if files else set()
