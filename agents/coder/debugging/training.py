"""One look at the project: an epoch, what it left, the silent-bug probes, the fast tests. The first failure counts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from agents.coder.debugging.failure import Failure, failed_probe, read_failure
from framework.artifacts.bugfix import Check
from framework.messages import say
from framework.runtime.epochs import Epoch, moment, read_epoch, runs
from framework.runtime.probing import Probed
from framework.runtime.restricted import Limits, Ran
from framework.runtime.suites import Suite, run_tests
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace

FAST = ["-m", "fast", "-q"]
Depth = Literal["epoch", "checks", "probes", "tests", "passed"]
_DEPTHS: tuple[Depth, ...] = ("epoch", "checks", "probes", "tests", "passed")
_STEP = re.compile(r"\bstep (\d+)")
_ENOUGH = 0.9  # of the tokens: the last row of a split may be a short one
_TAIL = 40  # lines
_FEW_STEPS = 10  # fewer teach too little to tell
_LEARNED = 0.97  # of the loss at the start: whatever learns at all is far below that after one epoch


@dataclass(frozen=True)
class Job:
    """What is run, and in which bounds."""

    workspace: Workspace
    venv: Venv
    probe: Callable[[Venv, list[str], Limits], Probed]
    config: str
    overrides: tuple[str, ...]
    limits: Limits
    tell: Callable[[str], None] | None = None

    @property
    def command(self) -> list[str]:
        """One epoch on the mini dataset."""
        return ["python", "scripts/train.py", "--epochs", "1", *self.words]

    @property
    def words(self) -> list[str]:
        """The config and what is set over it."""
        return ["--config", self.config, *self.overrides]


@dataclass(frozen=True)
class Seen:
    """What a look has shown. `depth` is how far it came, `ran` the last command; a failure ends it."""

    depth: Depth
    ran: Ran
    trained: Ran
    failure: Failure | None = None
    epoch: Epoch | None = None
    checks: list[Check] = field(default_factory=list)
    probed: Probed | None = None
    suite: Suite | None = None

    @property
    def progress(self) -> tuple[int, int]:
        """How far the project got: a repair may not make that less."""
        inner = 0
        if self.depth == "checks" and (self.epoch is None or not self.epoch.fresh):
            return _DEPTHS.index("epoch"), -1  # a run that ends with 0 and leaves nothing is no way past a crash
        if self.depth == "epoch":
            inner = max((int(step) for step in _STEP.findall(self.ran.stderr + self.ran.stdout)), default=0)
        elif self.depth == "checks":
            inner = sum(check.passed for check in self.checks)
        elif self.depth == "probes" and self.probed:
            inner = sum(one.passed for one in self.probed.findings)
        elif self.depth == "tests" and self.suite:
            inner = -len(self.suite.failed)
        return _DEPTHS.index(self.depth), inner


def look(job: Job, probed: Probed | None = None, suite: Suite | None = None) -> Seen:
    """All of it, up to the first failure. What has already been found out of the very same project is not run again."""
    job.workspace.announce("debug.training", command=" ".join(job.command))
    root = job.workspace.files.root
    before, since = runs(root), moment(root)
    ran = job.workspace.restricted(job.venv, job.command, job.limits, job.tell)
    seen = Seen("epoch", ran, ran)
    if ran.rc != 0 or ran.ended != "exit":
        return replace(seen, failure=read_failure(ran, root))
    seen = _checked(job, replace(seen, epoch=read_epoch(root, before, since)))
    if seen.failure is None:
        seen = _probed(job, seen, probed)
    if seen.failure is None:
        seen = _taught(job, seen)
    return _tested(job, seen, suite) if seen.failure is None else seen


def look_again(job: Job, was: Seen) -> Seen:
    """After a repair: first what failed; all of it only once that says something else."""
    if was.failure and was.depth == "probes":
        first = _probed(job, replace(was, failure=None), None)
        return first if _says_the_same(first, was) else look(job, probed=first.probed)
    if was.failure and was.depth == "tests":
        first = _tested(job, replace(was, failure=None), None)
        return first if _says_the_same(first, was) else look(job, suite=first.suite)
    return look(job)


def run_fast(job: Job) -> Suite:
    """The project's fast tests."""
    job.workspace.announce("debug.testing")
    return run_tests(job.venv, job.workspace.files.root, FAST, job.limits, job.tell)


def _says_the_same(seen: Seen, was: Seen) -> bool:
    return bool(seen.failure and was.failure) and seen.failure.signature == was.failure.signature  # type: ignore[union-attr]


def _checked(job: Job, seen: Seen) -> Seen:
    checks = list(_checks(job, seen.epoch))
    failed = next((check for check in checks if not check.passed and check.name != "learned"), None)
    seen = replace(seen, depth="checks", checks=checks)
    return replace(seen, failure=_unmet(job, seen.ran, failed)) if failed else seen


def _checks(job: Job, epoch: Epoch | None) -> Iterator[Check]:
    """What one epoch must have done, read from its files."""
    lang = job.workspace.run.lang
    if epoch is None:
        yield Check(name="steps", passed=False, measured=say(lang, "debug.no_run"), wanted=say(lang, "debug.a_run"))
        return
    if not epoch.fresh:
        yield Check(name="steps", passed=False, measured=say(lang, "debug.old_run"), wanted=say(lang, "debug.a_run"))
        return
    made = epoch.steps >= epoch.wanted_steps > 0 and epoch.tokens >= _ENOUGH * epoch.wanted_tokens
    yield Check(
        name="steps",
        passed=made,
        measured=say(lang, "debug.steps", steps=epoch.steps, tokens=f"{epoch.tokens:,}"),
        wanted=say(lang, "debug.steps", steps=epoch.wanted_steps, tokens=f"{epoch.wanted_tokens:,}"),
    )
    values = [*epoch.losses, *epoch.validations.values()]
    wrong = [value for value in values if not math.isfinite(value)]
    yield Check(name="finite", passed=bool(values) and not wrong, measured=f"{len(wrong)}/{len(values)}", wanted="0")
    last = epoch.validations.get(epoch.steps)
    yield Check(
        name="evaluated",
        passed=last is not None,
        measured=f"{last:.4f}" if last is not None else "-",
        wanted=say(lang, "debug.at_step", step=epoch.steps),
    )
    whole = epoch.saved is not None and epoch.saved.whole and epoch.saved.step == epoch.steps
    found = epoch.saved.path if epoch.saved else "-"
    yield Check(name="checkpoint", passed=whole, measured=found, wanted=say(lang, "debug.at_step", step=epoch.steps))
    if whole and epoch.saved:
        yield _loads(job, epoch.saved.path.rpartition("/")[0])
    yield _learned(job, epoch, last)


def _learned(job: Job, epoch: Epoch, last: float | None) -> Check:
    """A model that knew nothing must know something. Whatever keeps it from learning shows here, probed for or not."""
    lang = job.workspace.run.lang
    first = epoch.losses[0] if epoch.losses else math.nan
    if not epoch.begins_from_nothing or epoch.steps < _FEW_STEPS or last is None:
        return Check(name="learned", passed=True, measured="-", wanted=say(lang, "debug.not_told"))
    bound = _LEARNED * first
    measured = say(lang, "debug.losses", first=f"{first:.4f}", last=f"{last:.4f}")
    return Check(name="learned", passed=last <= bound, measured=measured, wanted=f"<= {bound:.4f}")


def _loads(job: Job, folder: str) -> Check:
    """The checkpoint answers: it is read by the project's own way, and text comes out."""
    words = ["--checkpoint", folder, "--prompt", "a", "--max-new-tokens", "4", "--device", "cpu"]
    ran = job.workspace.restricted(job.venv, ["python", "scripts/generate.py", *words], job.limits)
    said = "" if ran.rc == 0 else "\n".join(ran.stderr.strip().splitlines()[-_TAIL:])
    return Check(name="loads", passed=ran.rc == 0, measured=said or "exit 0", wanted="exit 0")


def _unmet(job: Job, ran: Ran, check: Check) -> Failure:
    """A run that ends well and has not done its work has failed."""
    if check.name == "loads":
        return read_failure(replace(ran, rc=1, stderr=check.measured, stdout=""), job.workspace.files.root)
    lang = job.workspace.run.lang
    message = say(lang, f"debug.unmet_{check.name}", measured=check.measured, wanted=check.wanted)
    log = "\n".join(ran.stderr.strip().splitlines()[-_TAIL:])
    return Failure(
        command=list(ran.command), rc=1, ended="exit", error=f"check:{check.name}", message=message, frames=[], log=log
    )


def _taught(job: Job, seen: Seen) -> Seen:
    """Judged after the probes: those that fail say more about the cause."""
    failed = next((check for check in seen.checks if not check.passed), None)
    return replace(seen, failure=_unmet(job, seen.trained, failed)) if failed else seen


def _probed(job: Job, seen: Seen, known: Probed | None) -> Seen:
    """The probes; one that does not pass is a critical error like a crash."""
    if known is None:
        job.workspace.announce("debug.probing")
        known = job.probe(job.venv, job.words, job.limits)
    seen = replace(seen, depth="probes", ran=known.ran, probed=known)
    failed = next((one for one in known.findings if not one.passed), None)
    if failed:
        why = f"{failed.why} ({failed.measured}; {failed.limit})"
        return replace(seen, failure=failed_probe(known.receipt.command, failed.name, why))
    if known.ran.rc != 0 or not known.findings:
        return replace(seen, failure=read_failure(known.ran, job.workspace.files.root))
    return seen


def _tested(job: Job, seen: Seen, known: Suite | None) -> Seen:
    suite = known or run_fast(job)
    seen = replace(seen, depth="tests", ran=suite.ran, suite=suite)
    if suite.receipt.passed:
        return replace(seen, depth="passed")
    said = next(iter(suite.failed.values()), suite.ran.stderr or suite.ran.stdout)
    ran = replace(suite.ran, command=tuple(suite.receipt.command), stderr=said, stdout="", rc=suite.ran.rc or 1)
    return replace(seen, failure=read_failure(ran, job.workspace.files.root))
