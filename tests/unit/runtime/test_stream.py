"""A program whose lines are heard while it runs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from framework.errors import MissingOutside
from framework.runtime.processes import stream

SPEAKING = """
import sys
for number in range(3):
    print("out", number, flush=True)
    print("error", number, file=sys.stderr, flush=True)
sys.exit(4)
"""
WAITING = """
import os, sys
print(sys.argv[1], flush=True)
while not os.path.exists(sys.argv[1]):
    pass
"""


def test_every_line_is_told() -> None:
    heard: list[str] = []
    done = stream([sys.executable, "-c", SPEAKING], 60, heard.append)

    assert done is not None
    assert [line for line in heard if line.startswith("out")] == ["out 0", "out 1", "out 2"]
    assert [line for line in heard if line.startswith("error")] == ["error 0", "error 1", "error 2"]
    assert (done.rc, done.stdout.split("\n")[0], done.stderr.split("\n")[0]) == (4, "out 0", "error 0")


def test_a_line_is_told_before_the_program_ends(tmp_path: Path) -> None:
    """It goes on only when its first line has been heard: the listener then makes the file that it waits for."""
    done = stream([sys.executable, "-c", WAITING, str(tmp_path / "go")], 60, lambda line: Path(line).touch())
    assert done is not None
    assert done.rc == 0


def test_what_does_not_end_is_ended() -> None:
    with pytest.raises(MissingOutside, match=r"did not end within 0\.5 seconds"):
        stream([sys.executable, "-c", "while True: pass"], 0.5, lambda _: None)


def test_what_is_not_there_is_none() -> None:
    assert stream(["no-such-program-anywhere"], 1, lambda _: None) is None
