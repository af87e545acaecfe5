"""Environments made of a lock, kept in the cache and shared by all projects that need the very same packages."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from framework.artifacts.files import outside_failures, read_text, write_text
from framework.errors import MissingOutside
from framework.runtime.cache import alone, cache_folder
from framework.runtime.compilers import refusal
from framework.runtime.indexes import Indexes
from framework.runtime.interpreters import interpreter, make_with_venv, uv
from framework.runtime.processes import run
from framework.runtime.resolver import Lock

_MAKE, _INSTALL, _ASK = 120, 1800, 120  # seconds; a slow line takes its time for a gigabyte
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
    if command := uv():
        _with_uv(command, venv, lock)
    else:
        make_with_venv(venv.root, lock.python)
    tell("venv.installing")
    install = installation(lock, venv, [str(wanted)])
    done = run(install.args, _INSTALL, env=install.settings)
    if done is None or done.rc != 0:
        raise MissingOutside(
            f"the verification environment could not be filled:\n{refusal(done).message}",
            hint="Mend what it says (network, index, disk) and run `foundry resume`; what has come stays.",
        )


def _with_uv(command: list[str], venv: Venv, lock: Lock) -> None:
    python = interpreter(lock.python)
    args = [*command, "venv", "--quiet", "--no-project", "--python", str(python or lock.python), str(venv.root)]
    done = run(args, _MAKE)
    if done is None or done.rc != 0:
        raise MissingOutside(
            f"no environment with Python {lock.python} could be made:\n{refusal(done).message}",
            hint=f"Install Python {lock.python}, or name another one under `python` in VENV_CONFIG.md.",
        )


@dataclass(frozen=True)
class Installation:
    """The command that installs requirements files into an environment."""

    program: tuple[str, ...]
    options: tuple[str, ...]
    settings: Mapping[str, str]
    shown_program: tuple[str, ...]
    into: tuple[str, ...]

    @property
    def args(self) -> list[str]:
        """The argument list."""
        return [*self.program, "install", *self.into, "--quiet", *self.options]

    @property
    def shown(self) -> list[str]:
        """Its rehearsal as a person types it: without the places of this machine."""
        return [*self.shown_program, "install", "--dry-run", *self.options]

    def rehearsing(self, folder: str) -> list[str]:
        """What makes it look only, as if nothing were installed yet."""
        return ["--dry-run", *(["--target", f"{folder}/none"] if self.into else ["--ignore-installed"])]


def installation(lock: Lock, venv: Venv, files: Sequence[str]) -> Installation:
    """How the files are installed here; the lock says where their packages are from."""
    indexes = Indexes.configured()
    indexes = indexes.without_links() if lock.device == "gpu" else indexes
    indexes = indexes.with_given(lock.given)
    options = ("--require-hashes", *(part for file in files for part in ("-r", file)))
    command, python = uv(), str(venv.python)
    if command is None:
        return Installation((python, "-m", "pip"), options, indexes.for_pip(), ("python", "-m", "pip"), ())
    backend = ("--torch-backend", "cpu") if lock.origin == "pytorch" else ()
    program, shown = (*command, "pip"), ("uv", "pip")
    return Installation(program, (*backend, *options), indexes.for_uv(), shown, ("--python", python))
