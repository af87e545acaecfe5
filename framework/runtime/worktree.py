"""Single files in a project's folder: what stands there, what is put there, and how it differs."""

from __future__ import annotations

import difflib
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from framework.artifacts.files import ProjectFiles, outside_failures, sync_folder
from framework.runtime.paths import is_blocked
from framework.runtime.trees import blobs

IN_THE_WAY = "in the way"  # a folder or a link where a file should be; no blob is called so


def standing(files: ProjectFiles, paths: Sequence[str]) -> dict[str, str]:
    """The blobs of the files that are there."""
    with outside_failures(files.root):
        blocked = [path for path in paths if is_blocked(files.root, path)]
        plain = [path for path in paths if path not in blocked and (files.root / path).is_file()]
    return blobs(files, files.root, plain) | dict.fromkeys(blocked, IN_THE_WAY)


def put(source: Path, target: Path, scratch: Path) -> None:
    """Copy a file to its place, whole or not at all; what was executable stays so."""
    temporary = scratch / "incoming"
    with outside_failures(target):
        with temporary.open("wb") as file:
            file.write(source.read_bytes())
            file.flush()
            os.fsync(file.fileno())
        if target.is_file():
            shutil.copymode(target, temporary)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(target)


def make_last(targets: Iterable[Path]) -> None:
    """Let what was put into these places survive a power cut."""
    for folder in {target.parent for target in targets}:
        with outside_failures(folder):
            sync_folder(folder)


def take_away(root: Path, path: str) -> None:
    """Delete a file, and the folders that it leaves empty."""
    target = root / path
    with outside_failures(target):
        target.unlink(missing_ok=True)
        for folder in target.parents:
            if folder == root or any(folder.iterdir()):
                return
            folder.rmdir()


def difference(path: str, mine: Path, theirs: Path) -> str:
    """What would change in the user's file to make it the rendered one, as `git show` names the two."""
    old, new = f"HEAD:{path}", f"foundry/next:{path}"
    with outside_failures(mine / path):
        sides = [(folder / path).read_bytes() if (folder / path).is_file() else b"" for folder in (mine, theirs)]
    try:
        before, after = (side.decode().split("\n") for side in sides)
    except UnicodeDecodeError:
        return f"Binary files {old} and {new} differ"
    return "\n".join(difflib.unified_diff(before, after, old, new, lineterm=""))
