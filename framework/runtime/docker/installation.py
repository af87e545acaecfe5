"""What has to be typed on this platform so that docker is there; foundry types it where no person is needed."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from framework.artifacts.base import sha256
from framework.artifacts.ledger import now
from framework.artifacts.receipts import CommandReceipt
from framework.errors import MissingOutside
from framework.runtime.docker.programs import number
from framework.runtime.lines import Tell
from framework.runtime.processes import run

Platform = Literal["debian", "ubuntu", "fedora", "arch", "macos", "windows", "other"]
Part = Literal["engine", "program", "compose", "buildx", "start", "permission"]
_SECONDS = 1800
_QUIET = {"DEBIAN_FRONTEND": "noninteractive"}
_FIRST_WITH_BUILDX = 13  # Debian's release from which on its program leaves BuildKit to the plugin
# By package manager: what refreshes its lists, and what installs.
_MANAGERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "apt-get": (("apt-get", "update"), ("apt-get", "install", "-y")),
    "dnf": (("dnf", "install", "-y"),),
    "pacman": (("pacman", "-S", "--noconfirm"),),
    "brew": (("brew", "install", "--cask"),),
    "winget": (("winget", "install", "--exact", "--id"),),
}
_MANAGER: dict[Platform, str] = {
    "debian": "apt-get",
    "ubuntu": "apt-get",
    "fedora": "dnf",
    "arch": "pacman",
    "macos": "brew",
    "windows": "winget",
}
_DESKTOP = Path("/Applications/Docker.app")
_WITH_WINDOW = ("macos", "windows")  # where Docker Desktop wants a person
_PACKAGES: dict[tuple[Platform, Part], tuple[str, ...]] = {
    ("debian", "engine"): ("docker.io", "iptables"),
    ("debian", "program"): ("docker.io",),
    ("debian", "compose"): ("docker-compose",),
    ("debian", "buildx"): ("docker-buildx",),
    ("ubuntu", "engine"): ("docker.io",),
    ("ubuntu", "program"): ("docker.io",),
    ("ubuntu", "compose"): ("docker-compose-v2",),
    ("ubuntu", "buildx"): ("docker-buildx",),
    ("fedora", "engine"): ("moby-engine",),
    ("fedora", "program"): ("moby-engine",),
    ("fedora", "compose"): ("docker-compose",),
    ("fedora", "buildx"): ("docker-buildx",),
    ("arch", "engine"): ("docker",),
    ("arch", "program"): ("docker",),
    ("arch", "compose"): ("docker-compose",),
    ("arch", "buildx"): ("docker-buildx",),
    ("macos", "engine"): ("docker",),  # Docker Desktop, which brings the other parts
    ("macos", "program"): ("docker",),
    ("windows", "engine"): ("Docker.DockerDesktop",),
    ("windows", "program"): ("Docker.DockerDesktop",),
}


_BY_MAKER: dict[Part, tuple[str, ...]] = {"compose": ("docker-compose-plugin",), "buildx": ("docker-buildx-plugin",)}


@dataclass(frozen=True)
class Steps:
    """The commands, and whether foundry may type them: not where a password or a window is asked for."""

    platform: Platform
    commands: tuple[tuple[str, ...], ...]
    by_us: bool

    @property
    def shown(self) -> list[str]:
        """As a person types them."""
        return [" ".join(command) for command in self.commands]


def in_wsl() -> bool:
    """Whether this Linux runs within Windows."""
    return "microsoft" in platform.release().lower()


def engine_is_installed() -> bool:
    """Whether the engine's own program is on this machine, so that it need only be started."""
    return bool(shutil.which("dockerd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")) or _DESKTOP.is_dir()


@cache
def here() -> tuple[Platform, int]:
    """The platform, and the number of its release."""
    if sys.platform == "darwin":
        return "macos", 0
    if sys.platform == "win32":
        return "windows", 0
    try:
        said = platform.freedesktop_os_release()
    except OSError:
        return "other", 0
    family = (said["ID"], *said.get("ID_LIKE", "").split())
    known: tuple[Platform, ...] = ("ubuntu", "debian", "fedora", "arch")
    found: Platform = next((name for like in family for name in known if like == name), "other")
    return found, (number(f"{said.get('VERSION_ID', '0')}.0") or (0,))[0]


def steps(parts: Sequence[Part]) -> Steps:
    """What brings these parts to this machine."""
    name, release = here()
    root = os.name == "posix" and os.geteuid() == 0
    systemd = Path("/run/systemd/system").is_dir()
    found = commands(name, release, parts, root=root, systemd=systemd, by_maker=_is_by_maker())
    return Steps(name, found, by_us=bool(found) and name not in _WITH_WINDOW and parts != ["permission"] and _may())


def commands(
    name: Platform, release: int, parts: Sequence[Part], *, root: bool, systemd: bool, by_maker: bool = False
) -> tuple[tuple[str, ...], ...]:
    """What is typed on a platform for these parts; nothing where nobody knows.

    `by_maker`: docker's own packages are there, which the platform's would push out.
    """
    own = _BY_MAKER if by_maker else {}
    packages = dict.fromkeys(package for part in parts for package in own.get(part) or _packages(name, release, part))
    prefix = () if root or name in _WITH_WINDOW else ("sudo",)
    wanted = [*_installing(name, list(packages)), *_afterwards(name, parts, root=root, systemd=systemd)]
    return tuple((*prefix, *command) for command in wanted)


def install(wanted: Steps, tell: Tell) -> list[CommandReceipt]:
    """Run the commands one after the other, each of them told before, until one fails."""
    done: list[CommandReceipt] = []
    for command in wanted.commands:
        tell(" ".join(command))
        done.append(_typed(command))
        if not done[-1].passed:
            raise MissingOutside(
                f"`{' '.join(command)}` ended with {done[-1].rc}: {done[-1].tail}",
                hint="Run it in a terminal, mend what it names, then resume.",
            )
    return done


def _packages(name: Platform, release: int, part: Part) -> tuple[str, ...]:
    if part == "buildx" and name == "debian" and 0 < release < _FIRST_WITH_BUILDX:
        return ("docker.io",)  # whose program builds with BuildKit by itself
    return _PACKAGES.get((name, part), ())


def _installing(name: Platform, packages: Sequence[str]) -> list[tuple[str, ...]]:
    manager = _MANAGER.get(name)
    if not (packages and manager):
        return []
    *before, last = _MANAGERS[manager]
    return [*before, (*last, *packages)]


def _afterwards(name: Platform, parts: Sequence[Part], *, root: bool, systemd: bool) -> Iterator[tuple[str, ...]]:
    """The engine is started; on a Linux without systemd (in WSL, in containers) by its service script."""
    if name in ("other", "windows"):
        return
    if "engine" in parts or "start" in parts:
        linux = ("systemctl", "enable", "--now", "docker") if systemd else ("service", "docker", "start")
        yield ("open", "-a", "Docker") if name == "macos" else linux
    if name != "macos" and not root and ("permission" in parts or "engine" in parts):
        yield ("usermod", "-aG", "docker", os.environ.get("USER", "$USER"))


def _is_by_maker() -> bool:
    """Whether docker's program is here from the packages of those who make it."""
    questions = (["dpkg-query", "-W", "docker-ce-cli"], ["rpm", "-q", "docker-ce-cli"])
    return any(done.rc == 0 for asked in questions if (done := run(asked, 10)) is not None)


def _may() -> bool:
    """Whether commands of the system can be run without asking for a password."""
    if os.geteuid() == 0:
        return True
    if not shutil.which("sudo"):
        return False
    done = run(["sudo", "-n", "true"], 10)
    return done is not None and done.rc == 0


def _typed(command: Sequence[str]) -> CommandReceipt:
    began = time.monotonic()
    done = run(command, _SECONDS, env=_QUIET)
    rc, output = (done.rc, done.stdout + done.stderr) if done else (127, f"{command[0]} is not there")
    tail = "\n".join(output.splitlines()[-5:])
    return CommandReceipt(
        command=list(command),
        rc=rc,
        output_hash=sha256(output),
        proved=f"exit {rc}",
        tail="" if rc == 0 else tail,
        seconds=round(time.monotonic() - began, 1),
        at=now(),
    )
