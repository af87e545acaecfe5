"""A family of projects as data: its files, the names in them, and what of it depends on the context."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, Field, JsonValue, model_validator

from framework import resources
from framework.artifacts.base import Strict
from framework.artifacts.document import parse_mapping, refuse
from framework.artifacts.files import outside_failures, read_text
from framework.errors import InvalidDocument, MissingOutside

# What foundry and git keep in a project's folder is no file of the project.
_TAKEN = {".git", ".foundry", "reports"}
TEMPLATE = ".jinja"


def inside(path: str) -> str:
    """The path, if it leads to a file inside of the project and is written in the one plain way."""
    parts = PurePosixPath(path).parts
    if not parts or "/".join(parts) != path or path.startswith("/") or ".." in parts or parts[0] in _TAKEN:
        raise ValueError(f"must be a plain relative path of a file inside of the project, found {path!r}")
    return path


ProjectPath = Annotated[str, AfterValidator(inside)]


class Condition(Strict):
    """Something that the context says, or does not."""

    key: str = Field(description="a dotted path into the context")
    equals: JsonValue = Field(default=None, alias="is")
    contains: JsonValue = Field(default=None, alias="has")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if len(self.model_fields_set & {"equals", "contains"}) != 1:
            raise ValueError("must have either `is` or `has`")
        return self

    def holds(self, context: BaseModel) -> bool:
        """Whether the context says so."""
        found: Any = context
        for part in self.key.split("."):
            if not hasattr(found, part):
                raise InvalidDocument(f"family.yaml: key {self.key}: the context has no {part!r}.")
            found = getattr(found, part)
        return bool(self.contains in found if "contains" in self.model_fields_set else found == self.equals)


class Overlay(Condition):
    """Whole files that replace others, or are added."""

    folder: ProjectPath


class Only(Condition):
    """Files that are there under a condition only."""

    files: list[ProjectPath]


class Move(Condition):
    """A file that has another place under a condition."""

    source: ProjectPath = Field(alias="from")
    target: ProjectPath = Field(alias="to")


class Names(Strict):
    """What the template calls itself, in its three spellings."""

    package: str
    distribution: str
    title: str

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> Self:
        if len({self.package, self.distribution, self.title}) != 3:
            raise ValueError("must be three different spellings, so that each is replaced by its own")
        return self


class Rules(Strict):
    """family.yaml."""

    names: Names
    overlays: list[Overlay] = Field(default_factory=list)
    only: list[Only] = Field(default_factory=list)
    moves: list[Move] = Field(default_factory=list)


@dataclass(frozen=True)
class Family:
    """A template: a real project, and what can be changed about it."""

    root: Path
    rules: Rules
    files: tuple[str, ...]

    def source(self, path: str) -> Path:
        """Where a file of the project comes from: its template, or the file as it lies."""
        template = self.root / "jinja" / (path + TEMPLATE)
        return template if template.is_file() else self.root / "project" / path

    def overlay(self, folder: str) -> dict[str, Path]:
        """The files of an overlay by their paths in the project; one that ends in .jinja is a template."""
        top = self.root / "overlays" / folder
        found = sorted(path for path in top.rglob("*") if path.is_file())
        return {inside(path.relative_to(top).as_posix().removesuffix(TEMPLATE)): path for path in found}


def load_family(name: str) -> Family:
    """A family that foundry carries."""
    root = resources.path("templates") / name
    if not (root / "family.yaml").is_file():
        raise MissingOutside(f"{root} holds no family of projects.", hint="Install foundry again.")
    return read_family(root)


def read_family(root: Path) -> Family:
    """The family in a folder: family.yaml, files.txt, and beside them project/, jinja/ and overlays/."""
    text = read_text(root / "family.yaml")
    rules = parse_mapping(Rules, text, str(root / "family.yaml"))
    family = Family(root, rules, _listed(root / "files.txt"))
    _refuse_unknown(family, text)
    return family


def _listed(listing: Path) -> tuple[str, ...]:
    names = read_text(listing).splitlines()
    for number, name in enumerate(names, 1):
        try:
            inside(name)
        except ValueError as error:
            raise refuse(str(listing), number, "", str(error)) from error
    return tuple(names)


def _refuse_unknown(family: Family, text: str) -> None:
    """A rule about a file that there is not would silently do nothing."""
    rules, file = family.rules, str(family.root / "family.yaml")
    with outside_failures(family.root):
        known = {*family.files}.union(*(family.overlay(overlay.folder) for overlay in rules.overlays))
    ruled = [("only", path) for only in rules.only for path in only.files]
    ruled += [("moves", move.source) for move in rules.moves]
    ruled += [("overlays", o.folder) for o in rules.overlays if not (family.root / "overlays" / o.folder).is_dir()]
    for key, name in ruled:
        if name not in known:
            line = next(number for number, line in enumerate(text.splitlines(), 1) if name in line)
            raise refuse(file, line, key, f"names {name}, which the family does not have")
