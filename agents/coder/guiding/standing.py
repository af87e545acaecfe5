"""What stands in deploy/train beside what would be written there: a file that the user has edited stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff

from framework.artifacts.base import sha256
from framework.artifacts.guidance import Guidance, Script
from framework.errors import InvalidDocument
from framework.messages import Lang, say
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

    def scripts(self, lang: Lang) -> list[Script]:
        """Each file with its hashes, and the difference where it was left alone."""
        return [
            Script(
                path=path,
                sha256=sha256(self.texts[path]),
                made=sha256(text),
                purpose=say(lang, f"guidance.file_{path.rpartition('/')[2].partition('.')[0].lower()}"),
                diff=_diff(path, self.kept[path], text) if path in self.kept else "",
            )
            for path, text in sorted(self.made.items())
        ]


def compared(made: Mapping[str, str], tree: CodeTree, previous: Guidance | None) -> Standing:
    """A file is the user's where it is neither what is made now nor what was made the last time."""
    last = {script.path: script.made for script in previous.scripts} if previous else {}
    kept: dict[str, str] = {}
    for path, text in made.items():
        found = tree.files.get(path)
        if found is not None and sha256(found) not in (sha256(text), last.get(path)):
            kept[path] = found.decode("utf-8", "surrogateescape")
    return Standing(made, kept)


def package_of(tree: CodeTree) -> str:
    """The project's own package: the one folder of src/ that is one."""
    parts = [path.split("/") for path in tree.files]
    found = sorted({part[1] for part in parts if len(part) == 3 and part[0] == "src" and part[2] == "__init__.py"})
    if len(found) != 1:
        raise InvalidDocument(
            f"src/ must hold one package, found {', '.join(found) or 'none'}.",
            hint="Move what does not belong to the project out of src/, then run `foundry resume`.",
        )
    return found[0]


def _diff(path: str, theirs: str, ours: str) -> str:
    lines = unified_diff(theirs.splitlines(), ours.splitlines(), path, f"{path} (foundry)", lineterm="")
    return "\n".join(list(lines)[:_KNOWN_LINES])
