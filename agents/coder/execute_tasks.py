"""Second step of build: task by task the rendered files come into the project, a commit each; then the proofs."""

from __future__ import annotations

from agents.coder.writing.extras import extras_for
from agents.coder.writing.judging import Gates
from agents.coder.writing.wishes import lacking
from agents.ops.verification import verification
from framework.artifacts.build import BuildLog, BuildTask, Clash, Extra, LogRow, TaskList
from framework.artifacts.receipts import CommandReceipt
from framework.engines.base import Engine
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace


def run(workspace: Workspace, engine: Engine) -> None:
    """Write PROJECT_BUILD_LOG.md, every row with the receipt of its proof."""
    todo = workspace.read(TaskList)
    rows, clashes = _make(workspace, todo.tasks)
    environment, extras = "", list[Extra]()
    if rows and not clashes:
        venv = verification(workspace, workspace.code())
        environment = venv.key
        rows = _proved(workspace, venv, todo.tasks, rows)
        if all(row.state == "done" for row in rows):
            rows, extras = _extended(workspace, engine, venv, todo.tasks, rows)
    workspace.write(
        BuildLog(
            project=todo.project,
            family=todo.family,
            refusal=todo.refusal,
            environment=environment,
            rows=rows,
            clashes=clashes,
            extras=extras,
        )
    )


def _proved(workspace: Workspace, venv: Venv, tasks: list[BuildTask], rows: list[LogRow]) -> list[LogRow]:
    workspace.announce("build.proving", tasks=len(rows))
    receipts = workspace.prove(venv, [task.proof for task in tasks])
    return [_proven(row, receipt) for row, receipt in zip(rows, receipts, strict=True)]


def _extended(
    workspace: Workspace, engine: Engine, venv: Venv, tasks: list[BuildTask], rows: list[LogRow]
) -> tuple[list[LogRow], list[Extra]]:
    """What a model writes for wishes that no template covers; a project with that is proven anew."""
    before = workspace.code().digest
    gates = Gates(workspace, venv, [task.proof for task in tasks])
    extras = extras_for(workspace, engine, lacking(workspace), gates)
    if workspace.code().digest != before:
        rows = _proved(workspace, venv, tasks, rows)
    return rows, extras


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
