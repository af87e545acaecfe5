"""A container for one command: as little as it needs, and gone afterwards however it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from framework.runtime.docker.connection import Refused, answering
from framework.runtime.docker.endpoint import Endpoint
from framework.runtime.docker.facts import Mount, Ran

_MIB = 1 << 20


@dataclass(frozen=True)
class Bounds:
    """What a container may take, and what is closed to it."""

    memory_bytes: int = 2 << 30
    cpus: float = 0  # 0: as many as there are
    pids: int = 256
    tmpfs_mb: int = 64
    read_only: bool = True
    network: str = "none"
    gpus: bool = False
    mounts: Sequence[Mount] = ()
    timeout_s: float = 120
    user: str = ""  # empty: the image's
    environment: Mapping[str, str] = field(default_factory=dict)


def run(
    api: Any, endpoint: Endpoint, image: str, command: Sequence[str], bounds: Bounds, labels: Mapping[str, str]
) -> Ran:
    """Run a command in a new container to its end."""
    with answering(endpoint, begun=True):
        made = api.create_container(
            image,
            entrypoint=list(command[:1]),
            command=list(command[1:]),
            user=bounds.user or None,
            environment=dict(bounds.environment),
            labels=dict(labels),
            healthcheck={"test": ["NONE"]},
            host_config=api.create_host_config(**_host(bounds)),
        )["Id"]
    try:
        with answering(endpoint, begun=True):
            api.start(made)
            timed_out = not _ended(api, made, bounds.timeout_s)
            output = api.logs(made).decode("utf-8", "replace")
            state = api.inspect_container(made)["State"]
        return Ran(int(state["ExitCode"]), output, bool(state.get("OOMKilled")), timed_out)
    finally:
        with suppress(Refused), answering(endpoint, begun=True):
            api.remove_container(made, force=True, v=True)


def _host(bounds: Bounds) -> dict[str, Any]:
    from docker.types import DeviceRequest  # type: ignore[import-untyped]

    return {
        "mem_limit": bounds.memory_bytes,
        "memswap_limit": bounds.memory_bytes,
        "nano_cpus": int(bounds.cpus * 1e9) or None,
        "pids_limit": bounds.pids,
        "read_only": bounds.read_only,
        "tmpfs": {"/tmp": f"size={bounds.tmpfs_mb * _MIB},mode=1777"},  # noqa: S108 - the container's own
        "network_mode": bounds.network,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "init": True,
        "device_requests": [DeviceRequest(count=-1, capabilities=[["gpu"]])] if bounds.gpus else None,
        "binds": {str(one.source): {"bind": one.target, "mode": _mode(one)} for one in bounds.mounts},
    }


def _mode(mount: Mount) -> str:
    return "ro" if mount.read_only else "rw"


def _ended(api: Any, container: str, seconds: float) -> bool:
    """Wait for the end; what takes too long is killed."""
    from requests.exceptions import ConnectionError as Broken
    from requests.exceptions import Timeout

    try:
        api.wait(container, timeout=seconds)
    except (Timeout, Broken):
        # A time limit amid an answer looks like a broken connection; an engine that is gone shows itself now.
        if api.inspect_container(container)["State"]["Running"]:
            api.kill(container)
            api.wait(container)
            return False
    return True
