"""Stages and artifacts by the names that people type."""

from __future__ import annotations

from pathlib import Path

from framework.cli.choices import did_you_mean, one_of
from framework.cli.language import tell
from framework.errors import UsageError
from framework.workflow.table import STAGES


def check_stage(option: str, name: str | None) -> None:
    """Refuse a stage that there is not, before anything runs."""
    if name is not None:
        one_of(option, name, [stage.name for stage in STAGES])


def check_order(again_from: str | None, until: str | None) -> None:
    """Refuse to begin after the end."""
    names = [stage.name for stage in STAGES]
    if again_from and until and names.index(again_from) > names.index(until):
        raise UsageError(
            f"--from {again_from} comes after --until {until}, so that nothing would run.",
            hint=f"The order is {', '.join(names)}.",
        )


def artifact_file(given: str) -> str:
    """The artifact's file name, given as `tech.md`, `tech`, or by the stage that writes it."""
    files = [kind.FILE for stage in STAGES for kind in stage.writes]
    names = {Path(file).stem: file for file in files} | {stage.name: stage.artifact.FILE for stage in STAGES}
    file = Path(given).name if given.startswith("reports/") else given
    if file not in files and file not in names:
        raise UsageError(tell("usage.no_artifact", given=given), did_you_mean(file, files))
    return file if file in files else names[file]
