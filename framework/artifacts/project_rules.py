"""rules.md: the coding rules that hold in the project, who decided them, and what of them the program enforces."""

from __future__ import annotations

from collections.abc import Collection
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any, ClassVar, Literal

from pydantic import Field

from framework.artifacts.base import Strict
from framework.artifacts.report import AskingReport

SOURCE = "CLAUDE.md"
INHERITED, LOCAL = "CLAUDE.inherited.md", "CLAUDE.local.md"
AREA = "rules"  # the ids of this stage's questions begin with it
CHOICE = f"{AREA}.choice"
Choice = Literal["", "inherit", "customise"]


class Enforced(Strict):
    """The rules that a program can obey by itself. A key that is not named forbids nothing."""

    forbidden_paths: list[str] = Field(default_factory=list, description="globs of files that no stage may change")
    network: bool = Field(default=True, description="whether the project's code may reach the network when it is run")
    downloads: bool = Field(default=True, description="whether data may be fetched from elsewhere")
    max_attempts: int | None = Field(default=None, ge=1, le=100, description="how often a repair may be tried")
    no_new_dependencies: bool = False
    confirm_every_repair: bool = Field(default=False, description="also where `--yes` would approve it")

    def forbids(self, path: str) -> bool:
        """Whether the file, named by its path in the project, must stay as it is."""
        return any(_covers(glob, path) for glob in self.forbidden_paths)

    def idle(self, paths: Collection[str]) -> list[str]:
        """The forbidden paths that are none of these files."""
        return [glob for glob in self.forbidden_paths if not any(_covers(glob, path) for path in paths)]


class Rule(Strict):
    """One rule, in the words in which it stands in its document."""

    section: str
    text: str
    origin: Literal["project", "added"]
    enforced: list[str] = Field(default_factory=list, description="the keys of `Enforced` that it sets")


class RuleConflict(Strict):
    """An added rule that cannot hold together with another one."""

    question: str
    added: str
    existing: str
    why: str
    settled: Literal["", "existing", "added", "both"] = ""


class Change(Strict):
    """One decision in the log."""

    what: str
    before: str
    after: str
    by: Literal["person", "default"]
    why: str
    at: str


class Rules(AskingReport):
    """The project's rules."""

    FILE: ClassVar[str] = "rules.md"
    VOLATILE: ClassVar[Any] = {"changes": {"__all__": {"at"}}}

    choice: Choice = Field(description="empty while that is open")
    file: str = Field(description="the file at the project's root that says what holds; empty while that is open")
    sha256: str = Field(description="of that file")
    source_sha256: str = Field(description="of the CLAUDE.md that was read")
    rules: list[Rule]
    enforced: Enforced
    idle_paths: list[str] = Field(default_factory=list, description="forbidden paths that no file of the project has")
    conflicts: list[RuleConflict] = Field(default_factory=list)
    changes: list[Change] = Field(default_factory=list, description="every decision, the oldest first")

    def body(self) -> str:
        from framework.artifacts.project_rules_body import render

        return render(self)

    def headline(self) -> str:
        from framework.artifacts.project_rules_body import headline

        return headline(self)

    def forbids(self, path: str) -> bool:
        """Whether a rule says that the file must stay as it is."""
        return self.enforced.forbids(path)


def _covers(glob: str, path: str) -> bool:
    """A folder means all that lies in it, with or without stars; a star reaches over slashes.

    A person names a file as they think of it: `training/engine.py` is src/demo/training/engine.py too, and
    `configs/full` is configs/pretrain/full.yaml.
    """
    plain = glob.removeprefix("./")
    folder = plain.removesuffix("**").removesuffix("*").rstrip("/")
    is_folder = plain.endswith(("/", "/**", "/*")) or not any(mark in plain for mark in "*?[")
    inside = is_folder and (path == folder or path.startswith(f"{folder}/"))
    return inside or fnmatchcase(path, plain) or _ends_as_named(plain, folder, path)


def _ends_as_named(plain: str, folder: str, path: str) -> bool:
    """The end of the path, or its end without the suffix below that folder. One folder alone is that at the root."""
    if "/" not in plain:
        return fnmatchcase(path.rpartition("/")[2], plain)
    if "/" not in folder:
        return False
    named, file = PurePosixPath(folder), PurePosixPath(path)
    by_stem = file.stem == named.name and f"/{named.parent}/" in f"/{file.parent}/"
    return by_stem or f"/{folder}/" in f"/{path}/" or fnmatchcase(path, f"*/{plain}")
