"""Environments made of a lock, kept in the cache and shared by all projects that need the very same packages."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from framework.artifacts.files import outside_failures, read_text, write_text
from framework.errors import MissingOutside
from framework.runtime.cache import alone, cache_folder
from framework.runtime.compilers import refusal
from framework.runtime.installers import fill, make_empty
from framework.runtime.processes import run
from framework.runtime.resolver import Lock

_ASK = 120  # seconds
_MODULES = "import importlib.metadata as m, json; print(json.dumps(m.packages_distributions()))"


@dataclass(frozen=True)
class Venv:
    """An environment that is complete. What tools remember of it (mypy's cache, say) belongs below `root`."""

    root: Path
    key: str

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.root / "bin" / "python"

    def program(self, name: str) -> Path:
        """A program that one of its packages brought."""
        return self.root / "bin" / name

    def modules(self) -> dict[str, list[str]]:
        """Which distributions bring a top-level module, by the module's name; asked once and remembered."""
        place = self.root / "modules.json"
        if not place.is_file():
            done = run([str(self.python), "-I", "-c", _MODULES], _ASK)
            if done is None or done.rc != 0:
                raise refusal(done)
            write_text(place, done.stdout)
        found: dict[str, list[str]] = json.loads(read_text(place))
        return found


def verification_venv(lock: Lock, tell: Callable[[str], None]) -> Venv:
    """The environment for the lock: the one that is there, or a new one. `tell` is given keys of sentences."""
    home = cache_folder("venvs") / lock.key
    if venv := _ready(home, lock):
        return venv
    with alone(home):
        return _ready(home, lock) or _new(home, lock, tell)


def shared_venvs() -> list[Venv]:
    """All that are there."""
    markers = sorted(cache_folder("venvs").glob("*/ready"))
    found = (Venv(marker.parent / read_text(marker).strip(), marker.parent.name) for marker in markers)
    return [venv for venv in found if venv.python.exists()]


def _marker(home: Path) -> Path:
    """Names the folder of the finished environment; written last."""
    return home / "ready"


def _ready(home: Path, lock: Lock) -> Venv | None:
    """The finished environment. `exists` follows the link, so that one whose Python has been removed is none."""
    if not _marker(home).is_file():
        return None
    venv = Venv(home / read_text(_marker(home)).strip(), lock.key)
    return venv if venv.python.exists() else None


def _new(home: Path, lock: Lock, tell: Callable[[str], None]) -> Venv:
    """In a folder of its own each time: what a killed run has started may still be writing into the last one."""
    with outside_failures(home):
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True, exist_ok=True)
    venv = Venv(home / secrets.token_hex(4), lock.key)
    tell("venv.creating")
    _create(venv, lock, tell)
    write_text(_marker(home), venv.root.name)
    return venv


def _create(venv: Venv, lock: Lock, tell: Callable[[str], None]) -> None:
    wanted = venv.root.with_name("packages.txt")
    write_text(wanted, lock.text)
    make_empty(venv.root, lock.python)
    tell("venv.installing")
    try:
        fill(lock, venv.python, [str(wanted)], lambda _: None)
    except MissingOutside as error:
        raise MissingOutside(
            f"the verification environment could not be filled:\n{error.message}",
            hint="Mend what it says (network, index, disk) and run `foundry resume`; what has come stays.",
        ) from error
