"""The build's proofs once more, where the project is no longer the one that they were made of."""

from __future__ import annotations

from agents.reviewer.subject import Subject
from framework.artifacts.build import BuildTask
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.review import PROOFS, CheckRun, ReviewFinding
from framework.messages import say
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace


def prove_again(workspace: Workspace, subject: Subject, venv: Venv) -> tuple[CheckRun, list[ReviewFinding]]:
    """A finding for each proof that no longer holds. An unchanged project is still proven by the build's receipts."""
    log, todo = subject.log, subject.tasks
    tasks = todo.tasks if todo else []
    found: list[ReviewFinding] = []
    if log is None or subject.tree.digest != log.tree:
        workspace.announce("build.proving", tasks=len(tasks))
        with workspace.scratch() as copy:
            receipts = copy.prove(venv, [task.proof for task in tasks])
        found = [_finding(subject, *pair) for pair in zip(tasks, receipts, strict=True) if not pair[1].passed]
    return CheckRun(name=PROOFS, looked_at=len(tasks), findings=len(found)), found


def _finding(subject: Subject, task: BuildTask, receipt: CommandReceipt) -> ReviewFinding:
    command = " ".join(receipt.command)
    return ReviewFinding(
        check=PROOFS,
        severity="error",
        file=next(part for part in receipt.command if part.startswith("tests/")),
        line=None,
        evidence=say(subject.lang, "build.found_broken", task=task.title, proved=receipt.proved, tail=receipt.tail),
        remedy=say(subject.lang, "build.remedy_broken", command=command),
    )
