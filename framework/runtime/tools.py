"""Programs of an environment, run on a project. What they remember lies with the environment, not in the project."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from framework.artifacts.files import outside_failures
from framework.errors import MissingOutside
from framework.runtime.codetree import CodeTree
from framework.runtime.passing_folders import passing_folder
from framework.runtime.processes import run

if TYPE_CHECKING:
    from framework.runtime.venvs import Venv

_TIMEOUT = 900


@dataclass(frozen=True)
class Said:
    """What a tool said."""

    command: tuple[str, ...]
    rc: int
    stdout: str
    stderr: str
    seconds: float


def ask(venv: Venv, folder: Path, command: Sequence[str]) -> Said:
    """Run a command in the project's folder; its first word is a program of the environment."""
    began = time.monotonic()
    program = venv.python if command[0] == "python" else venv.program(command[0])
    done = run([str(program), *command[1:]], _TIMEOUT, cwd=folder, env=_settings(venv.root))
    if done is None:
        raise MissingOutside(f"{program} cannot be started.", hint="Run the command again: the environment is rebuilt.")
    return Said(tuple(command), done.rc, done.stdout, done.stderr, round(time.monotonic() - began, 3))


def tried(venv: Venv, tree: CodeTree, commands: Sequence[Sequence[str]]) -> CodeTree:
    """What commands that change files would make of the project. They run in a copy; the project stays as it is."""
    with passing_folder("trial") as folder, outside_failures(folder):
        tree.write(folder)
        for command in commands:
            ask(venv, folder, command)
        return CodeTree(tree.root, {name: (folder / name).read_bytes() for name in tree.files})


def _settings(root: Path) -> dict[str, str]:
    """Nothing that depends on this machine's user; and what saves seconds is kept: bytecode, the types of torch."""
    return {
        "PYTHONPATH": "src",
        "MYPYPATH": "src",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(root / "cache" / "bytecode"),
        "MYPY_CACHE_DIR": str(root / "cache" / "mypy"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(root / "cache" / "hypothesis"),
        "RUFF_NO_CACHE": "true",
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "NO_COLOR": "1",
        "LC_ALL": "C.UTF-8",
    }
