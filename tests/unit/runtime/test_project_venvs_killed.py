"""Environments in a project's folder when foundry is killed, the disk is full, or two come at once."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from framework.errors import MissingOutside
from framework.runtime.cache import alone
from framework.runtime.project_venvs import existing_project_venv
from tests.unit.runtime.venv_project import HERE, made, make_project, small_lock, works

MAKING = """
import sys
from pathlib import Path
from framework.runtime.project_venvs import project_venv
from framework.runtime.resolver import resolve
def tell(key, **fields):
    print(key, flush=True)
    if key == sys.argv[1]:
        sys.stdin.readline()
project_venv(Path(sys.argv[2]), resolve(["wants-idna"], python=sys.argv[3]), tell)
"""
GUARDED = """
import os, sys
from pathlib import Path
from framework.runtime.cache import alone
from framework.runtime.processes import stream
waiting = "import os, sys, time; print(os.getpid(), flush=True)\\nwhile not os.path.exists(sys.argv[1]): time.sleep(0)"
with alone(Path(sys.argv[1])) as held:
    stream([sys.executable, "-c", waiting, sys.argv[2]], 60, lambda line: print(line, flush=True), keep=[held])
"""


@pytest.fixture
def project(registry: Path, tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


@pytest.mark.slow
def test_a_disk_that_is_full_is_an_error_and_no_ruin(project: Path) -> None:
    """No file may become longer than a few bytes: what the installer writes does not fit."""
    code = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))\n{MAKING}"
    small_lock()
    args = [sys.executable, "-c", code, "", str(project), HERE]
    done = subprocess.run(args, capture_output=True, text=True)

    assert "MissingOutside" in done.stderr
    assert works(made(project))


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["environment.creating", "environment.installing", "environment.installed"])
def test_one_that_a_kill_left_half_made_is_finished_by_the_next_run(project: Path, moment: str) -> None:
    args = [sys.executable, "-c", MAKING, moment, str(project), HERE]
    other = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    while other.stdout.readline().strip() != moment:
        assert other.poll() is None
    other.send_signal(signal.SIGKILL)
    other.communicate()
    with pytest.raises(MissingOutside):
        existing_project_venv(project, "cpu")

    venv = made(project)

    assert works(venv)
    assert [path.name for path in (project / ".foundry/scratch").iterdir()] == ["debug-cpu.lock"]


@pytest.mark.slow
def test_two_at_once_make_one(project: Path) -> None:
    args = [sys.executable, "-c", MAKING, "", str(project), HERE]
    both = [subprocess.Popen(args, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate()[0].split() for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert "environment.reused" in [words[-1] for words in told]


def test_nobody_begins_while_an_installer_without_its_foundry_still_writes(tmp_path: Path) -> None:
    lock, go = tmp_path / "place", tmp_path / "go"
    args = [sys.executable, "-c", GUARDED, str(lock), str(go)]
    foundry = subprocess.Popen(args, stdout=subprocess.PIPE, text=True)
    assert foundry.stdout is not None
    orphan = int(foundry.stdout.readline())
    foundry.kill()
    foundry.wait()

    with (tmp_path / "place.lock").open() as file:
        with pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _when_waiting_go(lock, go)
        fcntl.flock(file, fcntl.LOCK_EX)  # returns when the orphan has ended
    with pytest.raises(ProcessLookupError):
        os.kill(_gone(orphan), 0)
    with alone(lock):
        pass


def _when_waiting_go(lock: Path, go: Path) -> None:
    """Whoever comes meanwhile is told that it waits."""
    with alone(lock, go.touch):
        assert go.exists()


def _gone(pid: int) -> int:
    """Wait until init, or whoever has inherited it, has buried the process."""
    stat = Path(f"/proc/{pid}/stat")
    while stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z":
        pass
    return pid if not stat.exists() else -(2**22)
