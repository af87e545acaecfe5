"""Paths within a project: whatever a link leads to is not the project's."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from framework.errors import UsageError


def is_blocked(root: Path, path: str) -> bool:
    """Whether something else is there, or on the way there: through a link, a write would leave the project."""
    target = root / path
    return target.is_symlink() or (target.exists() and not target.is_file()) or not is_reached(root, path)


def is_reached(root: Path, path: str) -> bool:
    """Whether the way to the file leads through plain folders only, as far as they exist."""
    on_the_way = [root / parent for parent in PurePosixPath(path).parents if parent.parts]
    return not any(folder.is_symlink() or (folder.exists() and not folder.is_dir()) for folder in on_the_way)


def refuse_blocked(root: Path, path: str) -> None:
    """Stop where a write would leave the project or replace what is no file."""
    if is_blocked(root, path):
        raise UsageError(
            f"{path} cannot be written: a link or a folder is in the way, and foundry writes only within the project.",
            hint="Put a plain folder or file there, or take it away, then resume.",
        )


def owner_of(root: Path) -> str:
    """The numbers of the user and the group whose folder it is, as docker takes them."""
    facts = root.stat()
    return f"{facts.st_uid}:{facts.st_gid}"
