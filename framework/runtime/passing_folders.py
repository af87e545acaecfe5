"""Folders for passing work, outside the project. What a killed run has left behind is found and removed.

Each is locked as long as its process lives; the kernel lets go of the lock however the process ends.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

PREFIX = "foundry-"
_JUST_MADE = 60  # seconds: between making a folder and locking it lies a moment


@contextmanager
def passing_folder(purpose: str) -> Iterator[Path]:
    """An empty folder that is gone afterwards."""
    with TemporaryDirectory(prefix=f"{PREFIX}{purpose}-", ignore_cleanup_errors=True) as name:
        held = os.open(name, os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            os.close(held)


def remove_abandoned() -> None:
    """Remove the folders of this user that no living process holds."""
    for folder in Path(gettempdir()).glob(f"{PREFIX}*-*"):
        if folder.is_dir() and not folder.is_symlink() and _is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    try:
        facts = folder.stat()
        if facts.st_uid != os.getuid() or time.time() - facts.st_mtime < _JUST_MADE:
            return False
        held = os.open(folder, os.O_RDONLY)
    except OSError:  # gone meanwhile, or nothing of ours
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(held)
    return True
