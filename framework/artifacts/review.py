"""REVIEW_REPORT.md: what real tools and our own checks found in the project, and what was repaired."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from framework.artifacts.base import Proof, Strict
from framework.artifacts.receipts import VOLATILE_OF_RECEIPT, CommandReceipt
from framework.artifacts.records import Severity
from framework.artifacts.report import Report

# What a review must have run: checks of our own, and programs, which give a receipt. The reviewer registers the same.
CHECKS = (
    "placeholders",
    "imports",
    "dependencies",
    "layers",
    "config_keys",
    "sizes",
    "tests_present",
    "smells",
    "readme",
    "links",
    "claims",
    "secrets",
    "house_files",
    "build_log",
)
PROOFS = "proofs"
TOOLS = ("ruff", "ruff_format", "mypy", "compileall", "import_all", "bandit")


class ReviewFinding(Strict):
    """One defect: where it is, what shows it, and what to do about it."""

    check: str = Field(description="the check or tool that found it")
    severity: Severity
    file: str
    line: int | None
    evidence: str = Field(description="the words, names or output that show it")
    remedy: str
    state: Literal["open", "repaired"] = "open"


class CheckRun(Strict):
    """One check or tool that was run, and over how much."""

    name: str
    looked_at: int = Field(description="how many things it looked at: files, links, commands, rows")
    findings: int
    receipt: CommandReceipt | None = Field(default=None, description="where it is a program")


class Repair(Strict):
    """A mechanical repair, committed."""

    check: str
    files: list[str]
    diff: str
    commit: str


class Review(Report, Proof):
    """The review."""

    FILE: ClassVar[str] = "REVIEW_REPORT.md"
    VOLATILE: ClassVar[Any] = {
        "checks": {"__all__": {"receipt": VOLATILE_OF_RECEIPT}},
        "repairs": {"__all__": {"commit"}},
    }

    checks: list[CheckRun]
    findings: list[ReviewFinding]
    repairs: list[Repair]

    @property
    def open_findings(self) -> list[ReviewFinding]:
        """What has not been repaired."""
        return [one for one in self.findings if one.state == "open"]

    def body(self) -> str:
        from framework.artifacts.review_body import render

        return render(self)

    def headline(self) -> str:
        """What was looked at and found, in one line."""
        from framework.artifacts.review_body import headline

        return headline(self)
