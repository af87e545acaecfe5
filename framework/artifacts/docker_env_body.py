"""docker_env_report.md for people: the engine, what was tried on it, and what it lacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from framework.artifacts.markdown import table, text
from framework.messages import say

if TYPE_CHECKING:
    from framework.artifacts.docker_env import DockerEnv, Found

_GIB = 1 << 30


def render(check: DockerEnv) -> str:
    """The whole report."""
    title = f"# {text(_say(check, 'title', title=check.project.title))}"
    if check.found is None:
        return f"{title}\n\n{_say(check, 'result_open')}"
    return "\n\n".join([title, *_parts(check, check.found)])


def headline(check: DockerEnv) -> str:
    """Its result in one line."""
    if check.found is None:
        return ""
    gpu = _say(check, f"gpu_{check.found.gpu.state}")
    versions = {"docker": check.docker_version, "compose": check.compose_version}
    return _say(check, "headline", node=check.found.engine.node, gpu=gpu, **versions)


def _say(check: DockerEnv, key: str, **fields: object) -> str:
    return say(check.language, f"docker_env.{key}", **fields)


def _heads(check: DockerEnv, *keys: str) -> list[str]:
    return [_say(check, f"head_{key}") for key in keys]


def _parts(check: DockerEnv, found: Found) -> Iterator[str]:
    yield headline(check)
    yield table(_heads(check, "what", "value"), _rows(check, _engine(check, found)))
    yield f"## {_say(check, 'section_tried')}"
    yield _say(check, "tried")
    yield table(_heads(check, "what", "value"), _rows(check, _tried(check, found)))
    if check.installed:
        yield f"## {_say(check, 'section_installed')}"
        rows = [[f"`{' '.join(one.command)}`", str(one.rc), f"{one.seconds:.0f}"] for one in check.installed]
        yield table(_heads(check, "command", "rc", "seconds"), rows)


def _rows(check: DockerEnv, rows: dict[str, str]) -> Iterator[list[str]]:
    for key, value in rows.items():
        yield [_say(check, f"row_{key}"), text(value)]


def _engine(check: DockerEnv, found: Found) -> dict[str, str]:
    it = found.engine
    place = "node_remote" if it.remote else "node_local"
    missing = _say(check, "missing")
    return {
        "docker_version": _say(check, "at_least", here=it.server_version, oldest=check.needs.oldest),
        "compose_version": _say(check, "at_least", here=it.compose_version, oldest=check.needs.oldest_compose),
        "compose": " ".join(it.compose),
        "builder": _say(check, "builder", client=it.client_version or missing, buildx=it.buildx_version or missing),
        "node": _say(check, place, node=it.node, os=it.os, architecture=it.architecture),
        "endpoint": _say(check, "named_by", endpoint=it.endpoint, source=it.source),
        "machine": _say(check, "machine", cpus=it.cpus, memory=f"{it.memory_bytes / _GIB:.1f}"),
        "storage": f"{it.storage_driver}, {it.root}",
        "runtimes": ", ".join(it.runtimes),
    }


def _tried(check: DockerEnv, found: Found) -> dict[str, str]:
    base, gpu = found.base, found.gpu
    free = "?" if found.disk.free_gb is None else f"{found.disk.free_gb:g}"
    how = _say(check, f"disk_{found.disk.how}")
    own = _say(check, f"authorities_{found.authorities.state}", bundle=found.authorities.bundle or "-")
    here = base.here or _say(check, "missing")
    return {
        "gpu_passthrough": "; ".join([_say(check, f"gpu_{gpu.state}"), *gpu.cards, *([gpu.why] if gpu.why else [])]),
        "disk": _say(check, "disk", free=free, needed=f"{check.needs.disk_gb:g}", how=how),
        "base": f"{base.reference}: {here}",
        "registry": base.digest or _say(check, "registry_silent", why=base.why),
        "authorities": "; ".join([own, *([found.authorities.why] if found.authorities.why else [])]),
        "proxy": _say(check, "proxied" if found.engine.proxied else "direct"),
    }
