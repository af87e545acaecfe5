"""A whole project made once, and ways to work on copies of it."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from framework.artifacts.files import ProjectFiles
from framework.workflow.report import status
from framework.workflow.table import stages_until

# The stages that follow need an environment in the project's own folder: test_whole.py goes through them once.
UNTIL = ("--until", "venv-spec")
WISH = (
    "A 10M model from scratch that writes bedtime stories in English, trained on a CPU with DeepSpeed, "
    "p95 under 2 s, Apache-2.0, Python 3.8"
)


def foundry(*arguments: object, at: Path) -> subprocess.CompletedProcess[str]:
    """Run foundry as a person would, in a process of its own."""
    command = [sys.executable, "-m", "framework.cli.main", *map(str, arguments)]
    return subprocess.run(command, cwd=at, capture_output=True, text=True, timeout=900)


def git(project: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(project), *arguments], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One project for all workers; whoever comes first makes it."""
    shared = tmp_path_factory.getbasetemp().parent / "built"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "tales").is_dir():
            options = ("--name", "tales", "--yes", "--no-docker", "--out", shared, *UNTIL)
            made = foundry("new", WISH, *options, at=shared)
            assert made.returncode == 0, made.stdout + made.stderr
    return shared / "tales"


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copytree(built, tmp_path / "tales", symlinks=True))


def resume(project: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    until = () if "--until" in arguments else UNTIL
    return foundry("resume", project.name, "--out", project.parent, *arguments, *until, at=project.parent)


def states(project: Path) -> dict[str, str]:
    """The state of each stage that gives birth to the project."""
    known = {stage.name for stage in stages_until(UNTIL[1])}
    return {stage.name: stage.state for stage in status(ProjectFiles(project)).stages if stage.name in known}


def config(project: Path, name: str) -> Any:
    return yaml.safe_load((project / "configs" / name).read_text(encoding="utf-8"))


def kill_at(moment: str, project: Path, *arguments: str) -> None:
    """Resume, and kill the process as it says that it has come to the moment."""
    command = [sys.executable, "-m", "framework.cli.main", "resume", "tales", "--out", str(project.parent), "--yes"]
    run = subprocess.Popen([*command, *UNTIL, *arguments], stdout=subprocess.PIPE, text=True, bufsize=1)
    assert run.stdout is not None
    for line in run.stdout:
        if line.startswith(moment):
            os.kill(run.pid, signal.SIGKILL)
            break
    run.stdout.close()
    assert run.wait() == -signal.SIGKILL
