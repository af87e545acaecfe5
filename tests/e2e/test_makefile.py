"""`make run` hands the sentence over as it was typed, whatever it contains."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pexpect  # type: ignore[import-untyped]
import pytest

from tests.architecture.house import ROOT

OUR_OWN = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "REQ"}  # set when `make test` runs these tests
FAKE_FOUNDRY = "#!/bin/sh\nprintf '%s\\0' \"$@\" > arguments\n"
HOSTILE = [
    "$(touch owned)",
    "$(shell touch owned)",
    "`touch owned`",
    '"; touch owned; "',
    "' ; touch owned ; '",
    "$200 max, 100% mine \\ and ${HOME}",
    "a # b",
    "--yes",
    "two\nlines",
    "两张 4090,训练一个小模型",
]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with our Makefile and a foundry that only notes its arguments; it looks set up already."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "pyproject.toml").touch()
    foundry = tmp_path / ".venv/bin/foundry"
    foundry.parent.mkdir(parents=True)
    foundry.write_text(FAKE_FOUNDRY)
    foundry.chmod(0o755)
    (tmp_path / ".venv/.ready").touch()
    return tmp_path


def _environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in OUR_OWN} | more


def _make(folder: Path, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=_environment(**environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _noted(folder: Path) -> list[str]:
    return (folder / "arguments").read_text(encoding="utf-8").removesuffix("\0").split("\0")


@pytest.mark.parametrize("text", HOSTILE)
def test_the_sentence_arrives_as_it_was_typed(checkout: Path, text: str) -> None:
    _make(checkout, "run", f"REQ={text}")
    assert _noted(checkout) == ["new", "--yes", "--no-docker", "--", text]
    _make(checkout, "run", REQ=text)
    assert _noted(checkout) == ["new", "--yes", "--no-docker", "--", text]
    assert not (checkout / "owned").exists()


def test_without_a_terminal_it_says_what_it_adds(checkout: Path) -> None:
    assert "--yes --no-docker" in _make(checkout, "run")


def test_with_a_terminal_it_asks(checkout: Path) -> None:
    child = pexpect.spawn("make", ["run"], cwd=str(checkout), env=_environment(), timeout=30)
    child.expect(pexpect.EOF)
    child.close()
    command, separator, sentence = _noted(checkout)
    assert (child.exitstatus, command, separator) == (0, "new", "--")
    assert "bedtime stories" in sentence


def test_every_target_is_explained(checkout: Path) -> None:
    explained = _make(checkout, "help")
    targets = ["run", "test", "fast", "lint", "format", "eval", "bench", "drawing", "wheel", "clean"]
    assert [target for target in targets if f"make {target} " not in explained] == []
