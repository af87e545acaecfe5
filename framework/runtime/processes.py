"""The only place that starts processes: argument lists, never a shell, always with a time limit."""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from framework.errors import MissingOutside
from framework.runtime.lines import Lines, Tell
from framework.runtime.namespaces import end_with_parent

# Variables that would make a program act on something else than what its arguments name.
_MISLEADING = (
    *("GIT_", "PYTHONHOME", "PYTHONPATH", "PYTHONSAFEPATH", "PIP_TARGET", "PIP_USER"),
    *("PYTEST_", "COVERAGE_", "MYPY", "RUFF_", "HYPOTHESIS_"),
)
# Keys are nobody's business but that of whom they were given to; installers read theirs from variables of their own.
_SECRET = re.compile(r"^(?!PIP_|UV_|DOCKER_).*(KEY|TOKEN|SECRET|PASSW|CREDENTIAL)", re.IGNORECASE)
# What a program of the project needs to know of the machine; everything else stays outside of a restricted process.
_OF_THE_MACHINE = re.compile(r"^(PATH|TZ|LANG|LD_LIBRARY_PATH|(CUDA|NVIDIA|ROCR|HIP|OMP|MKL|OPENBLAS)_\w+)$")
_CHUNK = 1 << 16
_LAST_WORDS = 10  # seconds that a guard has for ending what it has started

Heard = Callable[[str, bytes], None]
Started = subprocess.Popen[bytes]
StillRunning = subprocess.TimeoutExpired


@dataclass(frozen=True)
class Completed:
    """A process that has ended."""

    rc: int
    stdout: str
    stderr: str


def run(
    args: Sequence[str],
    timeout: float,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    keep: Sequence[int] = (),
) -> Completed | None:
    """Run a program to its end; None if the program is not there.

    `env` is added to the scrubbed environment; the files of `keep` stay open in the program (a lock, say).
    """
    process = _started(args, cwd, env, keep)
    if process is None:
        return None
    try:
        stdout, stderr = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired as error:
        raise _too_slow(args, timeout) from error
    finally:
        _end_group(process)
    return Completed(process.returncode, _text(stdout), _text(stderr))


def stream(
    args: Sequence[str],
    timeout: float,
    tell: Tell,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    keep: Sequence[int] = (),
) -> Completed | None:
    """The same for a program that takes long: `tell` hears each line when it is written; the last ones are returned."""
    process = _started(args, cwd, env, keep)
    if process is None:
        return None
    lines, until = Lines(tell), time.monotonic() + timeout
    try:
        _listen(_streams(process), lines.hear, until)
        process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise _too_slow(args, timeout) from error
    finally:
        _end_group(process)
    lines.finish()
    return Completed(process.returncode, lines.text("stdout"), lines.text("stderr"))


def watch(args: Sequence[str], order: str, heard: Heard, seconds: float | None = None) -> str:
    """Run a program that guards another one, as `order` says; what it reports at the end, "" if it was killed.

    The guard lives as long as its standard input: when this process is gone, however it went, so are the two.
    What the other one writes is passed on as it comes: `stdout` or `stderr`, and the bytes. After so many seconds
    nobody listens any more: something that has killed its guard may keep them open for ever.
    """
    until = time.monotonic() + seconds if seconds is not None else None
    said: list[bytes] = []
    with _pipe() as (outcome, writing):
        process = subprocess.Popen(
            [*args, str(writing)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=of_the_machine(),  # what is guarded could read the environment of its guard
            pass_fds=(writing,),
            start_new_session=True,
        )
        os.close(writing)
        try:
            _give(process, order)
            streams = _streams(process) | {"": outcome}
            _listen(streams, lambda name, data: heard(name, data) if name else said.append(data), until)
        finally:
            _let_end(process)
    return b"".join(said).decode()


def start(args: Sequence[str], cwd: str, env: Mapping[str, str]) -> Started:
    """Start a program in a group of its own, with this environment and no other; it writes where this process does.

    It does not outlive this process, which has one thread: `preexec_fn` is sound then.
    """
    return subprocess.Popen(
        list(args),
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        env=dict(env),
        start_new_session=True,
        preexec_fn=end_with_parent,
    )


def of_the_machine() -> dict[str, str]:
    """The few variables that a restricted process is given of this one's."""
    return {name: value for name, value in os.environ.items() if _OF_THE_MACHINE.match(name)}


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_MISLEADING) and not _SECRET.search(name)
    }


def _started(
    args: Sequence[str], cwd: Path | None, env: Mapping[str, str] | None, keep: Sequence[int]
) -> Started | None:
    try:
        return subprocess.Popen(
            list(args),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=_environment() | dict(env or {}),
            pass_fds=tuple(keep),
            start_new_session=True,  # a group of its own: Ctrl-C does not reach it, and all of it can be ended
        )
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None


def _too_slow(args: Sequence[str], timeout: float) -> MissingOutside:
    return MissingOutside(f"{args[0]} did not end within {timeout:g} seconds.")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


@contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    """A pipe; whoever is given the writing end closes it."""
    reading, writing = os.pipe()
    try:
        yield reading, writing
    finally:
        os.close(reading)


def _streams(process: Started) -> dict[str, int]:
    files: dict[str, IO[bytes] | None] = {"stdout": process.stdout, "stderr": process.stderr}
    return {name: file.fileno() for name, file in files.items() if file}


def _listen(streams: Mapping[str, int], heard: Heard, until: float | None = None) -> None:
    """Hear everything until all ends are closed, or until the time is over."""
    with selectors.DefaultSelector() as selector:
        for name, file in streams.items():
            selector.register(file, selectors.EVENT_READ, name)
        while selector.get_map():
            ready = selector.select(until and max(0.0, until - time.monotonic()))
            if not ready and until:
                return
            for key, _ in ready:
                if data := os.read(key.fd, _CHUNK):
                    heard(key.data, data)
                else:
                    selector.unregister(key.fd)


def _give(process: Started, order: str) -> None:
    if process.stdin:
        process.stdin.write(order.encode() + b"\n")
        process.stdin.flush()


def _let_end(process: Started) -> None:
    """Close the guard's standard input, upon which it ends everything; a guard that does not is ended itself."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(_LAST_WORDS)
    except subprocess.TimeoutExpired:
        _end_group(process)
    _close(process)


def _end_group(process: Started) -> None:
    """Leave nothing behind: a program that did not end, nor what it started, which may have outlived it."""
    with suppress(ProcessLookupError, PermissionError):  # nothing is left of the group
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    _close(process)


def _close(process: Started) -> None:
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()
