"""What a stage depends on in the world outside the project folder, as a short text that changes when it does."""

from __future__ import annotations

from pathlib import Path

from framework.artifacts.records import RunRecord


def user_data(run: RunRecord) -> str:
    """The user's own data: its content, wherever it lies."""
    if run.settings.data is None:
        return "none"
    from framework.runtime.userdata import inspect_data

    return inspect_data(Path(run.settings.data)).digest
