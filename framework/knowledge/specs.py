"""Spec documents: prose for people, with fenced `yaml` blocks that the program obeys.

A document is looked for in the folder given by `--specs`, then in the current folder, then among the packaged ones. In
the current folder only a file that opens with `<!-- foundry spec: NAME -->` counts, because a CLAUDE.md there may well
belong to something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from framework import resources
from framework.artifacts.document import parse_mapping
from framework.artifacts.files import ProjectFiles, read_text
from framework.artifacts.records import RunRecord
from framework.artifacts.venv_spec import COPIES
from framework.errors import MissingOutside

M = TypeVar("M", bound=BaseModel)
_BLOCK = re.compile(r"^```yaml[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class SpecDocument:
    """One spec document as it was found."""

    name: str
    path: Path
    text: str

    def parse(self, kind: type[M]) -> M:
        """Its yaml blocks, taken together, as a model. Errors name the document's own lines."""
        return parse_mapping(kind, self._blocks(), str(self.path))

    def _blocks(self) -> str:
        """The document with every line blanked that is not inside a yaml block, so that line numbers stay true."""
        kept = [""] * (self.text.count("\n") + 1)
        for block in _BLOCK.finditer(self.text):
            first = self.text.count("\n", 0, block.start(1))
            lines = block.group(1).splitlines()
            kept[first : first + len(lines)] = lines
        return "\n".join(kept)


def find_spec(name: str, folder: Path | None) -> SpecDocument:
    """The document from the user's folder if it is there, else the packaged one."""
    if folder and not folder.is_dir():
        raise MissingOutside(
            f"{folder} is gone: it holds the spec documents that the project was begun with.",
            hint="Put it back, or name another folder: foundry resume PROJECT --specs DIR",
        )
    for candidate in _candidates(name, folder):
        if candidate.is_file():
            return SpecDocument(name, candidate, read_text(candidate))
    return SpecDocument(name, resources.path(name), resources.read_text(name))


def project_spec(name: str, root: Path) -> SpecDocument:
    """The project's own copy, which its owner may have changed; what projects hold no copy of is as packaged."""
    if name not in COPIES:
        return find_spec(name, None)
    path = root / COPIES[name]
    if not path.is_file():
        raise MissingOutside(
            f"{path} is gone: from the stage rules on, the project's own copy of {name} counts.",
            hint="Bring it back with git, or run `foundry resume PROJECT --from venv-spec`.",
        )
    return SpecDocument(name, path, read_text(path))


def spec_for(own: bool, name: str, files: ProjectFiles, run: RunRecord) -> SpecDocument:
    """The document that counts for a stage: the project's own copy, or the user's for all projects."""
    folder = Path(run.settings.specs) if run.settings.specs else None
    return project_spec(name, files.root) if own else find_spec(name, folder)


def given_document(name: str, text: str) -> SpecDocument:
    """A document that was given as a text and lies nowhere."""
    return SpecDocument(name, Path(name), text)


def current_folder_specs(names: tuple[str, ...], folder: Path) -> Path | None:
    """The folder, if at least one marked spec document lies in it."""
    return folder if any(_is_marked(folder / name, name) for name in names) else None


def _candidates(name: str, folder: Path | None) -> list[Path]:
    """`specs/CREATE.md` may also lie flat in the user's folder."""
    return [folder / name, folder / Path(name).name] if folder else []


def _is_marked(path: Path, name: str) -> bool:
    if not path.is_file():
        return False
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.readline().startswith(f"<!-- foundry spec: {name} -->")
