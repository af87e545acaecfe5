"""Folders for passing work: what a killed process has left behind goes, what a living one holds stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from framework.runtime.passing_folders import passing_folder, remove_abandoned

HOLDING = """
import sys
from framework.runtime.passing_folders import passing_folder
with passing_folder("work") as folder:
    (folder / "half done").write_text("x")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def an_hour_ago(folder: Path) -> None:
    then = folder.stat().st_mtime - 3600
    os.utime(folder, (then, then))


def test_what_a_killed_process_leaves_is_removed_and_what_a_living_one_holds_is_not() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        held = Path(other.stdout.readline().strip())
        an_hour_ago(held)
        remove_abandoned()
        assert (held / "half done").exists()

        other.send_signal(signal.SIGKILL)
        other.wait()
        assert held.exists()
        an_hour_ago(held)
        remove_abandoned()
        assert not held.exists()


def test_a_folder_that_was_just_made_or_is_not_foundrys_stays(temporary: Path) -> None:
    (young, foreign) = (temporary / "foundry-work-1", temporary / "other-work-1")
    young.mkdir()
    foreign.mkdir()
    an_hour_ago(foreign)
    (temporary / "foundry-link-1").symlink_to(foreign)

    remove_abandoned()

    assert young.exists()
    assert foreign.exists()


def test_a_passing_folder_is_gone_afterwards() -> None:
    with passing_folder("work") as folder:
        (folder / "file").touch()
    assert not folder.exists()
