"""Receipts of commands: what was run, how it ended, and a hash of what it said."""

from __future__ import annotations

from pydantic import Field

from framework.artifacts.base import Strict


class CommandReceipt(Strict):
    """One command that was run to its end. `seconds`, `at` and `tail` differ from run to run."""

    command: list[str] = Field(description="the argument list, as it can be typed in the project's folder")
    rc: int
    output_hash: str = Field(description="of what the command proves: for tests, of each test and its outcome")
    proved: str = Field(description="in a word: `31 passed`, `2 failed, 29 passed`, `exit 1`")
    tail: str = Field(default="", description="the last lines of its output, kept where it failed")
    seconds: float
    at: str

    @property
    def passed(self) -> bool:
        """Whether it ended well."""
        return self.rc == 0


VOLATILE_OF_RECEIPT = {"seconds", "at", "tail"}
