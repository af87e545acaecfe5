"""The append-only ledger of receipts: what is done is what it says, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import TypeAdapter, ValidationError

from framework.artifacts.files import ProjectFiles, append_line, read_text
from framework.artifacts.records import AttemptRecord, CodeRecord, Receipt, ResetRecord, WorkRecord

Entry = Receipt | WorkRecord | CodeRecord | AttemptRecord | ResetRecord
_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


class Ledger:
    """The ledger of one project, as it stood when it was read and with what was added since."""

    def __init__(self, files: ProjectFiles) -> None:
        self._path = files.ledger
        self.damaged = 0
        self._entries: list[Entry] = []
        text = read_text(self._path) if self._path.exists() else ""
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
        """The stage's receipt, while it counts: no reset and no newer work has come after it."""
        for entry in reversed(self._entries):
            if isinstance(entry, ResetRecord | WorkRecord) and entry.stage == stage:
                return None
            if isinstance(entry, Receipt) and entry.stage == stage:
                return entry
        return None

    def receipt_for(self, file: str) -> Receipt | None:
        """The last receipt of the artifact in that file, whether or not it still counts."""
        return next((e for e in reversed(self._entries) if isinstance(e, Receipt) and e.file == file), None)

    def work(self, stage: str) -> WorkRecord | None:
        """The stage's last work, unless it was reset since."""
        for entry in reversed(self._entries):
            if isinstance(entry, ResetRecord) and entry.stage == stage:
                return None
            if isinstance(entry, WorkRecord) and entry.stage == stage:
                return entry
        return None

    def code_leads(self, old: str, new: str, apart_from: frozenset[str]) -> bool:
        """Whether the project's code came from the old state to the new one by the work of stages alone."""
        reached = {old}
        changes = (e for e in self._entries if isinstance(e, WorkRecord | CodeRecord) and e.stage not in apart_from)
        for change in changes:
            if change.code_before in reached:
                reached.add(change.code_after)
        return new in reached

    def written_hashes(self, stage: str) -> set[str]:
        """Every version of the stage's artifact that foundry has written, adopted or archived."""
        versions = (e for e in self._entries if e.stage == stage and not isinstance(e, AttemptRecord | CodeRecord))
        return {entry.file_hash for entry in versions if entry.file_hash}

    def attempts(self, stage: str) -> int:
        """How often the stage was begun since it last passed."""
        count = 0
        for entry in self._entries:
            if isinstance(entry, AttemptRecord) and entry.stage == stage:
                count += 1
            if isinstance(entry, Receipt) and entry.stage == stage and entry.passed:
                count = 0
        return count

    def begin(self, stage: str) -> int:
        """Count an attempt on disk, before any work, and return its number."""
        attempt = self.attempts(stage) + 1
        self.append(AttemptRecord(stage=stage, attempt=attempt, at=now()))
        return attempt

    def reset(self, stage: str, file_hash: str | None) -> None:
        """Drop the stage's receipt, and with it the version of its artifact that stands there."""
        self.append(ResetRecord(stage=stage, file_hash=file_hash, at=now()))


def now() -> str:
    """The time for a record, in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
