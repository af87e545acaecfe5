"""A whole project made once, and ways to work on copies of it."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from framework import resources
from framework.artifacts.files import ProjectFiles
from framework.workflow.report import status
from framework.workflow.table import stages_until
from tests.bugbench.ground import quick_playbook
from tests.docker.conftest import BASE

# The stages that follow need an environment in the project's own folder.
BORN = "venv-spec"
WISH = (
    "A 10M model from scratch that writes bedtime stories in English, trained on a CPU with DeepSpeed, "
    "p95 under 2 s, Apache-2.0, Python 3.8"
)
TRAINED = "A 5M model from scratch that writes bedtime stories in English, trained and served on a CPU, p95 under 5 s"


def foundry(*arguments: object, at: Path) -> subprocess.CompletedProcess[str]:
    """Run foundry as a person would, in a process of its own."""
    command = [sys.executable, "-m", "framework.cli.main", *map(str, arguments)]
    return subprocess.run(command, cwd=at, capture_output=True, text=True, timeout=900)


def git(project: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(project), *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def for_all_workers(folders: pytest.TempPathFactory) -> Path:
    """The temporary folder of this run of the tests; each of several workers has its own in it."""
    mine = folders.getbasetemp()
    return mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One project for all workers; whoever comes first makes it."""
    shared = for_all_workers(tmp_path_factory) / "built"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "tales").is_dir():
            options = ("--name", "tales", "--yes", "--no-docker", "--until", BORN, "--out", shared)
            made = foundry("new", WISH, *options, at=shared)
            assert made.returncode == 0, made.stdout + made.stderr
    return shared / "tales"


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copytree(built, tmp_path / "tales", symlinks=True))


@pytest.fixture
def proven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The one project with its environment; whoever comes first makes it.

    The environment lies in the project's folder and holds the folder's name, so that there are no copies: one test at
    a time has it, and leaves it whole.
    """
    shared = for_all_workers(tmp_path_factory) / "proven"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "tales").is_dir():
            specs = for_docker(quick_playbook(shared / "specs"))
            options = ("--name", "tales", "--specs", specs, "--yes", "--no-docker", "--out", shared)
            made = foundry("new", TRAINED, *options, at=shared)
            assert made.returncode == 0, made.stdout + made.stderr
        yield shared / "tales"


def for_docker(specs: Path) -> Path:
    """The image is made from the one that engines for tests have, and the packages are for its Python."""
    for name, old, new in (
        ("DOCKER_CONFIG.md", "cpu: python:3.12-slim-bookworm", f"cpu: {BASE}"),
        ("VENV_CONFIG.md", 'preferred: ["3.12", "3.11"]', 'preferred: ["3.11", "3.12"]'),
    ):
        text = resources.read_text(name)
        assert text.count(old) == 1, (name, old)
        (specs / name).write_text(text.replace(old, new), encoding="utf-8")
    return specs


def resume(project: Path, *arguments: object, until: str | None = BORN) -> subprocess.CompletedProcess[str]:
    words = ("--out", project.parent, *_until(until))
    return foundry("resume", project.name, *words, *arguments, at=project.parent)


def _until(stage: str | None) -> tuple[str, ...]:
    return ("--until", stage) if stage else ()


def states(project: Path, until: str | None = BORN) -> dict[str, str]:
    """The state of each stage, of those that give birth to the project or of others too."""
    known = {stage.name for stage in stages_until(until)}
    return {stage.name: stage.state for stage in status(ProjectFiles(project)).stages if stage.name in known}


def config(project: Path, name: str) -> Any:
    return yaml.safe_load((project / "configs" / name).read_text(encoding="utf-8"))


def kill_at(moment: str, project: Path, *arguments: str, until: str | None = BORN) -> None:
    """Resume, and kill the process as it says that it has come to the moment."""
    command = [sys.executable, "-m", "framework.cli.main", "resume", "tales", "--out", str(project.parent), "--yes"]
    run = subprocess.Popen([*command, *_until(until), *arguments], stdout=subprocess.PIPE, text=True, bufsize=1)
    assert run.stdout is not None
    for line in run.stdout:
        if line.startswith(moment):
            os.kill(run.pid, signal.SIGKILL)
            break
    run.stdout.close()
    assert run.wait() == -signal.SIGKILL
