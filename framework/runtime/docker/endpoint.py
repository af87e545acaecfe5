"""Which engine is meant: the one that is named, DOCKER_HOST's, a context's, or the usual one of this machine."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationError

from framework.artifacts.base import sha256
from framework.artifacts.files import read_text
from framework.runtime.docker.errors import EngineMissing

Source = Literal["given", "DOCKER_HOST", "context", "default"]
_USUAL = "unix:///var/run/docker.sock"
_END, _QUERY = re.compile(r"(?=[/?#])"), re.compile(r"(?=[?#])")
_HERE = ("", "localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Endpoint:
    """The address of an engine; `certificates` is the folder with the three files of TLS."""

    url: str
    source: Source
    context: str = ""
    certificates: Path | None = None
    verify: bool = True

    @property
    def remote(self) -> bool:
        """Whether the address leads to another machine, as far as an address can tell."""
        return not self.url.startswith(("unix:", "npipe:")) and urlsplit(self.url).hostname not in _HERE

    @property
    def shown(self) -> str:
        """The address as it may be shown: the name that ssh goes by stays, a password, a token or a query does not."""
        if self.url.startswith(("unix:", "npipe:")):
            return self.url
        scheme = self.url.partition("://")[0] + "://" if "://" in self.url else ""
        authority, tail = _parted(_END, self.url.removeprefix(scheme))
        if "@" in tail:  # a password that ends the authority too early
            return f"{scheme}..."
        user, at, host = authority.rpartition("@")
        named = user + at if scheme == "ssh://" and ":" not in user else ""
        return f"{scheme}{named}{host}{_parted(_QUERY, tail)[0]}"

    @property
    def environment(self) -> dict[str, str]:
        """What docker's programs have to be told so that they mean the same engine."""
        if self.context:
            return {"DOCKER_CONTEXT": self.context}
        return {"DOCKER_HOST": self.url} if self.source == "given" else {}


def _parted(at: re.Pattern[str], text: str) -> tuple[str, str]:
    """What comes before a place, and what comes from it on."""
    head = at.split(text, maxsplit=1)[0]
    return head, text[len(head) :]


class _Address(BaseModel):
    host: str = Field(default=_USUAL, alias="Host")
    unverified: bool = Field(default=False, alias="SkipTLSVerify")


class _Endpoints(BaseModel):
    docker: _Address


class _Meta(BaseModel):
    endpoints: _Endpoints = Field(alias="Endpoints")


class _Config(BaseModel):
    context: str = Field(default="", alias="currentContext")


def endpoint(host: str | None = None) -> Endpoint:
    """The engine that docker's own programs would take."""
    named = host or os.environ.get("DOCKER_HOST", "")
    if named:
        verify = bool(os.environ.get("DOCKER_TLS_VERIFY"))
        folder = os.environ.get("DOCKER_CERT_PATH") or (str(_home()) if verify else "")
        certificates = Path(folder) if folder and named.startswith(("tcp:", "https:")) else None
        return Endpoint(named, "given" if host else "DOCKER_HOST", certificates=certificates, verify=verify)
    context = os.environ.get("DOCKER_CONTEXT") or _current_context()
    return _of_context(context) if context not in ("", "default") else Endpoint(_USUAL, "default")


def _home() -> Path:
    return Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")


def _current_context() -> str:
    file = _home() / "config.json"
    try:
        return _Config.model_validate_json(read_text(file)).context if file.is_file() else ""
    except ValidationError:  # docker itself goes on with a warning
        return ""


def _of_context(name: str) -> Endpoint:
    folder = _home() / "contexts"
    place = sha256(name)
    file = folder / "meta" / place / "meta.json"
    if not file.is_file():
        raise _no_context(name, f"there is no {file}")
    try:
        found = _Meta.model_validate_json(read_text(file)).endpoints.docker
    except ValidationError as error:
        raise _no_context(name, f"{file} holds no address of an engine") from error
    certificates = folder / "tls" / place / "docker"
    return Endpoint(
        found.host, "context", name, certificates if certificates.is_dir() else None, verify=not found.unverified
    )


def _no_context(name: str, detail: str) -> EngineMissing:
    hint = "`docker context ls` lists them; `docker context use default` goes back to this machine's engine."
    return EngineMissing(f"the context {name!r}", "context", detail, hint)
