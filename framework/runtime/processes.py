"""The only place that starts processes: argument lists, never a shell, always with a time limit."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from framework.errors import MissingOutside

# Variables that would make a program act on something else than what its arguments name.
_MISLEADING = (
    *("GIT_", "PYTHONHOME", "PYTHONPATH", "PYTHONSAFEPATH", "PIP_TARGET", "PIP_USER"),
    *("PYTEST_", "COVERAGE_", "MYPY", "RUFF_", "HYPOTHESIS_"),
)
# Keys are nobody's business but that of whom they were given to; installers read theirs from variables of their own.
_SECRET = re.compile(r"^(?!PIP_|UV_|DOCKER_).*(KEY|TOKEN|SECRET|PASSW|CREDENTIAL)", re.IGNORECASE)


@dataclass(frozen=True)
class Completed:
    """A process that has ended."""

    rc: int
    stdout: str
    stderr: str


def run(
    args: Sequence[str], timeout: float, *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Completed | None:
    """Run a program to its end; None if the program is not there. `env` is added to the scrubbed environment."""
    try:
        process = subprocess.Popen(
            list(args),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            cwd=cwd,
            env=_environment() | dict(env or {}),
            start_new_session=True,  # a group of its own: Ctrl-C does not reach it, and all of it can be ended
        )
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    try:
        stdout, stderr = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired as error:
        raise MissingOutside(f"{args[0]} did not end within {timeout:g} seconds.") from error
    finally:
        _end_group(process)
    return Completed(process.returncode, stdout, stderr)


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_MISLEADING) and not _SECRET.search(name)
    }


def _end_group(process: subprocess.Popen[str]) -> None:
    """Leave nothing behind: a program that did not end, nor what it started."""
    if process.returncode is not None:
        return
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()
