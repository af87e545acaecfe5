"""The engine's answers, parsed: what it says of an image, of containers, and of what they take."""

from __future__ import annotations

from typing import Any

from pydantic import AliasPath, BaseModel, Field, field_validator

from framework.artifacts.deployment import LOCAL
from framework.runtime.docker.facts import ContainerFacts, ImageFacts, Layer, Openness, Usage

_NANO = 1e9
_CLOSED = {"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"}


class _Config(BaseModel):
    labels: dict[str, str] | None = Field(default=None, alias="Labels")
    user: str = Field(default="", alias="User")
    environment: list[str] | None = Field(default=None, alias="Env")
    image: str = Field(default="", alias="Image")


class _Image(BaseModel):
    id: str = Field(alias="Id")
    digests: list[str] | None = Field(default=None, alias="RepoDigests")
    tags: list[str] | None = Field(default=None, alias="RepoTags")
    created: str = Field(default="", alias="Created")
    size: int = Field(alias="Size")
    config: _Config = Field(default_factory=_Config, alias="Config")
    architecture: str = Field(default="", alias="Architecture")

    @field_validator("config", mode="before")
    @classmethod
    def _none_is_empty(cls, value: object) -> object:
        return value or {}


class _Step(BaseModel):
    size: int = Field(alias="Size")
    created_by: str = Field(default="", alias="CreatedBy")


class _Health(BaseModel):
    status: str = Field(default="", alias="Status")


class _State(BaseModel):
    status: str = Field(alias="Status")
    exit_code: int = Field(default=0, alias="ExitCode")
    oom_killed: bool = Field(default=False, alias="OOMKilled")
    error: str = Field(default="", alias="Error")
    health: _Health | None = Field(default=None, alias="Health")


class _Binding(BaseModel):
    ip: str = Field(default="", alias="HostIp")
    port: str = Field(default="", alias="HostPort")


class _Mount(BaseModel):
    kind: str = Field(default="", alias="Type")
    source: str = Field(default="", alias="Source")
    target: str = Field(default="", alias="Destination")
    writable: bool = Field(default=False, alias="RW")


class _Host(BaseModel):
    privileged: bool = Field(default=False, alias="Privileged")
    dropped: list[str] | None = Field(default=None, alias="CapDrop")
    added: list[str] | None = Field(default=None, alias="CapAdd")
    security: list[str] | None = Field(default=None, alias="SecurityOpt")
    read_only: bool = Field(default=False, alias="ReadonlyRootfs")
    network: str = Field(default="", alias="NetworkMode")
    pids: str = Field(default="", alias="PidMode")
    ipc: str = Field(default="", alias="IpcMode")


class _Container(BaseModel):
    id: str = Field(alias="Id")
    name: str = Field(alias="Name")
    image_id: str = Field(alias="Image")
    state: _State = Field(alias="State")
    config: _Config = Field(alias="Config")
    restarts: int = Field(default=0, alias="RestartCount")
    host: _Host = Field(default_factory=_Host, alias="HostConfig")
    mounts: list[_Mount] = Field(default_factory=list, alias="Mounts")
    ports: dict[str, list[_Binding] | None] | None = Field(
        default=None, validation_alias=AliasPath("NetworkSettings", "Ports")
    )


class _Memory(BaseModel):
    usage: int = 0
    limit: int = 0
    stats: dict[str, int] = Field(default_factory=dict)


class _Processor(BaseModel):
    total: int = Field(default=0, validation_alias=AliasPath("cpu_usage", "total_usage"))


class _Pids(BaseModel):
    current: int = 0


class _Stats(BaseModel):
    memory: _Memory = Field(default_factory=_Memory, alias="memory_stats")
    cpu: _Processor = Field(default_factory=_Processor, alias="cpu_stats")
    pids: _Pids = Field(default_factory=_Pids, alias="pids_stats")


def image(said: Any, history: Any) -> ImageFacts:
    """An image, with its layers in the order in which they were made."""
    found = _Image.model_validate(said)
    steps = [_Step.model_validate(step) for step in reversed(history)]
    digests = [name.rpartition("@")[2] for name in found.digests or []]
    return ImageFacts(
        id=found.id,
        digest=digests[0] if digests else "",
        tags=tuple(found.tags or ()),
        created=found.created,
        size=found.size,
        layers=tuple(Layer(size=step.size, created_by=step.created_by) for step in steps),
        labels=found.config.labels or {},
        user=found.config.user,
        environment=tuple(found.config.environment or ()),
        architecture=found.architecture,
    )


def container(said: Any) -> ContainerFacts:
    """A container as it is now."""
    found = _Container.model_validate(said)
    bound = {port: _nearest(ends) for port, ends in (found.ports or {}).items() if ends}
    return ContainerFacts(
        id=found.id,
        name=found.name.lstrip("/"),
        image=found.config.image,
        image_id=found.image_id,
        state=found.state.status,
        health=found.state.health.status if found.state.health else "",
        exit_code=found.state.exit_code,
        oom_killed=found.state.oom_killed,
        restarts=found.restarts,
        error=found.state.error,
        ports=bound,
        labels=found.config.labels or {},
        open=_openness(found),
    )


def _nearest(ends: list[_Binding]) -> str:
    """Of several places where a port is open, the one on the loopback address."""
    end = min(ends, key=lambda end: end.ip != LOCAL)
    return f"{end.ip}:{end.port}"


def _openness(found: _Container) -> Openness:
    host = found.host
    ends = [end for several in (found.ports or {}).values() for end in several or []]
    mounts = [mount for mount in found.mounts if mount.kind == "bind"]
    return Openness(
        privileged=host.privileged,
        capabilities=tuple(host.added or ()) if "ALL" in (host.dropped or ()) else ("default", *(host.added or ())),
        gains_privileges=not _CLOSED.intersection(host.security or ()),
        writable_root=not host.read_only,
        user=found.config.user,
        shares=tuple(name for name in ("network", "pids", "ipc") if getattr(host, name) == "host"),
        mounts=tuple(f"{one.source}:{one.target}:{'rw' if one.writable else 'ro'}" for one in mounts),
        bindings=tuple(f"{end.ip}:{end.port}" for end in ends),
    )


def usage(said: Any) -> Usage:
    """What a container takes: the second version of control groups names the cache in another way than the first."""
    found = _Stats.model_validate(said)
    cache = found.memory.stats.get("total_inactive_file", found.memory.stats.get("inactive_file", 0))
    return Usage(
        memory_bytes=max(0, found.memory.usage - cache),
        memory_limit=found.memory.limit,
        cpu_seconds=found.cpu.total / _NANO,
        pids=found.pids.current,
    )
