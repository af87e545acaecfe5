"""Which project a command means, and how to write it in a command to type next."""

from __future__ import annotations

import shlex
from pathlib import Path

from framework.artifacts.files import ProjectFiles
from framework.cli.choices import did_you_mean
from framework.cli.language import tell
from framework.cli.options import DEFAULT_OUT
from framework.errors import UsageError


def find_project(given: str, out: Path) -> ProjectFiles:
    """The project of that name in the output folder, or at that path."""
    candidates = [Path(given)] if Path(given).is_absolute() else [out / given, Path(given)]
    for folder in candidates:
        if ProjectFiles(folder).exists():
            return ProjectFiles(folder.resolve())
    raise UsageError(tell("usage.no_project", given=given, out=out), _hint(given, out))


def _hint(given: str, out: Path) -> str:
    names = [child.name for child in sorted(out.iterdir()) if ProjectFiles(child).exists()] if out.is_dir() else []
    return did_you_mean(given, names) if names else tell("usage.no_project_hint")


def reference(root: Path, out: Path = DEFAULT_OUT) -> str:
    """The shortest argument that names the project again, ready for a shell."""
    if root.parent == out.resolve():
        return root.name if out == DEFAULT_OUT else f"{root.name} --out {shlex.quote(str(out))}"
    return shlex.quote(relative(root))


def relative(path: Path) -> str:
    """The path as seen from the current folder where it lies inside it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
