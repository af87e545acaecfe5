"""The programs that environments are made with: uv where it is there, and Python interpreters of a wanted version."""

from __future__ import annotations

import shutil
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from framework.errors import MissingOutside
from framework.runtime.cache import alone, cache_folder
from framework.runtime.processes import run

_QUICK, _PATIENT = 20, 300  # seconds
_ASK = "import sys; print(sys.executable, '%d.%d' % sys.version_info[:2], sep='\\n')"


def uv() -> list[str] | None:
    """The command that is uv, if it is there."""
    if found := shutil.which("uv"):
        return [found]
    return [sys.executable, "-m", "uv"] if find_spec("uv") else None


def running_version() -> str:
    """The version of the Python that foundry itself runs on."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


@cache
def interpreter(version: str) -> Path | None:
    """A Python of that version, such as `3.12`; None if there is none here."""
    if version == running_version():
        return Path(sys.executable)
    command = uv()
    finding = [[*command, "python", "find", "--no-project", "--system", "--offline", version]] if command else []
    found = (done.stdout.strip() for args in finding if (done := run(args, _QUICK)) and done.rc == 0)
    return next((path for name in (*found, f"python{version}") if (path := _answering(name, version))), None)


def bare_pip(version: str) -> list[str]:
    """pip of that Python version, in an environment that holds nothing else."""
    root = cache_folder("pip") / version
    python = root / "bin" / "python"
    with alone(root):
        if not _has_pip(python):
            make_with_venv(root, version)
    return [str(python), "-m", "pip", "--disable-pip-version-check"]


def make_with_venv(root: Path, version: str, *, clear: bool = True) -> None:
    """A new environment by the standard library, with pip; unless it is cleared, what lies in the folder stays."""
    python = interpreter(version)
    if python is None:
        raise MissingOutside(
            f"there is no Python {version} on this machine.",
            hint=f"Install Python {version}, or name another one under `python` in VENV_CONFIG.md.",
        )
    done = run([str(python), "-m", "venv", *(["--clear"] if clear else []), str(root)], _PATIENT)
    if done is None or done.rc != 0:
        raise MissingOutside(
            f"{python} makes no environment: {(done.stderr or done.stdout).strip() if done else 'it is gone'}",
            hint="Install uv, or Python's venv module (on Debian and Ubuntu: apt-get install python3-venv).",
        )


def _answering(name: str, version: str) -> Path | None:
    """The interpreter behind a name; a shim that stands for nothing is none."""
    done = run([name, "-c", _ASK], _QUICK)
    lines = done.stdout.split("\n") if done and done.rc == 0 else []
    return Path(lines[0]) if lines[1:2] == [version] else None


def _has_pip(python: Path) -> bool:
    done = run([str(python), "-m", "pip", "--version"], _QUICK)
    return done is not None and done.rc == 0
