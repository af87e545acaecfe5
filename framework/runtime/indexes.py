"""Where packages come from on this machine: what pip is configured with, which uv does not read by itself.

pip's settings come, the last one counting, from the machine's file, the user's, the one that `PIP_CONFIG_FILE` names
and from variables `PIP_*`. They are handed on to uv as variables, never as arguments: an address may hold a password.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from configparser import ConfigParser, Error
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from framework.artifacts.base import Strict
from framework.errors import MissingOutside

_SECTIONS = ("global", "install")
_KEYS = ("index-url", "extra-index-url", "find-links", "no-index", "cert", "trusted-host")
_TRUE = ("1", "true", "yes", "on")


class Given(Strict):
    """Addresses that a person gave; nothing else may stand in a lock."""

    index: str = ""
    extra: tuple[str, ...] = ()

    def and_also(self, address: str) -> Given:
        """One index more; an empty address is none."""
        return Given(index=self.index, extra=(*self.extra, address)) if address else self


@dataclass(frozen=True)
class Indexes:
    """Addresses of package indexes and folders of wheels."""

    index: str = ""
    extra: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    no_index: bool = False
    certificate: str = ""
    trusted: tuple[str, ...] = ()

    @classmethod
    def configured(cls) -> Self:
        """pip's settings."""
        said = _pip_settings()
        return cls(
            index=said.get("index-url", ""),
            extra=tuple(said.get("extra-index-url", "").split()),
            links=tuple(dict.fromkeys((*said.get("find-links", "").split(), *_uv_links()))),
            no_index=said.get("no-index", "").lower() in _TRUE,
            certificate=said.get("cert", ""),
            trusted=tuple(said.get("trusted-host", "").split()),
        )

    def without_links(self) -> Self:
        """The indexes alone. Where there are no indexes the folders of wheels stay: there is nothing else."""
        return self if self.no_index else replace(self, links=())

    def with_given(self, given: Given) -> Self:
        """What a person wrote into the settings counts before what pip is configured with."""
        return replace(self, index=given.index or self.index, extra=(*self.extra, *given.extra))

    def for_uv(self) -> dict[str, str]:
        """As variables that uv reads; where uv has settings of its own, those stand."""
        wanted = {
            "UV_DEFAULT_INDEX": self.index,
            "UV_INDEX": " ".join(self.extra),
            # pip looks into all of its indexes and takes the best version.
            "UV_INDEX_STRATEGY": "unsafe-best-match" if self.extra else "",
            "UV_NO_INDEX": "1" if self.no_index else "",
            "UV_INSECURE_HOST": " ".join(self.trusted),
            "SSL_CERT_FILE": self.certificate,
        }
        own = {"UV_DEFAULT_INDEX"} if os.environ.get("UV_INDEX_URL") else set()
        free = {name for name in wanted if not os.environ.get(name)} - own
        return {name: wanted[name] for name in wanted if wanted[name] and name in free} | {
            "UV_FIND_LINKS": ",".join(self.links)
        }

    def for_pip(self) -> dict[str, str]:
        """As variables that pip reads in place of its files; none where its own settings are meant."""
        if self == Indexes.configured():
            return {}
        wanted = {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": self.index,
            "PIP_EXTRA_INDEX_URL": " ".join(self.extra),
            "PIP_FIND_LINKS": " ".join(self.links),
            "PIP_NO_INDEX": "1" if self.no_index else "",
            "PIP_CERT": self.certificate,
            "PIP_TRUSTED_HOST": " ".join(self.trusted),
        }
        return {name: value for name, value in wanted.items() if value or name in os.environ}


def _uv_links() -> list[str]:
    return [link for link in os.environ.get("UV_FIND_LINKS", "").split(",") if link]


def _pip_settings() -> dict[str, str]:
    settings: dict[str, str] = {}
    for path in _pip_files():
        settings |= _read(path)
    for key in _KEYS:
        if value := os.environ.get(f"PIP_{key.upper().replace('-', '_')}", "").strip():
            settings[key] = value
    return settings


def _pip_files() -> Iterator[Path]:
    """pip's files in the order in which they are read; one named by the environment replaces the user's."""
    named = os.environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return
    shared = os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    yield from (Path(folder) / "pip" / "pip.conf" for folder in reversed(shared.split(os.pathsep)))
    yield Path("/etc/pip.conf")
    if not (named and Path(named).exists()):
        yield Path.home() / ".pip" / "pip.conf"
        yield Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "pip" / "pip.conf"
        if sys.platform == "darwin":
            yield Path.home() / "Library" / "Application Support" / "pip" / "pip.conf"
    if named:
        yield Path(named)


def _read(path: Path) -> dict[str, str]:
    parser = ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
    except (Error, UnicodeDecodeError) as error:
        raise MissingOutside(
            f"{path}: pip's settings cannot be read: {error}", hint="Mend the file; pip itself refuses it too."
        ) from error
    said = (item for section in _SECTIONS if parser.has_section(section) for item in parser.items(section))
    return {key.replace("_", "-"): value.strip() for key, value in said}
