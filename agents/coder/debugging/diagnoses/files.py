"""A file that is not there under that name: the one that is, in the code or in the config."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from agents.coder.debugging import config_edits
from agents.coder.debugging.proposing import in_code, in_config
from agents.coder.debugging.scene import Proposal, Scene, SettingChange

_PATH = re.compile(r"['\"`]?(?P<path>(?:[\w.~-]*[/\\])*[\w.-]+\.?[\w-]*)['\"`]?")
_MISSING = re.compile(
    r"no such file|does not exist|not found|no file or folder|cannot find|could not find|is not a (?:file|directory)"
    r"|unable to find|isn't a (?:file|directory)|is no (?:file|folder)|missing or damaged",
    re.IGNORECASE,
)


def diagnose(scene: Scene) -> Iterator[Proposal]:
    """Of a FileNotFoundError and of whatever says that a file is not there."""
    failure = scene.failure
    if failure.kind not in ("FileNotFoundError", "NotADirectoryError") and not _MISSING.search(failure.message):
        return
    root = scene.tree.root.as_posix().rstrip("/") + "/"
    for path in dict.fromkeys(found["path"] for found in _PATH.finditer(failure.message.replace(root, ""))):
        if "/" in path or "." in path:
            yield from _renamed(scene, path)


def _renamed(scene: Scene, path: str) -> Iterator[Proposal]:
    """The path as it is written in the config or the code, by the project's own path that is spelled most alike."""
    there = [*scene.tree.files, *sorted({name.rpartition("/")[0] for name in scene.tree.files if "/" in name})]
    if path in there:
        return
    same = [name for name in there if name.rpartition("/")[2] == path.rpartition("/")[2]]
    near = [*same, *difflib.get_close_matches(path, there, n=2, cutoff=0.7)]
    text = scene.tree.texts.get(scene.config, "")
    for new in dict.fromkeys(near):
        for key, written in config_edits.keys(text).items():
            if config_edits.read(written) == path:
                change = SettingChange(file=scene.config, key=key, old=written, new=new)
                changed = config_edits.with_value(text, key, new)
                yield from in_config(scene, "closest-file", [change], changed, old=path, new=new)
        for frame in (one for one in reversed(scene.failure.frames) if one.own):
            for old, put in ((path, new), (path.rpartition("/")[2], new.rpartition("/")[2])):
                code = scene.tree.texts.get(frame.file, "")
                quoted = re.compile(rf"(['\"/]){re.escape(old)}(?=['\"])")
                changed = quoted.sub(rf"\g<1>{put}", code)
                yield from in_code(scene, "closest-file", frame.file, changed, f"`{old}` → `{put}`", old=old, new=put)
