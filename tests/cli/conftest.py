"""foundry as a person runs it: in a folder of its own, with and without a terminal."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pexpect  # type: ignore[import-untyped]
import pytest

from framework.cli.main import run
from framework.workflow.table import stages_until
from tests.signals import hear_all

STAGES = stages_until("technology")
LAST = STAGES[-1]
WISH = "A small model that writes bedtime stories in English, we have one 24 GB card"


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which is one JSON document and nothing else."""
        return json.loads(self.out)


Foundry = Callable[..., Result]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder and an English user without any settings of their own."""
    endpoint = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "FOUNDRY_MODEL", "FOUNDRY_DECISIONS")
    for name in ("LC_ALL", "LC_MESSAGES", "COLUMNS", *endpoint):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def foundry(capsys: pytest.CaptureFixture[str]) -> Foundry:
    """Run one command line without a terminal. Runs stop before the stages that need an environment, unless told."""

    def command(*arguments: str | Path) -> Result:
        capsys.readouterr()
        until = (
            ["--until", LAST.name]
            if arguments[:1] and arguments[0] in ("new", "resume") and "--until" not in arguments
            else []
        )
        code = run([*(str(argument) for argument in arguments), *until])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return command


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two projects made once for all tests: `waiting` for its questions, and `done` with every default taken."""
    out = tmp_path_factory.mktemp("made")
    with redirect_stdout(io.StringIO()):
        assert run(["new", WISH, "--name", "tales", "--out", str(out)]) == 3
        shutil.copytree(out / "tales", out / "waiting")
        assert run(["resume", "tales", "--out", str(out), "--yes", "--until", LAST.name]) == 0
    (out / "tales").rename(out / "done")
    return out


@pytest.fixture
def project(made: Path, home: Path) -> Path:
    """A project that is done, every question answered with its default."""
    return Path(shutil.copytree(made / "done", home / "generated" / "tales"))


@pytest.fixture
def waiting(made: Path, home: Path) -> Path:
    """A project that waits for its questions to be answered."""
    return Path(shutil.copytree(made / "waiting", home / "generated" / "tales"))


class Terminal(pexpect.spawn):  # type: ignore[misc]
    """A person at a terminal."""

    def __init__(self, *arguments: str, env: dict[str, str] | None = None) -> None:
        command = ["-m", "framework.cli.main", *arguments]
        variables = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": "1", **(env or {})}
        super().__init__(
            sys.executable,
            command,
            env=variables,
            encoding="utf-8",
            timeout=30,
            dimensions=(50, 140),
            echo=True,
            preexec_fn=hear_all,
        )

    def sees(self, text: str) -> None:
        """Wait until the text stands on the screen."""
        self.expect_exact(text)

    def leaves(self) -> int:
        """Wait for the end of the command and return its exit code."""
        self.expect(pexpect.EOF)
        self.close()
        return int(self.exitstatus if self.exitstatus is not None else -(self.signalstatus or 0))


@pytest.fixture
def terminal() -> type[Terminal]:
    return Terminal
