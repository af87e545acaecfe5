"""Who has written a file of a project last, by its history."""

from __future__ import annotations

from framework.artifacts.files import ProjectFiles
from framework.runtime import history


def written_with(files: ProjectFiles, path: str, message: str) -> bool:
    """Whether the last commit that changed the file has this message, and nobody has changed the file since."""
    history.record_edits(files)
    done = history.attempt(files, "log", "-1", "--format=%s", "--", path)
    return done is not None and done.rc == 0 and done.stdout.strip() == message
