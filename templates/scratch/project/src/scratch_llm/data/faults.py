"""Rows that could not be read: counted, a few of them kept as examples, and told once at the end."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scratch_llm.utils.errors import DataError

_log = logging.getLogger(__name__)
N_EXAMPLE: Final = 5
HOPELESS: Final = 100  # so many broken rows before the first good one mean a wrong file or column


@dataclass
class Faults:
    """What was left out while reading, and why."""

    count: int = 0
    examples: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what else a person should know of how it was read
    limit: int = 0  # how many were read, where there are more

    def add(self, place: str, reason: str) -> None:
        """Count one row that is left out."""
        self.count += 1
        if len(self.examples) < N_EXAMPLE:
            self.examples.append(f"{place}: {reason}")

    def warn(self) -> None:
        """Tell of what was chosen, and of the rows that were left out, if there were any."""
        for note in self.notes:
            _log.warning("%s", note)
        if self.limit:
            _log.warning("only the first %d documents are used, there are more: raise data.n_documents", self.limit)
        if self.count:
            left_out = "1 row was left out:" if self.count == 1 else f"{self.count} rows were left out, such as"
            _log.warning("%s\n  %s", left_out, "\n  ".join(self.examples))


@dataclass
class Nothing:
    """Watches the rows of one file: one that gives none of several must not vanish among the others."""

    file: Path
    kind: str
    columns: str
    found: bool = False
    count: int = 0
    first: str = ""

    def add(self, reason: str) -> None:
        """Count one row that is left out; many without a good one end the reading."""
        self.count += 1
        self.first = self.first or reason
        if self.count >= HOPELESS:
            self.check()

    def check(self) -> None:
        """Refuse the file where none of several rows is a record.

        Raises:
            DataError: With the file, a row of it, the column, and what to do.
        """
        if self.found or self.count < 2:
            return
        other = ", or name the column with data.text_column" if self.kind == "text" else ""
        raise DataError(
            f"{self.file} holds no {self.kind} record ({self.first}; of {self.count} rows none could be used)",
            f"every row needs the columns {self.columns}: mend the file{other}, or take it out of the folder",
        )
