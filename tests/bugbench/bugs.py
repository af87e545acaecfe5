"""A bug as data: how it came to be, and the edits that bring it into a project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


class Part(BaseModel):
    """Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TextEdit(Part):
    """Other text in a file of the project; what is sought stands there exactly `count` times."""

    file: str
    find: str = ""
    pattern: str = ""  # a regular expression in place of `find`
    replace: str
    count: int = 1

    @model_validator(mode="after")
    def _one_way_to_seek(self) -> Self:
        if bool(self.find) == bool(self.pattern):
            raise ValueError("an edit needs either find or pattern")
        return self


class FileEdit(Part):
    """A file that goes, comes, or gets another name."""

    file: str
    delete: bool = False
    write: str | None = None
    move: str = ""

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if [self.delete, self.write is not None, bool(self.move)].count(True) != 1:
            raise ValueError("an edit of a file is one of delete, write, move")
        return self


class DataEdit(Part):
    """What becomes of a file of data/mini."""

    data: Literal["train", "validation", "test"]
    become: Literal[
        "accented",
        "binary",
        "conflict markers",
        "deleted",
        "empty",
        "half a gzip",
        "json array",
        "numbers",
        "one row",
        "python repr",
        "renamed column",
    ]


class VenvEdit(Part):
    """What becomes of the project's environment: a package goes or comes, or one of its files goes."""

    venv: Literal["uninstall", "install", "remove"]
    name: str


Edit = TextEdit | FileEdit | DataEdit | VenvEdit


def _written(edit: object) -> object:
    """Choose the kind of an edit by its keys, so that a mistake is told of that kind alone."""
    if not isinstance(edit, dict):
        return edit
    kinds: dict[str, type[Part]] = {"data": DataEdit, "venv": VenvEdit, "find": TextEdit, "pattern": TextEdit}
    kind = next((kinds[key] for key in kinds if key in edit), FileEdit)
    return kind.model_validate(edit)


class Bug(Part):
    """One bug. A crash makes `scripts/train.py` fail; a silent one lets it end well, with a model that is wrong."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    class_: str = Field(alias="class")
    kind: Literal["crash", "silent"]
    story: str
    edits: tuple[Annotated[Edit, BeforeValidator(_written)], ...] = Field(min_length=1)
    seen: str = ""  # the error's last line where it was tried, for people
    weight: float = Field(1.0, gt=0)
    tags: tuple[str, ...] = ()

    @property
    def touches_venv(self) -> bool:
        """Whether it breaks the environment and not only the project."""
        return any(isinstance(edit, VenvEdit) for edit in self.edits)


def load_bugs(folder: Path) -> list[Bug]:
    """Read every bug of a folder: each YAML file in it holds one bug or a list of bugs."""
    bugs: list[Bug] = []
    for path in sorted(folder.rglob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        bugs += [Bug.model_validate(entry) for entry in (content if isinstance(content, list) else [content])]
    ids = [bug.id for bug in bugs]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise ValueError(f"two bugs have one id: {', '.join(twice)}")
    return bugs
