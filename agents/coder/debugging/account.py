"""What happened, in the words of the report."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import unified_diff

from agents.coder.debugging.entries import fits
from agents.coder.debugging.failure import Failure
from agents.coder.debugging.matching import fitting
from agents.coder.debugging.playbook import Playbook
from agents.coder.debugging.scene import Proposal, Scene
from agents.coder.debugging.training import Seen
from framework.artifacts.bugfix import Execution, Outcome, Place, Problem, Setting, Try
from framework.artifacts.ledger import now
from framework.artifacts.receipts import CommandReceipt
from framework.runtime.codetree import CodeTree
from framework.runtime.restricted import Ran

_SHOWN, _WIDE = 20, 200  # lines of a diff, and characters of each


def execution(ran: Ran) -> Execution:
    """The run of a command."""
    return Execution(
        command=list(ran.command),
        rc=ran.rc,
        ended=ran.ended,
        seconds=ran.seconds,
        cpu_seconds=ran.cpu_seconds,
        peak_bytes=ran.peak_bytes,
    )


def problem(failure: Failure, ran: Ran) -> Problem:
    """A failure that is now being worked on."""
    where = failure.where
    return Problem(
        signature=failure.signature,
        found=now(),
        execution=execution(ran).model_copy(update={"command": failure.command}),
        error=failure.error,
        message=failure.message,
        log=failure.log,
        where=Place(file=where.file, line=where.line, function=where.function, code=where.code) if where else None,
        why="",
        state="open",
    )


def proven(problems: Sequence[Problem], seen: Seen) -> list[Problem]:
    """What was mended, with the last run of the command that had failed as its proof, once nothing fails any more."""
    if seen.failure is not None:
        return list(problems)
    ends = {"scripts/train.py": execution(seen.trained)}
    if seen.probed:
        ends["scripts/probe.py"] = _shown(seen.probed.ran, seen.probed.receipt)
    if seen.suite:
        ends["-m"] = _shown(seen.suite.ran, seen.suite.receipt)
    return [one.model_copy(update={"proof": ends.get(one.execution.command[1], one.proof)}) for one in problems]


def _shown(ran: Ran, receipt: CommandReceipt) -> Execution:
    """Under the command that a person can type."""
    return execution(ran).model_copy(update={"command": receipt.command})


def reason(scene: Scene, playbook: Playbook) -> tuple[str, bool]:
    """What the playbook knows of the failure, with its advice to a person, and whether that is a guess."""
    entry = next(fitting(scene, playbook), None)
    if entry is None:
        return "", False
    groups = fits(scene, entry) or {}
    said = " ".join(getattr(one, scene.lang) for one in (entry.why, entry.advice) if one)
    return re.sub(r"\{(\w+)\}", lambda place: groups.get(place[1], place[0]), said), entry.guess


def attempt(proposal: Proposal, diff: str, outcome: Outcome, **more: object) -> Try:
    """A proposal and what became of it."""
    settings = [Setting(file=one.file, key=one.key, old=one.old, new=one.new) for one in proposal.settings]
    told = Try(
        entry=proposal.entry,
        kind=proposal.kind,
        title=proposal.title,
        why=proposal.why,
        guess=proposal.guess,
        diff=diff,
        settings=settings,
        again=proposal.again,
        requirement=proposal.requirement,
        outcome=outcome,
    )
    return told.model_copy(update=more)


def diff_of(tree: CodeTree, texts: Mapping[str, str]) -> str:
    """What new texts would change. A file that is no text is shown as if it were empty."""
    parts: list[str] = []
    for name, text in sorted(texts.items()):
        old = tree.texts.get(name, "").splitlines()
        parts += unified_diff(old, text.splitlines(), f"a/{name}", f"b/{name}", lineterm="")
    return "\n".join(parts)


def shortened(diff: str) -> str:
    """As much of a diff as a person reads while it runs; the report has all of it."""
    lines = [line[:_WIDE] for line in diff.splitlines()]
    return "\n".join(lines if len(lines) <= _SHOWN else [*lines[: _SHOWN - 1], f"... (+{len(lines) - _SHOWN + 1})"])
