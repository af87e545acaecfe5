"""The only place that starts processes: argument lists, never a shell, always with a time limit."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from framework.errors import MissingOutside

# Variables that would make a program act on something else than what its arguments name.
_MISLEADING = ("GIT_", "PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_USER")


@dataclass(frozen=True)
class Completed:
    """A process that has ended."""

    rc: int
    stdout: str
    stderr: str


def run(args: Sequence[str], timeout: float) -> Completed | None:
    """Run a program to its end; None if the program is not there."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(_MISLEADING)}
    try:
        done = subprocess.run(
            list(args),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            env=env,
            check=False,
        )
    except FileNotFoundError:
        return None
    except subprocess.TimeoutExpired as error:
        raise MissingOutside(f"{args[0]} did not end within {timeout:g} seconds.") from error
    return Completed(done.returncode, done.stdout, done.stderr)
