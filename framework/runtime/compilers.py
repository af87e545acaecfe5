"""From wanted packages to pinned ones with hashes: by uv for every platform at once, or by pip for this one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, Field

from framework.artifacts.pins import normal
from framework.errors import MissingOutside
from framework.runtime.interpreters import bare_pip, uv
from framework.runtime.passing_folders import passing_folder
from framework.runtime.processes import Completed, run

_UV_LIMIT, _PIP_LIMIT = 300, 900  # seconds
_UNSOLVABLE = 1  # uv's exit code where the index answered and nothing fits; 2 is a failure outside
_PIP_UNSOLVABLE = ("ResolutionImpossible", "No matching distribution found")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LAST_LINES = 15


class NoSolution(MissingOutside):
    """Everything answered, and no versions fit together."""


@dataclass(frozen=True)
class Query:
    """What is wanted, for which Python, from where."""

    wanted: Sequence[str]
    python: str
    settings: Mapping[str, str]
    constraints: str = ""
    universal: bool = False
    torch_backend: str = ""


class Compiler(Protocol):
    """A program that resolves."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def universal(self) -> bool:
        """Whether it resolves for all platforms at once."""
        ...

    def compile(self, query: Query) -> str:
        """The pinned packages with their hashes, as a requirements file."""
        ...


@dataclass(frozen=True)
class Uv:
    """uv: quick, and able to resolve for all platforms at once."""

    command: tuple[str, ...]
    name: str = "uv"
    universal: bool = True

    def compile(self, query: Query) -> str:
        options = ["--quiet", "--no-header", "--no-annotate", "--generate-hashes", "--python-version", query.python]
        options += ["--universal"] if query.universal else []
        options += ["--torch-backend", query.torch_backend] if query.torch_backend else []
        with passing_folder("compile") as folder:
            args = [*self.command, "pip", "compile", *options, *_written(folder, query)]
            done = run(args, _UV_LIMIT, cwd=folder, env=query.settings)
        if done is None or done.rc != 0:
            raise refusal(done, NoSolution if done and done.rc == _UNSOLVABLE else MissingOutside)
        return done.stdout


class _Archive(BaseModel):
    hashes: dict[str, str] = Field(default_factory=dict)


class _Download(BaseModel):
    archive_info: _Archive = Field(default_factory=_Archive)


class _Metadata(BaseModel):
    name: str
    version: str


class _Installed(BaseModel):
    metadata: _Metadata
    download_info: _Download


class _Report(BaseModel):
    install: list[_Installed]


@dataclass(frozen=True)
class Pip:
    """pip: always there with Python, and resolves for the interpreter that it runs on."""

    name: str = "pip"
    universal: bool = False

    def compile(self, query: Query) -> str:
        options = ["--quiet", "--dry-run", "--ignore-installed", "--report", "-"]
        with passing_folder("compile") as folder:
            args = [*bare_pip(query.python), "install", *options, "-r", *_written(folder, query)]
            done = run(args, _PIP_LIMIT, cwd=folder, env=query.settings)
        if done is None or done.rc != 0:
            raise refusal(done, NoSolution if done and _answered(done.stderr) else MissingOutside)
        report = _Report.model_validate(json.loads(done.stdout))
        return "".join(sorted(map(_line, report.install)))


def compiler() -> Compiler:
    """uv where it is there, pip otherwise."""
    command = uv()
    return Uv(tuple(command)) if command else Pip()


def refusal(done: Completed | None, kind: type[MissingOutside] = MissingOutside) -> MissingOutside:
    """The program's own last words as an error."""
    words = _COLOUR.sub("", (done.stderr or done.stdout) if done else "the program is gone").strip()
    if done and not words:
        words = f"it ended with {done.rc} and said nothing"
    return kind("\n".join(words.splitlines()[-_LAST_LINES:]))


def _answered(words: str) -> bool:
    """Whether pip had its answers and found nothing in them: it has no exit code for that."""
    return "Retrying" not in words and any(sign in words for sign in _PIP_UNSOLVABLE)


def _written(folder: Path, query: Query) -> list[str]:
    """The question as files, and the arguments that name them: a requirement is never an argument itself."""
    (folder / "wanted.in").write_text("".join(f"{line}\n" for line in query.wanted), encoding="utf-8")
    if not query.constraints:
        return ["wanted.in"]
    (folder / "constraints.txt").write_text(query.constraints, encoding="utf-8")
    return ["wanted.in", "--constraint", "constraints.txt"]


def _line(package: _Installed) -> str:
    hashes = package.download_info.archive_info.hashes
    shown = "".join(f" \\\n    --hash={kind}:{value}" for kind, value in sorted(hashes.items()) if kind == "sha256")
    return f"{normal(package.metadata.name)}=={package.metadata.version}{shown}\n"
