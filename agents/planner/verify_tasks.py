"""Third step of build: every proof again, in a scratch copy; then the trace, and the README from what was verified."""

from __future__ import annotations

from agents.coder.scratch.fill import Filled, fill
from agents.coder.writing.extras import told
from agents.ops.verification import verification
from agents.planner.family import with_family
from agents.planner.readme import finished
from agents.planner.tracing import trace_of
from agents.reviewer.subject import reviewed
from framework.artifacts.build import BuildLog, LogRow, TaskList
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.requirements import Requirements
from framework.artifacts.tech import Tech, Unmet
from framework.engines.base import Engine
from framework.runtime.workspace import Workspace


def run(workspace: Workspace, engine: Engine) -> None:
    """Complete PROJECT_BUILD_LOG.md, write trace.md, finish the README."""
    todo, log = workspace.read(TaskList), workspace.read(BuildLog)
    wanted, tech = workspace.read(Requirements), workspace.read(Tech)
    chosen = with_family(wanted, tech)
    filled = fill(wanted, chosen, workspace.user_data(), workspace.run.request) if chosen else None
    if log.environment:
        log = log.model_copy(update={"rows": _verified(workspace, todo, log)})
    log = log.model_copy(update={"unmet": told(_unmet(tech, filled), log.extras, log.language)})
    trace = trace_of(wanted, todo, log, filled)
    if log.environment:
        readmes = {name: text for name, text in workspace.code().texts.items() if name.startswith("README")}
        workspace.put(finished(readmes, log), "build: README from what was verified")
        log = log.model_copy(update={"tree": reviewed(workspace.code()).digest})
    workspace.write(trace)
    workspace.write(log)


def _verified(workspace: Workspace, todo: TaskList, log: BuildLog) -> list[LogRow]:
    workspace.announce("build.verifying", tasks=len(log.rows))
    venv = verification(workspace, workspace.code())
    with workspace.scratch() as copy:
        receipts = copy.prove(venv, [task.proof for task in todo.tasks])
    return [_judged(row, receipt) for row, receipt in zip(log.rows, receipts, strict=True)]


def _judged(row: LogRow, receipt: CommandReceipt) -> LogRow:
    row = row.model_copy(update={"verified": receipt})
    return row.model_copy(update={"state": "verified" if row.is_proven else "failed"})


def _unmet(tech: Tech, filled: Filled | None) -> list[Unmet]:
    """What the technology could not grant, and what the templates do not have."""
    return filled.unmet if filled else tech.unmet
