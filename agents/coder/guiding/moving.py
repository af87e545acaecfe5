"""The user's own data on another machine: nothing that carries the code carries data, and no path is the same there."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from agents.coder.guiding.full_run import FullRun
from agents.coder.scratch.sources import OWN_FOLDER

_FILES = (".txt", ".text", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")  # as the project reads them
_PLAIN = re.compile(r"data(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+")  # below the folder that clusters share
_UNSAID = "<data.path>"
_HOST = "USER@MACHINE:PROJECT"


@dataclass(frozen=True)
class Moved:
    """Where the data lies here, and where it is put there."""

    source: str
    target: str
    is_file: bool

    @property
    def is_outside(self) -> bool:
        """Whether the configuration names another place than the data has there."""
        return self.source != self.target

    @property
    def word(self) -> str:
        """What every command there is told."""
        return f"data.path={self.target}"

    @property
    def shown(self) -> str:
        """The place as a person may read it in a report: a name that would spoil the page stays out of it."""
        return self.source if self.source.isprintable() and "`" not in self.source else _UNSAID

    @property
    def command(self) -> str:
        """What copies it, from this machine to the project's folder on another."""
        # With a slash the contents of a folder are copied, whether or not it is there already.
        end = "" if self.is_file else "/"
        words = ["rsync", "-aL", "--mkpath", "--", f"{self.shown.rstrip('/')}{end}", f"{_HOST}/{self.target}{end}"]
        return shlex.join(words)


def moved(run: FullRun) -> Moved | None:
    """None where the run fetches or makes its data itself. The place there has a name that needs no quotes anywhere."""
    path = run.data.path
    if run.data.dataset_name != "local" or not path:
        return None
    suffix = _suffix(path)
    target = path if _PLAIN.fullmatch(path) else f"{OWN_FOLDER}/corpus{suffix}"
    return Moved(path, target, bool(suffix))


def _suffix(path: str) -> str:
    """Of a file, with what it is packed by; nothing of a folder."""
    parts = path.rpartition("/")[2].lower().split(".")
    endings = [f".{part}" for part in parts[1:]][-2:]
    known = [number for number, ending in enumerate(endings) if ending in _FILES]
    return "".join(endings[known[0] :]) if known else ""
