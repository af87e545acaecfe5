"""Bytecode of the very same files is taken over from an environment that has run them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from framework.runtime.tools import ask
from framework.runtime.venvs import Venv, verification_venv
from tests.unit.runtime.venv_project import made, make_project, small_lock


def compiled(venv: Venv) -> dict[str, Path]:
    return {path.name: path for path in (venv.root / "cache/bytecode").rglob("site-packages/*.pyc")}


def test_what_was_compiled_once_is_linked(registry: Path, tmp_path: Path) -> None:
    lock, project = small_lock(), make_project(tmp_path / "project")
    proved = verification_venv(lock, lambda _: None)
    ask(proved, tmp_path, ["python", "-c", "import idna"])

    venv = made(project, lock)

    (name, taken) = next((name, path) for name, path in compiled(venv).items() if name.startswith("idna."))
    assert taken.samefile(compiled(proved)[name])
    before = taken.stat().st_ino
    assert ask(venv, project, ["python", "-c", "import idna; print(idna.__file__)"]).stdout.startswith(str(venv.root))
    assert taken.stat().st_ino == before, "it fits the source, so that Python uses it"


def test_a_source_that_differs_is_compiled_anew(registry: Path, tmp_path: Path) -> None:
    lock, project = small_lock(), make_project(tmp_path / "project")
    proved = verification_venv(lock, lambda _: None)
    ask(proved, tmp_path, ["python", "-c", "import idna"])
    venv = made(project, lock)
    source = next((venv.root / "lib").rglob("site-packages/idna.py"))
    source.unlink()
    source.write_text("VERSION = 'edited by hand'\n")

    said = ask(venv, project, ["python", "-c", "import idna; print(idna.VERSION)"]).stdout

    assert said == "edited by hand\n"
    assert ask(proved, tmp_path, ["python", "-c", "import idna; print(idna.VERSION)"]).stdout == "3.2\n"


def test_without_any_other_environment_nothing_is_missing(registry: Path, tmp_path: Path) -> None:
    venv = made(make_project(tmp_path / "project"))
    done = subprocess.run([venv.python, "-c", "import idna"], capture_output=True)
    assert (done.returncode, compiled(venv)) == (0, {})
