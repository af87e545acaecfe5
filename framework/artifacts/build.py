"""What the build writes: task.md (what is to be done), PROJECT_BUILD_LOG.md (what was, with receipts), trace.md."""

from __future__ import annotations

import operator
from typing import Any, ClassVar, Literal

from pydantic import Field

from framework.artifacts.base import Proof, Strict
from framework.artifacts.receipts import VOLATILE_OF_RECEIPT, CommandReceipt
from framework.artifacts.report import Report
from framework.artifacts.tech import Unmet

RowState = Literal["done", "verified", "unverified", "failed"]


class NoFamily(Strict):
    """Why nothing can be built for the requirement, and what could be built instead."""

    wanted: str
    why: str
    instead: list[str]


class BuildTask(Strict):
    """One task: it makes named files, and a command proves it."""

    id: str
    title: str
    needs: list[str] = Field(description="ids of the tasks that come before it")
    serves: list[str] = Field(description="the slots of requirements.md that it serves")
    files: list[str] = Field(description="what it must produce, relative to the project")
    proof: list[str] = Field(description="the argument list that proves it; `python` is the verification environment's")


class TaskList(Report, Proof):
    """The todo list, made before any work."""

    FILE: ClassVar[str] = "task.md"

    family: str | None
    refusal: NoFamily | None = None
    tasks: list[BuildTask]

    def body(self) -> str:
        from framework.artifacts.build_body import render_tasks

        return render_tasks(self)


class Clash(Strict):
    """A file that both the user and the new render have changed, in the same place."""

    path: str
    diff: str


class LogRow(Strict):
    """What came of one task."""

    task: str
    title: str
    state: RowState
    files: dict[str, str] = Field(description="path to the SHA-256 of what was rendered")
    commit: str
    done: CommandReceipt | None = Field(description="the proof as the coder ran it in the project")
    verified: CommandReceipt | None = Field(default=None, description="the same, run by the planner in a scratch copy")

    @property
    def is_proven(self) -> bool:
        """Whether both runs of the proof passed and showed the same."""
        done, again = self.done, self.verified
        return bool(done and again and done.passed and again.passed and done.output_hash == again.output_hash)


class Extra(Strict):
    """What a model wrote for a wish that no template covers: committed, or refused by a gate and in no commit."""

    slot: str
    wish: str
    files: list[str]
    claim: str = Field(description="the model's own words, which nobody has checked")
    commit: str = ""
    why: str = Field(default="", description="which gate refused it; empty where all passed")


class BuildLog(Report, Proof):
    """What was built, row by row, and what each row rests on."""

    FILE: ClassVar[str] = "PROJECT_BUILD_LOG.md"
    TELLS_UNMET: ClassVar[bool] = True
    VOLATILE: ClassVar[Any] = {
        "tree": True,
        "extras": {"__all__": {"commit": True}},
        "rows": {
            "__all__": {
                "commit": True,
                "done": VOLATILE_OF_RECEIPT,
                "verified": VOLATILE_OF_RECEIPT,
            }
        },
    }

    family: str | None
    refusal: NoFamily | None = None
    environment: str = Field(description="the verification environment, by the hash of its requirements")
    tree: str = Field(default="", description="the digest of the project's files, as they were proven")
    rows: list[LogRow]
    clashes: list[Clash] = Field(default_factory=list)
    unmet: list[Unmet] = Field(default_factory=list)
    extras: list[Extra] = Field(default_factory=list, exclude_if=operator.not_, description="written by a model")

    def body(self) -> str:
        from framework.artifacts.build_body import render_log

        return render_log(self)

    def unmet_wishes(self) -> list[str]:
        from framework.artifacts.tech_body import unmet_wishes

        return unmet_wishes(self.unmet, self.language)


class TraceRow(Strict):
    """One requirement, followed to what serves and proves it."""

    slot: str
    value: str
    provenance: str
    how: str = Field(description="what it became, in a sentence")
    tasks: list[str]
    files: list[str]
    tests: list[str]
    evidence: str = Field(description="verified, configured (to be measured), failed, unverified, or unmet")


class Trace(Report, Proof):
    """Requirement to task to files to tests to evidence."""

    FILE: ClassVar[str] = "trace.md"

    rows: list[TraceRow]

    def body(self) -> str:
        from framework.artifacts.build_body import render_trace

        return render_trace(self)
