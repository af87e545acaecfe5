"""What a stage depends on in the world outside the project folder, as a short text that changes when it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

from framework import resources
from framework.artifacts.base import Artifact, sha256
from framework.artifacts.bugfix import Bugfix
from framework.artifacts.files import ProjectFiles
from framework.artifacts.laid_file import LaidFile
from framework.artifacts.venv_spec import REQUIREMENTS
from framework.runtime.project_venvs import environment_mark

A = TypeVar("A", bound=Artifact)
Probe = Callable[[ProjectFiles], str]


def user_data(files: ProjectFiles) -> str:
    """The user's own data by name, size and time: `status` must not read a hundred gigabytes."""
    data = files.read_run().settings.data
    if data is None:
        return "none"
    root = Path(data)
    inside = sorted(path for path in root.rglob("*") if path.is_file()) if root.is_dir() else [root]
    return sha256("\n".join(_mark(path) for path in inside))


def templates_and_data(files: ProjectFiles) -> str:
    """What projects are rendered from, and what they are to learn from."""
    return sha256(f"{template_digest()}\n{user_data(files)}")


def declared_packages(files: ProjectFiles) -> str:
    """What the project asks for and what that was resolved to: a later stage or a hand may change either."""
    places = [files.root / name for name in ("pyproject.toml", *REQUIREMENTS.values())]
    return sha256("\n".join(map(_content, places)))


def environment_and_mini_data(files: ProjectFiles) -> str:
    """The environments in the project's folder, on this machine, and the mini dataset, which git does not track."""
    drawn = sorted(path for path in (files.root / "data/mini").glob("*") if path.is_file())
    return sha256(
        "\n".join([environment_mark(files.root), *(f"{path.name} {sha256(path.read_bytes())}" for path in drawn)])
    )


def trained_checkpoint(files: ProjectFiles) -> str:
    """The checkpoint that the report of the first epoch names, by size and time: git does not track it."""
    if not files.report(Bugfix.FILE).exists():
        return "none"
    saved = files.read_artifact(Bugfix).checkpoint
    return _mark(files.root / saved.path) if saved else "none"


def laid_files(kind: type[A], files_of: Callable[[A], Sequence[LaidFile]], also: Probe | None = None) -> Probe:
    """The files that the report says were laid, as they stand now: an edit by hand asks for its stage alone."""

    def probe(files: ProjectFiles) -> str:
        if not files.report(kind.FILE).exists():
            return "none"
        marks = [_content(files.root / one.path) for one in files_of(files.read_artifact(kind))]
        return sha256("\n".join([*marks, also(files) if also else ""]))

    return probe


def _content(path: Path) -> str:
    return sha256(path.read_bytes()) if path.is_file() else "none"


@cache
def template_digest() -> str:
    """The templates as foundry carries them; they do not change while it runs."""
    root = resources.path("templates")
    parts = []
    for listing in sorted(root.glob("*/files.txt")):
        family = listing.parent
        own = [path for path in family.rglob("*") if "project" not in path.relative_to(family).parts and path.is_file()]
        listed = [family / "project" / name for name in listing.read_text(encoding="utf-8").splitlines()]
        parts += [f"{path.relative_to(root)} {sha256(path.read_bytes())}" for path in sorted({*own, *listed})]
    return sha256("\n".join(parts))


def _mark(path: Path) -> str:
    if not path.exists():
        return f"{path} is missing"
    facts = path.stat()
    return f"{path} {facts.st_size} {facts.st_mtime_ns}"
