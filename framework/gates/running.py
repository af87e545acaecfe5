"""The gate of docker_running_report.md (W-D4): it is watched, an alarm comes, and every requirement was walked."""

from __future__ import annotations

from collections.abc import Iterator

from framework.artifacts.base import sha256
from framework.artifacts.files import ProjectFiles, read_text
from framework.artifacts.records import Finding, Severity, Verdict
from framework.artifacts.requirements import Requirements
from framework.artifacts.running import Running
from framework.messages import say

BEGIN, END = "<!-- running:begin -->", "<!-- running:end -->"


def judge(files: ProjectFiles) -> Verdict:
    """Whether what runs is known, and what is known is told."""
    running = files.read_artifact(Running)
    parts = (
        _files(files, running),
        _tried(running),
        _dashboard(running),
        _drill(running),
        _walked(files.read_artifact(Requirements), running),
        _readme(files, running),
    )
    return Verdict(findings=[finding for part in parts for finding in part])


def _finding(running: Running, where: str, key: str, severity: Severity = "error", **fields: object) -> Finding:
    message = say(running.language, f"monitor.gate_{key}", **fields)
    return Finding(severity=severity, where=where, message=message)


def _files(files: ProjectFiles, running: Running) -> Iterator[Finding]:
    for file in running.files:
        path = files.root / file.path
        if not path.is_file() or sha256(read_text(path)) != file.sha256:
            yield _finding(running, file.path, "changed", file=file.path)


def _tried(running: Running) -> Iterator[Finding]:
    """What was tried works; what could not be tried is told, and is no success."""
    for receipt in running.receipts:
        if receipt.rc not in (0, 1):  # 1: one of the checks below has failed
            yield _finding(running, "receipts", "receipt", command=" ".join(receipt.command), proved=receipt.proved)
    for check in running.seen.checks:
        if check.state == "failed":
            yield _finding(running, check.name, "failed", name=check.name, detail=check.detail)
        elif check.state == "unverified":
            yield _finding(running, check.name, "unverified", "warning", name=check.name, why=check.detail)


def _dashboard(running: Running) -> Iterator[Finding]:
    for query in running.seen.queries:
        if query.state != "passed":
            yield _finding(running, "dashboard", "no_data", panel=query.panel, query=query.expr)


def _drill(running: Running) -> Iterator[Finding]:
    """Where there was a Prometheus, one alert came and went."""
    untried = any(check.name == "live" for check in running.seen.unverified)
    drill = running.seen.drill
    if not untried and not (drill and drill.complete):
        yield _finding(running, "drill", "drill")


def _walked(wanted: Requirements, running: Running) -> Iterator[Finding]:
    seen = {(row.slot, row.value) for row in running.walked}
    for item in wanted.items:
        for value in item.value if isinstance(item.value, list) else [str(item.value)]:
            if (item.slot, value) not in seen:
                yield _finding(running, item.slot, "not_walked", slot=item.slot, value=value)
    for row in running.walked:
        if not row.evidence.strip():
            yield _finding(running, row.slot, "no_evidence", slot=row.slot, value=row.value)
        if row.state == "unmet":
            yield _finding(running, row.slot, "unmet", "warning", slot=row.slot, value=row.value, why=row.evidence)


def _readme(files: ProjectFiles, running: Running) -> Iterator[Finding]:
    """The README says it too."""
    path = files.root / "README.md"
    readme = read_text(path) if path.is_file() else ""
    if BEGIN not in readme or END not in readme:
        yield _finding(running, "README.md", "readme", begin=BEGIN)
