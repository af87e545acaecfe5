"""What stands in the project beside what would be written there: a file that the user has edited stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff

from framework.artifacts.base import sha256
from framework.artifacts.laid_file import LaidFile
from framework.runtime.codetree import CodeTree

_KNOWN_LINES = 200  # of a diff; more nobody reads in a report


@dataclass(frozen=True)
class Standing:
    """The files as made, and those that are the user's."""

    made: Mapping[str, str]
    kept: Mapping[str, str]

    @property
    def written(self) -> dict[str, str]:
        """What foundry writes."""
        return {path: text for path, text in self.made.items() if path not in self.kept}

    @property
    def texts(self) -> dict[str, str]:
        """What stands afterwards."""
        return {**self.made, **self.kept}

    @property
    def told(self) -> list[LaidFile]:
        """Each with its hashes, and the difference where it was left alone."""
        return [
            LaidFile(
                path=path,
                sha256=sha256(self.texts[path]),
                made=sha256(text),
                diff=_diff(path, self.kept[path], text) if path in self.kept else "",
            )
            for path, text in sorted(self.made.items())
        ]


def compared(made: Mapping[str, str], tree: CodeTree, ours: Callable[[str, str], bool]) -> Standing:
    """A file is the user's where it is not what is made now, and `ours` does not know its path and hash as our own."""
    kept: dict[str, str] = {}
    for path, text in made.items():
        found = tree.files.get(path)
        if found is not None and (digest := sha256(found)) != sha256(text) and not ours(path, digest):
            kept[path] = found.decode("utf-8", "surrogateescape")
    return Standing(made, kept)


def as_last_made(files: Sequence[LaidFile]) -> Callable[[str, str], bool]:
    """Whether a file is what the last report says was made."""
    last = {file.path: file.made for file in files}
    return lambda path, digest: last.get(path) == digest


def _diff(path: str, theirs: str, ours: str) -> str:
    lines = unified_diff(theirs.splitlines(), ours.splitlines(), path, f"{path} (foundry)", lineterm="")
    return "\n".join(list(lines)[:_KNOWN_LINES])
