"""Second step of build: task by task the rendered files come into the project, a commit each; then the proofs."""

from __future__ import annotations

from agents.ops.verification import verification
from framework.artifacts.build import BuildLog, BuildTask, Clash, LogRow, TaskList
from framework.artifacts.receipts import CommandReceipt
from framework.engines.base import Engine
from framework.runtime.workspace import Workspace


def run(workspace: Workspace, engine: Engine) -> None:
    """Write PROJECT_BUILD_LOG.md, every row with the receipt of its proof."""
    todo = workspace.read(TaskList)
    rows, clashes = _make(workspace, todo.tasks)
    environment = ""
    if rows and not clashes:
        venv = verification(workspace, workspace.code())
        environment = venv.key
        workspace.announce("build.proving", tasks=len(rows))
        receipts = workspace.prove(venv, [task.proof for task in todo.tasks])
        rows = [_proven(row, receipt) for row, receipt in zip(rows, receipts, strict=True)]
    workspace.write(
        BuildLog(
            project=todo.project,
            family=todo.family,
            refusal=todo.refusal,
            environment=environment,
            rows=rows,
            clashes=clashes,
        )
    )


def _make(workspace: Workspace, tasks: list[BuildTask]) -> tuple[list[LogRow], list[Clash]]:
    rows: list[LogRow] = []
    if not tasks:
        return [], []
    hashes = workspace.rendered()
    clashes = list(workspace.prune(hashes, "build: files that the project has no more").clashes)
    for number, task in enumerate(tasks, 1):
        workspace.announce("build.task", number=number, total=len(tasks), title=task.title)
        merged = workspace.merge(task.files, f"build: {task.id}")
        clashes += merged.clashes
        files = {path: hashes[path] for path in task.files}
        rows.append(
            LogRow(task=task.id, title=task.title, state="unverified", files=files, commit=merged.commit, done=None)
        )
    return rows, clashes


def _proven(row: LogRow, receipt: CommandReceipt) -> LogRow:
    return row.model_copy(update={"done": receipt, "state": "done" if receipt.passed else "failed"})
