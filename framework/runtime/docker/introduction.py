"""What an engine says of itself, parsed once."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from framework.runtime.docker.endpoint import Endpoint
from framework.runtime.docker.facts import EngineFacts
from framework.runtime.docker.programs import Builder, Compose


class _Info(BaseModel):
    name: str = Field(default="", alias="Name")
    architecture: str = Field(default="", alias="Architecture")
    system: str = Field(default="", alias="OperatingSystem")
    driver: str = Field(default="", alias="Driver")
    root: str = Field(default="", alias="DockerRootDir")
    memory: int = Field(default=0, alias="MemTotal")
    cpus: int = Field(default=0, alias="NCPU")
    runtimes: dict[str, Any] | None = Field(default=None, alias="Runtimes")
    security: list[str] | None = Field(default=None, alias="SecurityOptions")
    http_proxy: str = Field(default="", alias="HttpProxy")
    https_proxy: str = Field(default="", alias="HttpsProxy")


class _Version(BaseModel):
    version: str = Field(alias="Version")
    api: str = Field(alias="ApiVersion")


def introduced(
    where: Endpoint, info: Any, version: Any, builder: Builder | None, compose: Compose | None
) -> EngineFacts:
    """The engine's words and the programs' versions, as one."""
    said, server = _Info.model_validate(info), _Version.model_validate(version)
    return EngineFacts(
        endpoint=where.shown,
        source=f"context {where.context}" if where.context else where.source,
        remote=where.remote,
        node=said.name,
        server_version=server.version,
        api_version=server.api,
        os=said.system,
        architecture=said.architecture,
        storage_driver=said.driver,
        root=said.root,
        memory_bytes=said.memory,
        cpus=said.cpus,
        runtimes=tuple(sorted(said.runtimes or {})),
        rootless=any("rootless" in option for option in said.security or []),
        proxied=bool(said.http_proxy or said.https_proxy),
        client_version=builder.version if builder else "",
        buildkit=bool(builder and builder.buildkit),
        buildx_version=builder.buildx if builder else "",
        compose=compose.words if compose else (),
        compose_version=compose.version if compose else "",
    )
