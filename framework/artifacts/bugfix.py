"""bugfix_report.md: one epoch that was really run, what went wrong and how it was mended, and what it showed."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from framework.artifacts.base import Proof, Strict
from framework.artifacts.receipts import VOLATILE_OF_RECEIPT, CommandReceipt
from framework.artifacts.records import Device
from framework.artifacts.report import AskingReport

# What the one epoch must have done, as its own files tell; and the silent bugs that nothing but a probe shows.
CHECKS = ("steps", "finite", "evaluated", "checkpoint", "loads", "learned")
Kind = Literal["config", "dependency", "code", "data", "restore"]
Outcome = Literal[
    "mended", "unchanged", "worse", "led_nowhere", "broke_tests", "refused", "declined", "asked", "interrupted"
]
FIGURES = ("parameters", "memory_gb", "tokens_per_s", "seconds")


class Bounds(Strict):
    """What kept the run in its bounds."""

    network: bool = Field(description="True: it was cut off")
    memory_bytes: int
    wall_s: float
    level: str
    why: str = Field(default="", description="why the network could not be cut off")


class Execution(Strict):
    """A command that was run in a restricted process."""

    command: list[str]
    rc: int
    ended: Literal["exit", "signal", "timeout", "memory"]
    seconds: float
    cpu_seconds: float
    peak_bytes: int


class Place(Strict):
    """The project's own code that was running."""

    file: str
    line: int
    function: str
    code: str


class Setting(Strict):
    """A setting that a repair changes."""

    file: str
    key: str
    old: str
    new: str


class Try(Strict):
    """One repair that was proposed, and what became of it."""

    entry: str = Field(description="the entry of the playbook, or `restore`")
    kind: Kind
    title: str
    why: str
    guess: bool
    diff: str
    settings: list[Setting] = Field(default_factory=list)
    again: str = Field(default="", description="what had to be made again: the environment, the mini dataset")
    requirement: str = Field(default="", description="the stated requirement that it changes")
    outcome: Outcome
    said: list[str] = Field(default_factory=list, description="what refused it: guards, tests")
    commit: str = ""
    reverted: str = Field(default="", description="the commit that took it back")
    asked: str = Field(default="", description="the question by which it was confirmed")


class Problem(Strict):
    """One critical error, in the standard form of DEBUG_CODE.md."""

    signature: str
    found: str = Field(description="when")
    execution: Execution
    error: str
    message: str
    log: str
    where: Place | None
    why: str = Field(description="the cause; empty where nobody knows it")
    guess: bool = False
    tries: list[Try] = Field(default_factory=list)
    state: Literal["fixed", "open"]
    proof: Execution | None = Field(default=None, description="the same command, after the repair")

    @property
    def repair(self) -> Try | None:
        """The one that mended it, or that was in force when the run broke off."""
        return next((one for one in self.tries if one.outcome in ("mended", "interrupted")), None)


class Check(Strict):
    """Something that the epoch must have done."""

    name: str
    passed: bool
    measured: str
    wanted: str


class ProbeRow(Strict):
    """One silent-bug probe."""

    name: str
    passed: bool
    measured: str
    limit: str
    why: str


class Checkpoint(Strict):
    """What the epoch has left."""

    path: str = Field(description="of the weights, relative to the project")
    sha256: str
    step: int


class Figure(Strict):
    """What was predicted, and what was measured. `factor` is measured divided by predicted."""

    name: str
    predicted: float
    measured: float
    factor: float


class Measures(Strict):
    """The mini run against the estimator, and what that says of this machine."""

    machine: str
    threads: int
    device: Device
    figures: list[Figure]
    flops_per_s: float = Field(description="what the training really computed in a second")
    training_share: float = Field(description="of the run's time; the rest is start, data, evaluation, checkpoints")

    def factor(self, name: str) -> float | None:
        """How much more was measured than was predicted."""
        return next((one.factor for one in self.figures if one.name == name), None)


class Bugfix(AskingReport, Proof):
    """The report of the debug stage."""

    FILE: ClassVar[str] = "bugfix_report.md"
    VOLATILE: ClassVar[Any] = {
        "epoch": {"seconds", "cpu_seconds", "peak_bytes"},
        "probed": VOLATILE_OF_RECEIPT,
        "tests": {"__all__": VOLATILE_OF_RECEIPT},
    }

    device: Device
    config: str
    overrides: list[str]
    epoch: Execution | None = Field(description="the last run of one epoch; None where it was not reached")
    bounds: Bounds | None
    problems: list[Problem] = Field(description="of this run of the stage and of earlier ones")
    checks: list[Check]
    probes: list[ProbeRow]
    probed: CommandReceipt | None
    repaired: bool = Field(description="whether this run of the stage changed the project, so that all tests must run")
    final_tests: Literal["all", "fast"] = Field("all", description="what DEBUG_CODE.md wants run after repairs")
    tests: list[CommandReceipt] = Field(description="the fast ones; all, where anything was repaired")
    checkpoint: Checkpoint | None
    measures: Measures | None
    warnings: list[str] = Field(default_factory=list, description="what the run warned of; listed, not mended")

    @property
    def open_problems(self) -> list[Problem]:
        """What is not mended."""
        return [one for one in self.problems if one.state == "open"]

    def body(self) -> str:
        from framework.artifacts.bugfix_body import render

        return render(self)

    def headline(self) -> str:
        """How it went, in one line."""
        from framework.artifacts.bugfix_body import headline

        return headline(self)
