"""The files of one project: where each lies, and writes that are whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from framework.artifacts.base import Artifact
from framework.artifacts.codec import Document, decode, notes_in
from framework.artifacts.document import parse_mapping
from framework.artifacts.records import Answers, RunRecord
from framework.errors import MissingOutside, UsageError

A = TypeVar("A", bound=Artifact)


STATE = ".foundry"  # what foundry keeps of a project, in its folder


@dataclass(frozen=True)
class ProjectFiles:
    """A project's folder. Everything that foundry knows of a project is read from here."""

    root: Path

    @property
    def state(self) -> Path:
        """foundry's own corner of the project."""
        return self.root / STATE

    @property
    def ledger(self) -> Path:
        return self.state / "ledger.jsonl"

    @property
    def cursor(self) -> Path:
        """LangGraph's checkpoints; disposable."""
        return self.state / "checkpoints.sqlite"

    @property
    def decisions(self) -> Path:
        return self.state / "decisions"

    @property
    def llm_journal(self) -> Path:
        """Every call to a language model, with what it cost."""
        return self.state / "llm.jsonl"

    def staging(self, stage: str) -> Path:
        """Where a stage works before its artifact is put in place."""
        return self.state / "staging" / stage

    def report(self, name: str) -> Path:
        return self.root / "reports" / name

    def baseline(self, name: str) -> Path:
        """The artifact as foundry wrote or adopted it last; what a hand edit is compared with."""
        return self.state / "baseline" / name

    def exists(self) -> bool:
        """Whether there is a project in the folder."""
        return (self.state / "run.json").is_file()

    def read_run(self) -> RunRecord:
        path = self.state / "run.json"
        if not path.is_file():
            raise UsageError(
                f"{self.root} is not a foundry project: it has no .foundry/run.json.",
                hint="`foundry status` lists the projects in a folder.",
            )
        return parse_mapping(RunRecord, read_text(path), ".foundry/run.json")

    def write_run(self, run: RunRecord) -> None:
        write_text(self.state / "run.json", _json(run))

    def read_answers(self) -> Answers:
        path = self.state / "answers.json"
        return parse_mapping(Answers, read_text(path), ".foundry/answers.json") if path.exists() else Answers()

    def write_answers(self, answers: Answers) -> None:
        write_text(self.state / "answers.json", _json(answers))

    def read_artifact(self, kind: type[A]) -> A:
        """The artifact that stands in `reports/`, edited by hand or not."""
        return self.read_document(kind).model

    def read_document(self, kind: type[A]) -> Document[A]:
        """The artifact together with the user's notes."""
        return decode(kind, read_text(self.report(kind.FILE)), f"reports/{kind.FILE}")

    def read_baseline(self, kind: type[A]) -> A:
        """The artifact as foundry wrote or adopted it last."""
        return decode(kind, read_text(self.baseline(kind.FILE)), f".foundry/baseline/{kind.FILE}").model

    def archive(self, name: str) -> None:
        """Keep a copy of a report as it stands, before something else is put in its place."""
        path = self.report(name)
        if not path.exists():
            return
        number = 1
        while (kept := self.state / "edited" / f"{path.stem}.{number}{path.suffix}").exists():
            number += 1
        write_text(kept, read_text(path))

    def read_notes(self, name: str) -> str:
        """The user's notes in an artifact; none if it does not exist yet."""
        path = self.report(name)
        return notes_in(read_text(path)) if path.exists() else ""


def _json(model: BaseModel) -> str:
    return model.model_dump_json(indent=2) + "\n"


def read_text(path: Path) -> str:
    """A text file of the project; a failing disk is an error that names the file."""
    with outside_failures(path), path.open(encoding="utf-8", errors="replace", newline="") as file:
        return file.read()


def write_text(path: Path, text: str) -> None:
    """Write the whole file or nothing: temporary file, fsync, rename, fsync of the folder."""
    temporary = path.with_name(f".{path.name}.tmp")
    with outside_failures(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("w", encoding="utf-8", newline="\n", errors="surrogatepass") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)  # it is there only if something went wrong
        sync_folder(path.parent)


def append_line(path: Path, line: str) -> None:
    """Append one line and make it last. A torn line that a crash left behind is closed first."""
    with outside_failures(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            if file.tell() > 0:
                file.seek(-1, os.SEEK_END)
                line = line if file.read(1) == b"\n" else "\n" + line
            file.write(line.encode("utf-8") + b"\n")
            file.flush()
            os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def outside_failures(path: Path) -> Iterator[None]:
    """Turn a refusal of the disk into an error that says which file and what to do."""
    try:
        yield
    except OSError as error:
        raise MissingOutside(
            f"{path}: {error.strerror or error}.",
            hint="Make room or give write permission there, then run `foundry resume` on the project.",
        ) from error
