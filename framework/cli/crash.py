"""An error of our own: the traceback goes into a file, the person gets a sentence."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from framework import __version__
from framework.cli.language import tell


def record_crash(error: Exception, arguments: Sequence[str]) -> tuple[str, str]:
    """Write the crash down; return the message and the hint for the person."""
    what = f"{type(error).__name__}: {error}".strip().splitlines()[0][:200]
    path = _write(_report(error, arguments))
    where = tell("cli.crash_log", path=path) if path else tell("cli.crash_no_log")
    return tell("cli.crash", what=what), where


def _report(error: Exception, arguments: Sequence[str]) -> str:
    head = f"foundry {__version__}, Python {platform.python_version()}, {platform.platform()}"
    return f"{head}\narguments: {list(arguments)!r}\n\n{''.join(traceback.format_exception(error))}"


def _write(report: str) -> Path | None:
    """The first place that takes the file: the user's state folder, else the temporary one."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    name = f"crash-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.log"
    for folder in (state / "foundry", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / name
            path.write_text(report, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return path
    return None
