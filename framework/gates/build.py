"""The gate of PROJECT_BUILD_LOG.md (W-F3): every task made its files, and its proof passed twice and alike."""

from __future__ import annotations

from collections.abc import Iterator

from framework.artifacts.build import BuildLog, LogRow, NoFamily, TaskList, Trace
from framework.artifacts.files import ProjectFiles
from framework.artifacts.records import Finding, Verdict
from framework.artifacts.requirements import Requirements
from framework.messages import say

# Without these nothing can be trained, nor asked.
SCRIPTS = ("main.py", "scripts/train.py", "scripts/generate.py")


def judge(files: ProjectFiles) -> Verdict:
    """Whether the project is there, whole, and proven."""
    log = files.read_artifact(BuildLog)
    if log.refusal:
        return Verdict(findings=[_refused(log, log.refusal)])
    todo, trace = files.read_artifact(TaskList), files.read_artifact(Trace)
    findings = [
        *_clashes(log),
        *_rows(log, todo, files),
        *_scripts(log, files),
        *_traced(log, trace, files.read_artifact(Requirements)),
    ]
    return Verdict(findings=findings)


def _error(log: BuildLog, where: str, key: str, **fields: object) -> Finding:
    return Finding(severity="error", where=where, message=say(log.language, f"build.gate_{key}", **fields))


def _refused(log: BuildLog, refusal: NoFamily) -> Finding:
    instead = "; ".join(refusal.instead)
    return _error(log, "family", "no_family", wanted=refusal.wanted, why=refusal.why, instead=instead)


def _clashes(log: BuildLog) -> Iterator[Finding]:
    for clash in log.clashes:
        yield _error(log, clash.path, "clash", path=clash.path, name=log.project.name)


def _rows(log: BuildLog, todo: TaskList, files: ProjectFiles) -> Iterator[Finding]:
    rows = {row.task: row for row in log.rows}
    told: dict[str, str] = {}
    if not todo.tasks:
        yield _error(log, "tasks", "no_tasks")
    for task in todo.tasks:
        row = rows.get(task.id)
        if row is None:
            yield _error(log, task.id, "no_row", task=task.id)
            continue
        if gone := sorted(path for path in task.files if not (files.root / path).is_file()):
            yield _error(log, task.id, "gone", task=task.id, files=", ".join(gone[:5]), count=len(gone))
        if not log.clashes:
            yield from _proof(log, row, told)


def _proof(log: BuildLog, row: LogRow, told: dict[str, str]) -> Iterator[Finding]:
    """The receipts are judged, not the word that stands beside them. One cause of many failures is told once."""
    if row.done is None or row.verified is None:
        yield _error(log, row.task, "unverified", task=row.task)
        return
    for receipt in (row.done, row.verified):
        if not receipt.passed:
            command = " ".join(receipt.command)
            first = told.setdefault(receipt.tail, row.task)
            tail = receipt.tail if first == row.task else say(log.language, "build.gate_same", task=first)
            yield _error(log, row.task, "failed", command=command, proved=receipt.proved, tail=tail)
            return
    if not row.is_proven or row.state != "verified":
        yield _error(log, row.task, "unlike", task=row.task, done=row.done.proved, verified=row.verified.proved)


def _scripts(log: BuildLog, files: ProjectFiles) -> Iterator[Finding]:
    for script in SCRIPTS:
        if not (files.root / script).is_file():
            yield _error(log, script, "no_script", script=script)


def _traced(log: BuildLog, trace: Trace, wanted: Requirements) -> Iterator[Finding]:
    """Every requirement is served by something verified, or stands among what is unmet."""
    traced = {row.slot for row in trace.rows}
    unmet = {one.slot for one in log.unmet}
    lost = {row.slot for row in trace.rows if row.evidence == "unmet"} - unmet
    for slot in dict.fromkeys(item.slot for item in wanted.items):
        if slot not in traced or slot in lost:
            yield _error(log, slot, "untraced", slot=slot)
