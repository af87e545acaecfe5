"""Rows that could not be read: counted, a few of them kept as examples, and told once at the end."""

import logging
from dataclasses import dataclass, field
from typing import Final

_log = logging.getLogger(__name__)
N_EXAMPLE: Final = 5


@dataclass
class Faults:
    """What was left out while reading, and why."""

    count: int = 0
    examples: list[str] = field(default_factory=list)
    limit: int = 0  # how many were read, where there are more

    def add(self, place: str, reason: str) -> None:
        """Count one row that is left out."""
        self.count += 1
        if len(self.examples) < N_EXAMPLE:
            self.examples.append(f"{place}: {reason}")

    def warn(self) -> None:
        """Tell of the rows that were left out, if there were any."""
        if self.limit:
            _log.warning("only the first %d documents are used, there are more: raise data.n_documents", self.limit)
        if self.count:
            left_out = "1 row was left out:" if self.count == 1 else f"{self.count} rows were left out, such as"
            _log.warning("%s\n  %s", left_out, "\n  ".join(self.examples))
