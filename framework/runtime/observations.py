"""What programs of a project have written down as JSON, in folders that git does not see."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from framework.artifacts.files import outside_failures, read_text
from framework.errors import MissingOutside

T = TypeVar("T")


def observed(root: Path, name: str, kind: TypeAdapter[T]) -> T:
    """One such file, as what it should hold."""
    try:
        return kind.validate_json(read_text(root / name))
    except ValidationError as error:
        raise MissingOutside(f"{name} holds something else than was asked for: {error}", hint="Resume.") from error


def forget(root: Path, name: str) -> None:
    """Take an earlier one away, lest it be read for a new one."""
    with outside_failures(root / name):
        (root / name).unlink(missing_ok=True)
