"""A small project of the usual kind, and edits of it: what cheats past a failure, and what mends one."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import yaml

from framework.runtime.codetree import CodeTree

_HERE = Path(__file__).parent

FILES: dict[str, str] = yaml.safe_load((_HERE / "toy_project.yaml").read_text(encoding="utf-8"))


class Edit(NamedTuple):
    """One repair: in a file, a text is replaced by another; an empty old text means a new file, None that it goes."""

    name: str
    file: str
    old: str | None
    new: str


def tree_of(files: dict[str, str]) -> CodeTree:
    return CodeTree(Path("toy"), {name: text.encode() for name, text in files.items()})


def edited(*edits: Edit, files: dict[str, str] | None = None) -> dict[str, str]:
    """The project after the edits."""
    texts = dict(FILES if files is None else files)
    for edit in edits:
        if edit.old is None:
            del texts[edit.file]
        elif edit.old == "":
            texts[edit.file] = edit.new
        else:
            assert texts[edit.file].count(edit.old) >= 1, edit
            texts[edit.file] = texts[edit.file].replace(edit.old, edit.new, 1)
    return texts


def edits_of(file: str) -> list[Edit]:
    """The edits that stand in a file beside this one."""
    return [Edit(**one) for one in yaml.safe_load((_HERE / file).read_text(encoding="utf-8"))]


CHEATS = edits_of("cheats.yaml")
HONEST = edits_of("honest.yaml")
