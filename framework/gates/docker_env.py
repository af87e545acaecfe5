"""The gate of docker_env_report.md (W-D1): the engine meets what DOCKER_CONFIG.md and the device ask of it."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from framework.artifacts.docker_env import DockerEnv, Found
from framework.artifacts.env_check import EnvCheck
from framework.artifacts.files import ProjectFiles
from framework.artifacts.records import Finding, Severity, Verdict
from framework.messages import say


def judge(files: ProjectFiles) -> Verdict:
    """Whether images can be built and run there."""
    check = files.read_artifact(DockerEnv)
    waiting = [_finding(check, "error", one.id, "open", question=one.id) for one in check.open_questions()]
    return Verdict(findings=waiting or [*_findings(files, check)])


def _finding(check: DockerEnv, severity: Severity, where: str, key: str, **fields: object) -> Finding:
    return Finding(severity=severity, where=where, message=say(check.language, f"docker_env.gate_{key}", **fields))


def _findings(files: ProjectFiles, check: DockerEnv) -> Iterator[Finding]:
    if check.found is None:
        yield _finding(check, "error", "found", "empty")
        return
    device = files.read_artifact(EnvCheck).device or "cpu"
    if device != check.device:
        yield _finding(check, "error", "device", "device", here=check.device, there=device)
    yield from _receipts(check)
    yield from _engine(check, check.found)
    yield from _disk(check, check.found)
    yield from _gpu(check, check.found)
    yield from _network(check, check.found)


def _receipts(check: DockerEnv) -> Iterator[Finding]:
    for one in check.installed:
        if not one.passed:
            yield _finding(check, "error", "installed", "failed", command=" ".join(one.command), rc=one.rc)


def _engine(check: DockerEnv, found: Found) -> Iterator[Finding]:
    told = {
        "docker_version": (check.docker_version, found.engine.server_version),
        "compose_version": (check.compose_version, found.engine.compose_version),
    }
    for row, (said, seen) in told.items():
        if not said or said != seen:
            yield _finding(check, "error", row, "row", row=row)
    if check.gpu_passthrough != (found.gpu.state == "works"):
        yield _finding(check, "error", "gpu_passthrough", "row", row="gpu_passthrough")
    if not found.engine.buildkit:
        yield _finding(check, "error", "engine.buildkit", "no_buildkit")
    if _is_older(found.engine.server_version, check.needs.oldest):
        fields = {"here": found.engine.server_version, "oldest": check.needs.oldest}
        yield _finding(check, "error", "docker_version", "old", **fields)
    if _is_older(found.engine.compose_version, check.needs.oldest_compose):
        fields = {"here": found.engine.compose_version, "oldest": check.needs.oldest_compose}
        yield _finding(check, "error", "compose_version", "old_compose", **fields)


def _is_older(version: str, oldest: str) -> bool:
    """Compared as far as the rule goes: 20.10.24+dfsg1 is no older than 20.10. A version nobody can read is too old."""
    try:
        return Version(version.partition("-")[0]) < Version(oldest)
    except InvalidVersion:
        return True


def _disk(check: DockerEnv, found: Found) -> Iterator[Finding]:
    if found.disk.free_gb is None:
        yield _finding(check, "warning", "disk", "disk_unknown", needed=f"{check.needs.disk_gb:g}")
    elif found.disk.free_gb < check.needs.disk_gb:
        fields = {"free": f"{found.disk.free_gb:g}", "needed": f"{check.needs.disk_gb:g}", "root": found.engine.root}
        yield _finding(check, "error", "disk", "disk", **fields)


def _gpu(check: DockerEnv, found: Found) -> Iterator[Finding]:
    if check.needs.gpu and found.gpu.state != "works":
        severity: Severity = "error" if found.gpu.state == "refused" else "warning"
        yield _finding(check, severity, "gpu", f"gpu_{found.gpu.state}", why=found.gpu.why)


def _network(check: DockerEnv, found: Found) -> Iterator[Finding]:
    """A silent registry is no harm where the image is there already."""
    base = found.base
    if base.registry == "silent":
        severity: Severity = "warning" if base.here else "error"
        key = "registry" if base.here else "base"
        yield _finding(check, severity, "base", key, reference=base.reference, why=base.why)
    if found.authorities.state == "own" and not found.authorities.bundle:
        yield _finding(check, "warning", "authorities", "bundle")
