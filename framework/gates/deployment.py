"""The gate of deploy_report.md (W-D3): it runs, it works, it answers as the model does, and it keeps the SLA."""

from __future__ import annotations

from collections.abc import Iterator

from framework.artifacts.base import sha256
from framework.artifacts.deployment import LOCAL, SMOKE, Deployment, SlaRow
from framework.artifacts.files import ProjectFiles, read_text
from framework.artifacts.records import Finding, Severity, Verdict
from framework.messages import say

_BREAKS_OUT = ("privileged", "socket", "shares", "binding")


def judge(files: ProjectFiles) -> Verdict:
    """Whether the service can be relied upon."""
    deployment = files.read_artifact(Deployment)
    if deployment.outcome == "failed":
        return Verdict(findings=[_failed(deployment)])
    found = [
        _files(files, deployment),
        _openings(deployment),
        _smoke(deployment),
        _receipts(deployment),
        _answers(deployment),
    ]
    return Verdict(findings=[one for part in (*found, _levels(deployment), _sla(deployment)) for one in part])


def _finding(
    deployment: Deployment, where: str, key: str, /, severity: Severity = "error", **fields: object
) -> Finding:
    message = say(deployment.language, f"deploy.gate_{key}", **fields)
    return Finding(severity=severity, where=where, message=message)


def _failed(deployment: Deployment) -> Finding:
    trouble = deployment.trouble
    what = say(deployment.language, f"deploy.short_{trouble.trouble}") if trouble else ""
    return _finding(deployment, "outcome", "failed", what=what, report=deployment.error_report)


def _files(files: ProjectFiles, deployment: Deployment) -> Iterator[Finding]:
    """What was started is what stands there."""
    for file in deployment.files:
        path = files.root / file.path
        if not path.is_file() or sha256(read_text(path)) != file.sha256:
            yield _finding(deployment, file.path, "changed", file=file.path)
    if deployment.service.address != LOCAL:
        yield _finding(deployment, "service.address", "open", "warning", address=deployment.service.address)


def _openings(deployment: Deployment) -> Iterator[Finding]:
    """Whoever breaks out of it, or reaches it from elsewhere, must have been let in by the settings."""
    for opening in deployment.service.openings:
        severity: Severity = "error" if opening.kind in _BREAKS_OUT else "warning"
        message = say(deployment.language, f"deploy.opening_{opening.kind}", detail=opening.detail)
        yield Finding(severity=severity, where=f"service {opening.kind}", message=message)


def _smoke(deployment: Deployment) -> Iterator[Finding]:
    asked = {one.name: one for one in deployment.smoke}
    for name in (*SMOKE, *(["key"] if deployment.service.keyed else [])):
        one = asked.get(name)
        if one is None or one.state == "failed":
            yield _finding(deployment, f"smoke {name}", "smoke", name=name, seen=one.seen if one else "-")


def _receipts(deployment: Deployment) -> Iterator[Finding]:
    """The programs that asked have all ended well: their numbers are numbers of a working service."""
    for receipt in deployment.receipts:
        if not receipt.passed:
            command = " ".join(receipt.command)
            yield _finding(deployment, "receipts", "receipt", command=command, proved=receipt.proved)


def _answers(deployment: Deployment) -> Iterator[Finding]:
    found = deployment.answers
    if found is None:
        yield _finding(deployment, "answers", "no_answers")
    elif found.share < deployment.equal_answers:
        least = f"{deployment.equal_answers:.0%}"
        yield _finding(deployment, "answers", "answers", equal=found.equal, prompts=found.prompts, least=least)


def _levels(deployment: Deployment) -> Iterator[Finding]:
    """Every load was measured; requests that fail are no rate to be proud of."""
    measured = {level.clients: level for level in deployment.levels}
    for clients in deployment.clients:
        level = measured.get(clients)
        if level is None:
            yield _finding(deployment, f"levels {clients}", "no_level", clients=clients)
        elif level.errors:
            told = ", ".join(f"{count} x {what}" for what, count in level.errors.items())
            yield _finding(deployment, f"levels {clients}", "errors", clients=clients, told=told)


def _sla(deployment: Deployment) -> Iterator[Finding]:
    for row in deployment.sla:
        if row.kept is None:
            yield _promise(deployment, row, "sla_unproven", "warning")
        elif not row.kept:
            yield _promise(deployment, row, "sla", "error")


def _promise(deployment: Deployment, row: SlaRow, key: str, severity: Severity) -> Finding:
    fields = row.model_dump(exclude={"kept"})
    return Finding(severity=severity, where=row.slot, message=say(deployment.language, f"deploy.gate_{key}", **fields))
