"""What a stage depends on in the world outside the project folder, as a short text that changes when it does."""

from __future__ import annotations

from pathlib import Path

from framework.artifacts.base import sha256
from framework.artifacts.records import RunRecord


def user_data(run: RunRecord) -> str:
    """The user's own data by name, size and time: `status` must not read a hundred gigabytes."""
    if run.settings.data is None:
        return "none"
    root = Path(run.settings.data)
    files = sorted(path for path in root.rglob("*") if path.is_file()) if root.is_dir() else [root]
    return sha256("\n".join(_mark(path) for path in files))


def _mark(path: Path) -> str:
    if not path.exists():
        return f"{path} is missing"
    facts = path.stat()
    return f"{path} {facts.st_size} {facts.st_mtime_ns}"
