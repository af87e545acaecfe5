"""reports/spec_drift.md: the requirements that the running service no longer keeps, as the project's script found it.

`scripts/spec_drift.py` writes it, from cron or when Alertmanager calls; foundry reads it and never writes it.
"""

from __future__ import annotations

from typing import Literal

from framework.artifacts.base import Strict, sha256
from framework.artifacts.document import parse_mapping
from framework.artifacts.files import ProjectFiles, read_text
from framework.artifacts.requirements import Requirements, Slot

FILE = "spec_drift.md"
_FENCE = "\n---\n"


class DriftRow(Strict):
    """One requirement beside the live figure."""

    slot: Slot
    wanted: str
    stated: bool
    state: Literal["kept", "drifted", "no_data"]
    measured: float | None
    since: str

    @property
    def reopened(self) -> bool:
        """Whether it counts as unmet again."""
        return self.state == "drifted"


class SpecDrift(Strict):
    """The last look."""

    schema_version: Literal[1]
    project: str
    checked_at: str
    source: str
    rows: list[DriftRow]


def read_drift(files: ProjectFiles) -> SpecDrift | None:
    """What the last look has written down; None where there never was a drift."""
    path = files.report(FILE)
    if not path.is_file():
        return None
    return parse_mapping(SpecDrift, _front(read_text(path)), f"reports/{FILE}", 2)


def reopened(files: ProjectFiles) -> list[DriftRow]:
    """The requirements that a drift has reopened, for `foundry status`."""
    found = read_drift(files)
    return [row for row in found.rows if row.reopened] if found else []


def mark_of_requirements(files: ProjectFiles) -> str:
    """The hash of what requirements.md demands, as the script computes it: of everything up to the second fence."""
    return sha256(read_text(files.report(Requirements.FILE)).split(_FENCE)[0])


def _front(text: str) -> str:
    return text.split(_FENCE)[0].removeprefix("---\n") + "\n"
