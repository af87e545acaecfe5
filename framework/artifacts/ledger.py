"""The append-only ledger of receipts: what is done is what it says, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import TypeAdapter, ValidationError

from framework.artifacts.files import ProjectFiles, append_line, read_text
from framework.artifacts.records import AttemptRecord, Receipt, ResetRecord

Entry = Receipt | AttemptRecord | ResetRecord
_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


class Ledger:
    """The ledger of one project, as it stood when it was read and with what was added since."""

    def __init__(self, files: ProjectFiles) -> None:
        self._path = files.ledger
        text = read_text(self._path) if self._path.exists() else ""
        self.damaged = 0
        self._entries: list[Entry] = []
        for line in filter(str.strip, text.split("\n")):
            self._take(line)

    def _take(self, line: str) -> None:
        """A torn line is no receipt: the stage that it would have proved runs again."""
        try:
            self._entries.append(_ENTRY.validate_json(line))
        except ValidationError:
            self.damaged += 1

    def append(self, entry: Entry) -> None:
        """Add an entry, durably."""
        append_line(self._path, entry.model_dump_json())
        self._entries.append(entry)

    def receipt(self, stage: str) -> Receipt | None:
        """The stage's last receipt that still counts."""
        last: Receipt | None = None
        for entry in self._entries:
            if isinstance(entry, Receipt) and entry.stage == stage:
                last = entry
            if isinstance(entry, ResetRecord) and stage in entry.stages:
                last = None
        return last

    def begin(self, stage: str) -> int:
        """Count an attempt on disk, before any work, and return its number since the stage last passed."""
        attempt = self.attempts(stage) + 1
        self.append(AttemptRecord(stage=stage, attempt=attempt, at=now()))
        return attempt

    def attempts(self, stage: str) -> int:
        """How often the stage was begun since it last passed."""
        count = 0
        for entry in self._entries:
            if isinstance(entry, AttemptRecord) and entry.stage == stage:
                count += 1
            if isinstance(entry, Receipt) and entry.stage == stage and entry.passed:
                count = 0
        return count

    def reset(self, stages: list[str]) -> None:
        """Drop the stages' receipts."""
        self.append(ResetRecord(stages=stages, at=now()))


def now() -> str:
    """The time for a record, in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
