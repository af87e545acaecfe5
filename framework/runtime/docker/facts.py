"""What an engine says of itself, its images and its containers, as far as foundry asks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from framework.artifacts.base import Strict
from framework.artifacts.docker_env import EngineFacts

__all__ = ["ContainerFacts", "EngineFacts", "ImageFacts", "Layer", "Mount", "Openness", "Ran", "Usage"]


class Layer(Strict):
    """One layer of an image; those of size 0 hold settings only."""

    size: int
    created_by: str


class ImageFacts(Strict):
    """An image as the engine has it."""

    id: str
    digest: str = Field(description="that of a registry; empty for one that was made here")
    tags: tuple[str, ...]
    created: str
    size: int
    layers: tuple[Layer, ...] = Field(description="the oldest first")
    labels: dict[str, str]
    user: str
    environment: tuple[str, ...]
    architecture: str


class Openness(Strict):
    """What of the machine a container may reach or use, beyond what a closed service needs."""

    privileged: bool
    capabilities: tuple[str, ...] = Field(description="that it has been given or that were not dropped")
    gains_privileges: bool
    writable_root: bool
    user: str
    shares: tuple[str, ...] = Field(description="namespaces of the machine that it shares")
    mounts: tuple[str, ...] = Field(description="`/of/the/machine:/in/it:rw`, other than docker's own volumes")
    bindings: tuple[str, ...] = Field(description="`127.0.0.1:8123`, all of them")


class ContainerFacts(Strict):
    """A container, running or not."""

    id: str
    name: str
    image: str
    image_id: str
    state: str = Field(description="created, running, paused, restarting, exited, dead")
    health: str = Field(description="starting, healthy, unhealthy; empty without a health check")
    exit_code: int
    oom_killed: bool
    restarts: int
    error: str = Field(description="why the engine could not start it")
    ports: dict[str, str] = Field(description="`8000/tcp`: `127.0.0.1:8123`")
    labels: dict[str, str]
    open: Openness


class Usage(Strict):
    """What a container takes now, and has taken."""

    memory_bytes: int = Field(description="without the cache of files, which the kernel gives back")
    memory_limit: int
    cpu_seconds: float
    pids: int


@dataclass(frozen=True)
class Mount:
    """A folder or file of the engine's machine, as a container sees it."""

    source: Path
    target: str
    read_only: bool = True


@dataclass(frozen=True)
class Ran:
    """A container that has ended, or a command of compose."""

    rc: int
    output: str
    oom_killed: bool = False
    timed_out: bool = False
