"""foundry's own corner of the user's cache, and the lock that lets one process at a time fill a place in it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from framework.artifacts.files import outside_failures


def cache_folder(name: str) -> Path:
    """`$XDG_CACHE_HOME/foundry/<name>`, in `~/.cache` where nothing else is said."""
    said = os.environ.get("XDG_CACHE_HOME", "")
    home = Path(said) if said and Path(said).is_absolute() else Path.home() / ".cache"
    return home / "foundry" / name


@contextmanager
def alone(place: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[int]:
    """Wait until no other process works on the place. A process that is killed gives its lock back.

    What is given is the open lock, to be kept by a process that must not be overtaken even when this one is killed.
    """
    with outside_failures(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        file = place.with_name(f"{place.name}.lock").open("w")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()
