"""The todo list: the patterns of specs/task.md over the files that the project will have."""

from __future__ import annotations

from fnmatch import fnmatchcase

from pydantic import Field, field_validator

from framework.artifacts.base import Strict
from framework.artifacts.build import BuildTask
from framework.errors import InvalidDocument
from framework.messages import Lang

SPEC = "specs/task.md"
_OPTIONS = {"-m", "fast", "-q", "-x"}


class TaskPattern(Strict):
    """One entry of specs/task.md."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: dict[Lang, str]
    needs: list[str]
    files: list[str]
    proof: list[str]

    @field_validator("proof")
    @classmethod
    def _is_a_proof(cls, command: list[str]) -> list[str]:
        """A command that shows nothing would verify everything."""
        paths = [part for part in command if part.startswith("tests/")]
        options = [part for part in command[3:] if part not in paths]
        if command[:3] != ["python", "-m", "pytest"] or not paths or not set(options) <= _OPTIONS:
            raise ValueError("must be python -m pytest over paths below tests/, with no options but -m fast, -q, -x")
        if any(".." in part for part in paths):
            raise ValueError("must stay below tests/")
        return command


class Families(Strict):
    """The yaml block of specs/task.md."""

    families: dict[str, list[TaskPattern]]


def todo(
    families: Families, family: str, package: str, paths: list[str], served: dict[str, list[str]], lang: Lang
) -> list[BuildTask]:
    """The tasks whose files the project has. `served` are the slots of requirements.md by path."""
    patterns = families.families.get(family, [])
    owned: dict[str, list[str]] = {pattern.id: [] for pattern in patterns}
    for path in paths:
        owned[_owner(path, patterns, package)].append(path)
    kept = [pattern for pattern in patterns if owned[pattern.id]]
    _check_order(kept)
    return [
        BuildTask(
            id=pattern.id,
            title=pattern.title.get(lang, pattern.id),
            needs=[need for need in pattern.needs if owned.get(need)],
            serves=sorted({slot for path in owned[pattern.id] for slot in served.get(path, [])}),
            files=owned[pattern.id],
            proof=pattern.proof,
        )
        for pattern in kept
    ]


def _owner(path: str, patterns: list[TaskPattern], package: str) -> str:
    """The task with the longest pattern that matches."""
    matching = [
        (len(glob), pattern.id)
        for pattern in patterns
        for name in pattern.files
        if fnmatchcase(path, glob := name.replace("{package}", package))
    ]
    if not matching:
        raise InvalidDocument(
            f"{SPEC}: no task of the family makes {path}.", hint=f"Add it, or a pattern for it, to a task in {SPEC}."
        )
    return max(matching)[1]


def _check_order(patterns: list[TaskPattern]) -> None:
    before: set[str] = set()
    known = {pattern.id for pattern in patterns}
    for pattern in patterns:
        if late := [need for need in pattern.needs if need in known - before]:
            raise InvalidDocument(
                f"{SPEC}: task {pattern.id} needs {late[0]}, which comes after it.", hint=f"Put {late[0]} before it."
            )
        before.add(pattern.id)
