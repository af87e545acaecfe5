"""docker_env_report.md: the engine that will build and run the project, as it answered on this day."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from framework.artifacts.base import Proof, Strict
from framework.artifacts.receipts import VOLATILE_OF_RECEIPT, CommandReceipt
from framework.artifacts.records import Device
from framework.artifacts.report import AskingReport


class EngineFacts(Strict):
    """An engine, and the programs of this machine that work with it."""

    endpoint: str = Field(description="its address, without a password")
    source: str = Field(description="what names the address: an argument, DOCKER_HOST, a context, or nothing")
    remote: bool
    node: str = Field(description="the name of the machine that it runs on")
    server_version: str
    api_version: str
    os: str
    architecture: str
    storage_driver: str
    root: str = Field(description="where it keeps its images, on its own machine")
    memory_bytes: int
    cpus: int
    runtimes: tuple[str, ...]
    rootless: bool
    proxied: bool = Field(description="whether it reaches registries through a proxy")
    client_version: str = Field(description="of the program that builds; empty where there is none")
    buildkit: bool = Field(description="whether an image can be built with BuildKit from here")
    buildx_version: str = Field(description="empty where the program builds without that plugin")
    compose: tuple[str, ...] = Field(description="the words of the command; none where compose is missing")
    compose_version: str

    @property
    def gpu_runtime(self) -> str:
        """NVIDIA's runtime, where the engine has it; not having it does not mean that there is no way to a card."""
        return next((name for name in self.runtimes if "nvidia" in name), "")


class Needs(Strict):
    """What DOCKER_CONFIG.md and the device ask of an engine."""

    oldest: str
    oldest_compose: str
    disk_gb: float
    gpu: bool


class Disk(Strict):
    """The room where the engine keeps its images."""

    free_gb: float | None = Field(description="none where nobody could tell")
    how: Literal["folder", "container", "unknown"]


class Passthrough(Strict):
    """Whether a container gets at a GPU: the runtime was asked for one."""

    state: Literal["works", "accepted", "refused"] = Field(
        description="works: the cards were listed inside; accepted: the runtime gave way, but nothing inside could look"
    )
    cards: tuple[str, ...] = ()
    why: str = Field(description="what was said, where no card was listed")


class BaseImage(Strict):
    """The image that the project's images begin from."""

    reference: str
    here: str = Field(description="its id on the engine; empty where it is not there")
    registry: Literal["answers", "silent"]
    digest: str = Field(description="as the registry names it")
    why: str = Field(description="what the engine said of the registry, where that did not answer")


class Authorities(Strict):
    """Whether the certificates that this network shows are those that everyone knows."""

    state: Literal["public", "own", "unknown"] = Field(
        description="own: the well-known authorities do not know them, so TLS is inspected or the index is private"
    )
    bundle: str = Field(description="the file that vouches for them; empty where none is needed or none was found")
    why: str = ""


class Found(Strict):
    """Everything that was found out about the engine."""

    engine: EngineFacts
    disk: Disk
    gpu: Passthrough
    base: BaseImage
    authorities: Authorities


class DockerEnv(AskingReport, Proof):
    """The engine of this machine, or the one that it was told to use."""

    FILE: ClassVar[str] = "docker_env_report.md"
    VOLATILE: ClassVar[Any] = {
        "installed": {"__all__": VOLATILE_OF_RECEIPT},
        "found": {"disk": {"free_gb"}},
    }

    device: Device
    needs: Needs
    docker_version: str = Field(default="", description="empty while nobody has said whether docker may be installed")
    compose_version: str = ""
    gpu_passthrough: bool = Field(default=False, description="whether a container was seen to get at a GPU")
    found: Found | None = None
    installed: list[CommandReceipt] = Field(default_factory=list, description="what was installed on the user's word")

    def body(self) -> str:
        from framework.artifacts.docker_env_body import render

        return render(self)

    def headline(self) -> str:
        from framework.artifacts.docker_env_body import headline

        return headline(self)
