"""Commands of a project in a restricted process: the project's code is not trusted with the machine.

What it gets: an environment of its own with nothing of the user's in it, a home and a place for temporary files that
are gone afterwards, a wall clock, a limit of memory; where the kernel allows that, no network but loopback, and no file
to write but those of its own folder, without the history and foundry's records. All that it starts ends with it. The
level that was reached is part of the result.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Literal, cast

from framework.artifacts.base import Strict
from framework.artifacts.files import outside_failures
from framework.errors import MissingOutside
from framework.runtime.lines import Lines, Tell
from framework.runtime.passing_folders import passing_folder
from framework.runtime.processes import of_the_machine, watch
from framework.runtime.tools import Said
from framework.runtime.warden import Order, Outcome

if TYPE_CHECKING:
    from framework.runtime.venvs import Venv

Ended = Literal["exit", "signal", "timeout", "memory"]
_NOT_ITS_OWN = (".git", ".foundry")  # git would do on the machine what a changed .git/config says
_LAST_WORDS = 60  # seconds beyond its limit in which a guard must have ended everything
_WARDEN = ["-I", "-m", "framework.runtime.warden"]


@dataclass(frozen=True)
class Limits:
    """How long and how big it may get."""

    wall_s: float
    memory_bytes: int


class Isolation(Strict):
    """What kept a process in its bounds."""

    network: bool  # True: cut off
    memory_bytes: int
    wall_s: float
    level: str  # `full`, or `partial` where the network could not be cut off or files not be closed
    why: str = ""  # why they could not


@dataclass(frozen=True)
class Ran:
    """A command that was run in bounds."""

    command: tuple[str, ...]
    rc: int
    stdout: str
    stderr: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    ended: Ended
    isolation: Isolation


def run_restricted(venv: Venv, folder: Path, command: Sequence[str], limits: Limits, tell: Tell | None = None) -> Ran:
    """Run a command in the project's folder; its first word is a program of the environment. `tell` hears each line."""
    program = venv.python if command[0] == "python" else venv.program(command[0])
    if not program.exists():
        raise MissingOutside(f"{program} is not there.", hint="Run the command again: the environment is rebuilt.")
    lines = Lines(tell)
    with passing_folder("run") as place, outside_failures(place):
        order = Order(
            command=[str(program.absolute()), *command[1:]],
            folder=str(folder.absolute()),
            environment=_environment(venv, folder.absolute(), place),
            wall_s=limits.wall_s,
            memory_bytes=limits.memory_bytes,
            writable=[str(one) for one in (folder.absolute(), place, *_named(command))],
            protected=[str(one) for one in _not_its_own(venv, folder.absolute())],
        )
        report = watch([sys.executable, *_WARDEN], json.dumps(asdict(order)), lines.hear, limits.wall_s + _LAST_WORDS)
    lines.finish()
    if not report:
        raise MissingOutside(
            f"what guards `{' '.join(command)}` was killed.", hint="Run `foundry resume` on the project."
        )
    return _ran(command, limits, Outcome(**json.loads(report)), lines)


@lru_cache(1)
def isolation() -> Isolation:
    """What this machine can do, found out by doing it."""
    lines = Lines()
    command = [sys.executable, "-I", "-S", "-c", ""]
    order = Order(command, str(Path.cwd()), {}, wall_s=60, memory_bytes=1 << 30, writable=[], protected=[])
    report = watch([sys.executable, *_WARDEN], json.dumps(asdict(order)), lines.hear)
    return _isolation(Limits(order.wall_s, order.memory_bytes), Outcome(**json.loads(report)))


def _ran(command: Sequence[str], limits: Limits, outcome: Outcome, lines: Lines) -> Ran:
    return Ran(
        command=tuple(command),
        rc=outcome.rc,
        stdout=lines.text("stdout"),
        stderr=lines.text("stderr"),
        seconds=outcome.seconds,
        cpu_seconds=outcome.cpu_seconds,
        peak_bytes=outcome.peak_bytes,
        ended=cast(Ended, outcome.ended),
        isolation=_isolation(limits, outcome),
    )


def _isolation(limits: Limits, outcome: Outcome) -> Isolation:
    why = outcome.uncut or outcome.unclosed
    return Isolation(
        network=not outcome.uncut,
        memory_bytes=limits.memory_bytes,
        wall_s=limits.wall_s,
        level="partial" if why else "full",
        why=why,
    )


def asking_within(limits: Limits) -> Callable[[Venv, Path, Sequence[str]], Said]:
    """How a proof is run in bounds."""

    def ask(venv: Venv, folder: Path, command: Sequence[str]) -> Said:
        ran = run_restricted(venv, folder, command, limits)
        return Said(tuple(command), ran.rc, ran.stdout, ran.stderr, ran.seconds)

    return ask


def _not_its_own(venv: Venv, folder: Path) -> Iterator[Path]:
    """What lies in the project's folder and is not the project: what is changed there runs outside of all bounds.

    An environment's files are those of other environments and of the installer's cache, too: they are linked.
    """
    yield from (folder / name for name in _NOT_ITS_OWN)
    yield from (found.parent for found in folder.glob("*/pyvenv.cfg"))
    if venv.root.absolute().is_relative_to(folder):
        yield venv.root.absolute()


def _named(command: Sequence[str]) -> Iterator[Path]:
    """Temporary folders of foundry's that the command is told to write its report to."""
    temporary = Path(gettempdir())
    for word in command:
        path = Path(word.rpartition("=")[2])
        if path != temporary and path.is_relative_to(temporary):
            folder = temporary / path.relative_to(temporary).parts[0]
            if folder.name.startswith("foundry-") and folder.is_dir():
                yield folder


def _environment(venv: Venv, folder: Path, place: Path) -> dict[str, str]:
    """Nothing of the user's; what is written outside of the project goes to a place that is gone afterwards."""
    home, temporary = place / "home", place / "tmp"
    for made in (home, temporary):
        made.mkdir()
    given = of_the_machine()
    return {
        "OMP_NUM_THREADS": "1",
        **given,
        "PATH": f"{venv.root.absolute() / 'bin'}:{given.get('PATH', '/usr/bin:/bin')}",
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(folder / "src"),
        "PYTHONPYCACHEPREFIX": str(venv.root.absolute() / "cache" / "bytecode"),  # read, not written
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",  # a crash of the interpreter, or one that hangs, says where
        "HYPOTHESIS_STORAGE_DIRECTORY": str(temporary / "hypothesis"),
        "GLOO_SOCKET_IFNAME": "lo" if sys.platform == "linux" else "lo0",
        "HF_HUB_OFFLINE": "1",
        "NO_COLOR": "1",
        "LC_ALL": "C.UTF-8",
    }
