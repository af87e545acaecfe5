"""Third step of build: every proof again, in a scratch copy; then the trace, and the README from what was verified."""

from __future__ import annotations

from agents.coder.scratch.case import Covered
from agents.coder.scratch.fill import Filled, fill
from agents.ops.verification import verification
from agents.planner.readme import finished
from framework.artifacts.build import BuildLog, BuildTask, LogRow, TaskList, Trace, TraceRow
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.requirements import Item, Requirements
from framework.artifacts.tech import Tech, Unmet
from framework.engines.base import Engine
from framework.messages import say
from framework.runtime.workspace import Workspace


def run(workspace: Workspace, engine: Engine) -> None:
    """Complete PROJECT_BUILD_LOG.md, write trace.md, finish the README."""
    todo, log = workspace.read(TaskList), workspace.read(BuildLog)
    wanted, tech = workspace.read(Requirements), workspace.read(Tech)
    filled = fill(wanted, tech, workspace.user_data(), workspace.run.request) if todo.family else None
    if log.environment:
        log = log.model_copy(update={"rows": _verified(workspace, todo, log)})
    log = log.model_copy(update={"unmet": _unmet(tech, filled)})
    trace = Trace(project=log.project, rows=[_trace_row(item, todo, log, filled) for item in wanted.items])
    if log.environment:
        readmes = {name: text for name, text in workspace.code().texts.items() if name.startswith("README")}
        workspace.put(finished(readmes, log), "build: README from what was verified")
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


def _trace_row(item: Item, todo: TaskList, log: BuildLog, filled: Filled | None) -> TraceRow:
    unmet = {unmet.slot: unmet.why for unmet in log.unmet}
    covered = _covered(item, filled)
    files = covered.files if covered else []
    tasks = [task for task in todo.tasks if set(task.files) & set(files)]
    return TraceRow(
        slot=item.slot,
        value=", ".join(item.value) if isinstance(item.value, list) else str(item.value),
        provenance=item.provenance,
        how=covered.how if covered else unmet.get(item.slot, say(log.language, "build.trace_nothing")),
        tasks=[task.id for task in tasks],
        files=files,
        tests=sorted({part for task in tasks for part in task.proof if part.startswith("tests")}),
        evidence=_evidence(item, tasks, log, is_covered=covered is not None),
    )


def _covered(item: Item, filled: Filled | None) -> Covered | None:
    mine = [one for one in filled.covered if one.slot == item.slot] if filled else []
    exact = [one for one in mine if one.value == str(item.value)]
    return next(iter(exact or mine), None)


def _evidence(item: Item, tasks: list[BuildTask], log: BuildLog, *, is_covered: bool) -> str:
    if not is_covered:
        return "unmet"
    states = {row.state for row in log.rows if row.task in {task.id for task in tasks}}
    if "failed" in states:
        return "failed"
    return "verified" if states == {"verified"} else "unverified"
