"""The guard of a restricted process: a small program that starts the real one, watches it, and ends all of it.

It stands between foundry and what it runs, because some of the limits (network, orphans) belong to a process and its
descendants. Its order is the first line of its standard input; when that is closed, foundry is gone, and it ends
everything. Its last words go to the file descriptor that it is given.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from framework.runtime.namespaces import adopt_orphans, close_files, cut_off_network
from framework.runtime.processes import Started, StillRunning, start

_LOOK = 0.25  # seconds between two looks
_DUMP = 2.0  # seconds for the traceback of a program that hangs
_OF_ONE = 0.8  # what a single process may have as data; refusing it more gives a traceback, killing gives none


@dataclass(frozen=True)
class Order:
    """What is to be run, and how long and how big it may get."""

    command: list[str]
    folder: str
    environment: dict[str, str]
    wall_s: float
    memory_bytes: int
    writable: list[str]  # the folders that it may write below, and nowhere else
    protected: list[str]  # what of them it may not


@dataclass(frozen=True)
class Bounds:
    """Why the network could not be cut off, and why files could not be closed; "" means that they were."""

    uncut: str
    unclosed: str


@dataclass(frozen=True)
class Outcome:
    """How it ended."""

    rc: int
    ended: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    uncut: str
    unclosed: str


def main() -> None:
    """Carry out the order."""
    order = Order(**json.loads(sys.stdin.buffer.readline()))
    uncut = cut_off_network()
    # Never without a view of the files of its own: it would close them for the whole machine.
    bounds = Bounds(uncut, uncut or close_files(order.writable, order.protected, order.memory_bytes))
    adopt_orphans()
    _limit(order.memory_bytes)
    outcome = guard(order, bounds)
    os.write(int(sys.argv[1]), json.dumps(asdict(outcome)).encode())


def guard(order: Order, bounds: Bounds) -> Outcome:
    """Run the command to its end or to one of its limits, and leave nothing of it behind."""
    began = time.monotonic()
    try:
        process = start(order.command, order.folder, order.environment)
    except OSError as error:
        os.write(sys.stderr.fileno(), f"{order.command[0]}: {error.strerror}\n".encode())
        return Outcome(127, "exit", 0.0, 0.0, 0, **asdict(bounds))
    ended, peak = _wait(process, order, began + order.wall_s)
    process.kill()
    rc = process.wait()
    _end_all()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Outcome(
        rc=rc,
        ended=ended or ("signal" if rc < 0 else "exit"),
        seconds=round(time.monotonic() - began, 3),
        cpu_seconds=round(used.ru_utime + used.ru_stime, 3),
        peak_bytes=max(peak, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)),
        **asdict(bounds),
    )


def _wait(process: Started, order: Order, until: float) -> tuple[str, int]:
    """Which limit it met, if any, and the most memory that was seen."""
    peak = 0
    while process.poll() is None:
        used = _used(list(descendants(os.getpid())))
        peak = max(peak, used)
        if used > order.memory_bytes:
            return "memory", peak
        if time.monotonic() > until:
            _ask_where(process)
            return "timeout", peak
        if select.select([sys.stdin], [], [], _LOOK)[0]:
            return "signal", peak  # foundry is gone
    return "", peak


def _ask_where(process: Started) -> None:
    """A Python program with its fault handler on tells where it hangs when it is aborted."""
    process.send_signal(signal.SIGABRT)
    with suppress(StillRunning):
        process.wait(_DUMP)


def _limit(memory: int) -> None:
    """Data beyond the limit is refused, which gives a traceback; no core file is written."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    data = int(memory * _OF_ONE)
    wanted = data if hard == resource.RLIM_INFINITY else min(data, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, wanted))


def _end_all() -> None:
    """Kill whatever is left below this process; what it starts meanwhile as well."""
    while pids := list(descendants(os.getpid())):
        for pid in pids:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        _bury(pids)


def _bury(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ChildProcessError):  # not ours yet: its parent is being killed
            os.waitpid(pid, 0)


def descendants(pid: int) -> Iterator[int]:
    """Every process below this one."""
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                yield int(child)
                yield from descendants(int(child))


def _used(pids: list[int]) -> int:
    """What they have in memory together; what several of them share counts once, and that takes longer to find out."""
    return _resident(pids[0]) if len(pids) == 1 else sum(_share(pid) for pid in pids)


def _resident(pid: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    return 0


def _share(pid: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    main()
