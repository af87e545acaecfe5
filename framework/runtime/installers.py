"""Installing a lock: an empty environment is made, and uv or pip fills it with exactly the pinned packages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from framework.errors import MissingOutside
from framework.runtime.compilers import refusal
from framework.runtime.indexes import Indexes
from framework.runtime.interpreters import interpreter, make_with_venv, uv
from framework.runtime.processes import run, stream
from framework.runtime.resolver import Lock

_MAKE, _INSTALL = 120, 3600  # seconds; a slow line takes its time for gigabytes


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
        """The argument list. pip would draw its progress with characters that no log wants."""
        return [*self.program, "install", *(self.into or ("--progress-bar", "off")), *self.options]

    @property
    def shown(self) -> list[str]:
        """Its rehearsal as a person types it: without the places of this machine."""
        return [*self.shown_program, "install", "--dry-run", *self.options]

    def rehearsing(self, folder: str) -> list[str]:
        """What makes it look only, as if nothing were installed yet."""
        return ["--quiet", "--dry-run", *(["--target", f"{folder}/none"] if self.into else ["--ignore-installed"])]


def installer() -> str:
    """The program that installs here."""
    return "uv" if uv() else "pip"


def installation(lock: Lock, python: Path, files: Sequence[str]) -> Installation:
    """How the files are installed here; the lock says where their packages are from."""
    indexes = Indexes.configured()
    indexes = indexes.without_links() if lock.device == "gpu" else indexes
    indexes = indexes.with_given(lock.given)
    options = ("--require-hashes", *(part for file in files for part in ("-r", file)))
    command = uv()
    if command is None:
        program = (str(python), "-m", "pip")
        return Installation(program, options, indexes.for_pip(), ("python", "-m", "pip"), ())
    backend = ("--torch-backend", "cpu") if lock.origin == "pytorch" else ()
    into = ("--python", str(python))
    return Installation((*command, "pip"), (*backend, *options), indexes.for_uv(), ("uv", "pip"), into)


def make_empty(root: Path, python: str, keep: Sequence[int] = ()) -> None:
    """An environment without packages in the folder; what lies there already stays."""
    command = uv()
    if command is None:
        make_with_venv(root, python, clear=False)
        return
    found = interpreter(python)
    options = ("--quiet", "--no-project", "--allow-existing", "--python", str(found or python))
    done = run([*command, "venv", *options, str(root)], _MAKE, keep=keep)
    if done is None or done.rc != 0:
        raise MissingOutside(
            f"no environment with Python {python} could be made:\n{refusal(done).message}",
            hint=f"Install Python {python}, or name another one under `python` in VENV_CONFIG.md.",
        )


def fill(lock: Lock, python: Path, files: Sequence[str], tell: Callable[[str], None], keep: Sequence[int] = ()) -> None:
    """Install the files; `tell` hears every line of the installer, whose own words explain a failure."""
    install = installation(lock, python, files)
    done = stream(install.args, _INSTALL, tell, env=install.settings, keep=keep)
    if done is None or done.rc != 0:
        raise refusal(done)
