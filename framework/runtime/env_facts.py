"""What lies in an environment, read from disk: no process is started, so that `foundry status` stays quick."""

from __future__ import annotations

import csv
import platform
from collections.abc import Collection, Iterator
from pathlib import Path

from framework.artifacts.files import outside_failures
from framework.artifacts.pins import normal
from framework.runtime.resolver import here

PROJECT_FILE = "project.pth"
_INFO = ".dist-info"


def site_packages(home: Path) -> Path:
    """The folder that holds the packages."""
    return next(iter(sorted(home.glob("lib/python3*/site-packages"))), home / "lib" / "python3" / "site-packages")


def census(home: Path) -> list[str]:
    """The names of all that lies there; those of installed packages carry their versions."""
    packages = site_packages(home)
    with outside_failures(packages):
        return sorted({path.name for path in packages.iterdir()} - {"__pycache__"}) if packages.is_dir() else []


def damage(home: Path, expected: Collection[str]) -> str:
    """What of the expected is gone or not as it was installed; empty where all is well. Additions do no harm."""
    if lost := sorted(set(expected) - set(census(home))):
        return next((name for name in lost if name.endswith(_INFO)), lost[0]).removesuffix(_INFO)
    packages = site_packages(home)
    infos = (name for name in expected if name.endswith(_INFO))
    return next((name.removesuffix(_INFO) for name in infos if _is_damaged(packages, name)), "")


def installed(home: Path) -> dict[str, str]:
    """The versions of all packages that lie there, by name."""
    infos = (name.removesuffix(_INFO).rpartition("-") for name in census(home) if name.endswith(_INFO))
    return dict(sorted((normal(name), version) for name, _, version in infos))


def modules_of(home: Path, package: str) -> list[str]:
    """The modules that a package brings: the one of its own name, else all that are not private."""
    packages = site_packages(home)
    infos = (name for name in census(home) if name.endswith(_INFO))
    info = next((name for name in infos if normal(name.removesuffix(_INFO).rpartition("-")[0]) == package), "")
    found = dict.fromkeys(filter(None, (_module(name) for name, _ in _recorded(packages / info / "RECORD"))))
    namesake = [module for module in found if normal(module) == package]
    return namesake or [module for module in found if not module.startswith("_") and module.isidentifier()]


def _module(path: str) -> str:
    """The top-level module that a file belongs to; empty for what is no code."""
    top, _, rest = path.partition("/")
    if not path.endswith((".py", ".so", ".pyd")) or top.startswith("..") or top.endswith((".data", "-stubs")):
        return ""
    return top if rest else top.partition(".")[0]


def machine_mark() -> str:
    """Which machine this is, as far as an environment depends on it: its identity, its kind and its GPUs."""
    identity = Path("/etc/machine-id")
    name = identity.read_text(encoding="utf-8").strip() if identity.is_file() else ""
    cards = sorted(path.name for path in Path("/dev").glob("nvidia[0-9]*"))
    return " ".join((name or platform.node(), here(), *cards))


def _is_damaged(packages: Path, info: str) -> bool:
    """Whether a file is missing or has another size than its package said when it was installed."""
    known = ((name, size) for name, size in _recorded(packages / info / "RECORD") if size is not None)
    return any(_size(packages / name) != size for name, size in known)


def _recorded(record: Path) -> Iterator[tuple[str, int | None]]:
    """The files of a package with their sizes, where these are known; without what Python compiles later."""
    if not record.is_file():
        return
    with record.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            if len(row) == 3 and not row[0].endswith(".pyc"):
                yield row[0], int(row[2]) if row[2].isdecimal() else None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
