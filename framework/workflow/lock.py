"""One process works on a project at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from framework.artifacts.files import ProjectFiles, outside_failures
from framework.errors import ProjectLocked
from framework.runtime.passing_folders import remove_abandoned


@contextmanager
def locked(files: ProjectFiles) -> Iterator[None]:
    """Hold the project. The kernel lets go of it when the process ends, however it ends."""
    path = files.state / "lock"
    with outside_failures(path):
        file = path.open("a+", encoding="utf-8")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise ProjectLocked(
                f"{files.root} is being worked on by process {file.read().strip() or 'unknown'}.",
                hint="Wait for it or stop it, then run the command again.",
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        remove_abandoned()
        yield
