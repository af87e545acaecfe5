"""Compiled Python, taken over from an environment that has proved a project: compiling it costs more than importing it.

Python itself sees to it that what it finds belongs to its source: to the same size and time, which files that uv links
from its cache share everywhere. What does not fit is compiled as usual.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from framework.artifacts.files import read_text
from framework.runtime.env_facts import installed
from framework.runtime.venvs import Venv, shared_venvs

_HOME = re.compile(r"^home\s*=\s*(.+)$", re.MULTILINE)


def take_over_bytecode(venv: Venv) -> None:
    """Link what the most similar of the shared environments have compiled; without any, nothing happens."""
    packages = installed(venv.root).items()
    alike = {one: len(packages & installed(one.root).items()) for one in shared_venvs()}
    for proved, count in alike.items():
        if count == max(alike.values()):
            for theirs, mine in _pairs(proved, venv):
                with suppress(OSError, shutil.Error):  # another file system, a full disk: it is compiled anew
                    shutil.copytree(theirs, mine, copy_function=_link, dirs_exist_ok=True)


def _link(theirs: str, mine: str) -> None:
    with suppress(FileExistsError):
        os.link(theirs, mine)


def _pairs(proved: Venv, venv: Venv) -> Iterator[tuple[Path, Path]]:
    """The packages, and Python's own library where it is the same Python."""
    yield _compiled(proved, proved.root.absolute()), _compiled(venv, venv.root.absolute())
    library = _library(venv)
    if library and library == _library(proved):
        yield _compiled(proved, library), _compiled(venv, library)


def _compiled(venv: Venv, folder: Path) -> Path:
    """Where the tools keep the bytecode of what lies in the folder."""
    return venv.root.absolute() / "cache" / "bytecode" / folder.relative_to(folder.anchor)


def _library(venv: Venv) -> Path | None:
    settings = venv.root / "pyvenv.cfg"
    home = _HOME.search(read_text(settings)) if settings.is_file() else None
    return Path(home[1].strip()).parent / "lib" if home else None
