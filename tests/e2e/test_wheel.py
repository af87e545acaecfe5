"""The wheel alone, far from the checkout, does what the checkout does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.house import ROOT, files

SENTENCE = "I want a small model that writes bedtime stories, we only have one 24 GB card"
SPEC_DOCUMENTS = {"CLAUDE.md", "ML.md", "VENV_CONFIG.md", "DEBUG_CODE.md", "DOCKER_CONFIG.md"}
UV = shutil.which("uv") if subprocess.run("uv --version", shell=True, capture_output=True).returncode == 0 else None


def _run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a stranger would: with a plain environment, in another folder."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "FOUNDRY"))
    }
    return subprocess.run(list(map(str, command)), cwd=cwd, env=kept, capture_output=True, text=True, timeout=280)


def _build(folder: Path) -> Path:
    faster = ["--installer", "uv"] if UV else []
    done = _run(sys.executable, "-m", "build", "--wheel", *faster, "--outdir", folder, ROOT, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


def _install(wheel: Path, venv: Path) -> None:
    """With uv where it is there and succeeds, with pip otherwise: uv does not know pip's configuration."""
    python = venv / "bin" / "python"
    if UV and _run(UV, "venv", "--python", sys.executable, venv, cwd=wheel.parent).returncode == 0:
        if _run(UV, "pip", "install", "--python", python, wheel, cwd=wheel.parent).returncode == 0:
            return
        shutil.rmtree(venv)
    assert _run(sys.executable, "-m", "venv", venv, cwd=wheel.parent).returncode == 0
    done = _run(python, "-m", "pip", "install", "--quiet", wheel, cwd=wheel.parent)
    assert done.returncode == 0, done.stderr


def _expected_content() -> set[str]:
    """Every tracked file of the packages, and every resource under the name that the locator looks for."""
    names = {path.relative_to(ROOT).as_posix() for path in files()}
    packages = {name for name in names if name.startswith(("framework/", "agents/"))}
    resources = {name for name in names if name.startswith(("specs/", "templates/"))} | SPEC_DOCUMENTS
    return packages | {f"framework/_resources/{name}" for name in resources}


@pytest.mark.slow
def test_an_installed_wheel_works_away_from_the_checkout(tmp_path: Path) -> None:
    wheel = _build(tmp_path)
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == _expected_content()

    venv, elsewhere = tmp_path / "venv", tmp_path / "elsewhere"
    elsewhere.mkdir()
    _install(wheel, venv)
    foundry = venv / "bin" / "foundry"
    new = _run(foundry, "new", SENTENCE, "--yes", "--no-docker", "--until", "technology", cwd=elsewhere)
    assert new.returncode == 0, new.stdout + new.stderr
    reports = {path.name for path in elsewhere.glob("generated/*/reports/*")}
    assert reports == {"requirements.md", "tech.md"}

    status = _run(foundry, "status", next(elsewhere.glob("generated/*")), "--json", cwd=elsewhere)
    assert [stage["state"] for stage in json.loads(status.stdout)["stages"]][:2] == ["fresh", "fresh"]

    rehearsed = _run(foundry, "new", SENTENCE, "--dry-run", "--json", cwd=elsewhere)
    assert {"README.md", "scripts/train.py", "configs/pretrain/full.yaml"} <= set(json.loads(rehearsed.stdout)["files"])

    where = _run(venv / "bin" / "python", "-c", "from framework.resources import root; print(root())", cwd=elsewhere)
    resources = Path(where.stdout.strip())
    assert resources.is_relative_to(venv)
    assert SPEC_DOCUMENTS | {"specs", "templates"} <= {path.name for path in resources.iterdir()}
