"""A project's own files as data: what git tracks, or would track, without foundry's records and reports."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Self

from framework.artifacts.base import sha256
from framework.artifacts.files import outside_failures
from framework.errors import MissingOutside
from framework.runtime.history import SETTINGS, refuse_foreign
from framework.runtime.paths import is_blocked
from framework.runtime.processes import run

_TIMEOUT = 60
_TREES = 2048  # syntax trees that are kept: more than one project has
# What foundry writes about the project is not the project.
NOT_CODE = ("reports/", ".foundry/")
# Whoever lays or reads these is judged by them; what was built, reviewed and tried stays as good without them.
_APART = ("deploy/", "specs/", ".dockerignore")


@dataclass(frozen=True)
class CodeTree:
    """Every file of a project, by its path with forward slashes. Text is decoded; what is no text is left as bytes."""

    root: Path
    files: Mapping[str, bytes]

    @classmethod
    def read(cls, root: Path) -> Self:
        """The files as they are on disk now."""
        with outside_failures(root):
            return cls(root, {name: (root / name).read_bytes() for name in tracked(root)})

    def write(self, folder: Path) -> None:
        """Put a copy of the files into a folder."""
        for name, data in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def with_changes(self, texts: Mapping[str, str], gone: Collection[str] = ()) -> Self:
        """The same project after some of its files were written and others taken away."""
        new = {
            name: text.encode(errors="surrogatepass") for name, text in texts.items() if not name.startswith(NOT_CODE)
        }
        files = {**self.files, **new}
        return type(self)(self.root, {name: data for name, data in files.items() if name not in gone})

    @cached_property
    def digest(self) -> str:
        """The hash of every path and content of the program, its configuration and its documents."""
        files = sorted((name, data) for name, data in self.files.items() if not name.startswith(_APART))
        parts = (f"{name}\0{sha256(data)}\n" for name, data in files)
        return sha256("".join(parts))

    @cached_property
    def texts(self) -> dict[str, str]:
        """The files that are text."""
        return {name: text for name, data in self.files.items() if (text := _decoded(data)) is not None}

    @cached_property
    def python(self) -> dict[str, ast.Module]:
        """The Python files that parse, as syntax trees."""
        return {name: tree for name, text in self.texts.items() if name.endswith(".py") and (tree := _parsed(text))}


def tracked(root: Path) -> list[str]:
    """The paths that git tracks or would track, sorted; links and what is gone are left out."""
    refuse_foreign(root)
    place = [f"--git-dir={root / '.git'}", f"--work-tree={root}", "-c", "core.quotePath=false"]
    listed = run(["git", *SETTINGS, *place, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], _TIMEOUT)
    if listed is None or listed.rc != 0:
        raise MissingOutside(
            f"{root} is not a git repository, or git is not installed.",
            hint="Install git; foundry keeps every step of a project in its history.",
        )
    names = sorted(set(filter(None, listed.stdout.split("\0"))))
    return [name for name in names if not name.startswith(NOT_CODE) and _is_file(root, name)]


def _is_file(root: Path, name: str) -> bool:
    return (root / name).is_file() and not is_blocked(root, name)


def _decoded(data: bytes) -> str | None:
    try:
        return None if b"\0" in data else data.decode("utf-8")
    except UnicodeDecodeError:
        return None


@lru_cache(_TREES)
def _parsed(text: str) -> ast.Module | None:
    """A project is read several times in one run, and few of its files differ from one time to the next."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: nested without end
        return None
