"""A small project that gets an environment, and what is announced meanwhile."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from framework.runtime.interpreters import running_version
from framework.runtime.project_venvs import project_venv
from framework.runtime.resolver import Lock, resolve
from framework.runtime.venvs import Venv

HERE = running_version()


class Told(list[tuple[str, dict[str, Any]]]):
    """What was announced."""

    def __call__(self, key: str, **fields: Any) -> None:
        self.append((key.removeprefix("environment."), fields))

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self]


def make_project(root: Path) -> Path:
    (root / "src/demo").mkdir(parents=True)
    (root / "src/demo/__init__.py").write_text("NAME = 'the project itself'\n")
    return root


def small_lock(*more: str) -> Lock:
    return resolve(["wants-idna", "PyYAML", *more], python=HERE)


def made(project: Path, lock: Lock | None = None, told: Told | None = None, **settings: Any) -> Venv:
    return project_venv(project, lock or small_lock(), told if told is not None else Told(), **settings)


def said_by(venv: Venv, code: str) -> str:
    args = [str(venv.python), "-c", code]
    return subprocess.run(args, capture_output=True, text=True, check=True, cwd="/").stdout.strip()


def works(venv: Venv) -> bool:
    return said_by(venv, "import idna, yaml, wants_idna; print(idna.VERSION, yaml.VERSION)") == "3.2 6.0"
