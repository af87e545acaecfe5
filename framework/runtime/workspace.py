"""The reach of one agent: what it may read, write and run, as its role.yaml says, and nothing else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from framework.artifacts.base import Artifact, Decided, Strict, sha256
from framework.artifacts.codec import decode, encode
from framework.artifacts.files import ProjectFiles, append_line, outside_failures, read_text, write_text
from framework.artifacts.project_rules import Rules
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.records import Answers, CodeRecord, RunRecord
from framework.errors import FoundryError, MissingOutside, UsageError
from framework.knowledge.specs import SpecDocument, spec_for
from framework.rendering.context import ScratchContext
from framework.runtime import history
from framework.runtime.codetree import CodeTree
from framework.runtime.events import Event, Listener
from framework.runtime.passing_folders import passing_folder
from framework.runtime.paths import refuse_blocked
from framework.runtime.userdata import DataFacts, inspect_data
from framework.runtime.worktree import take_away

if TYPE_CHECKING:
    from framework.runtime.lines import Tell
    from framework.runtime.renders import Merged
    from framework.runtime.restricted import Limits, Ran
    from framework.runtime.venvs import Venv

A = TypeVar("A", bound=Artifact)


class Role(Strict):
    """role.yaml: an agent's reach. Paths are globs within the project, `!` forbids; `specs` are spec documents."""

    role: str
    duty: str
    reads: list[str]
    writes: list[str]
    runs: list[str]
    specs: list[str]


@dataclass(frozen=True)
class Workspace:
    """What a skill is given: the run's inputs, the project's files within the role's reach, and a voice."""

    files: ProjectFiles
    role: Role
    stage: str
    run: RunRecord
    answers: Answers
    listener: Listener
    own_specs: bool = False
    yes: bool = False  # whether this run approves whatever comes up
    decided: Callable[[], list[Decided]] = list  # who has answered the questions of the stage so far

    def read(self, kind: type[A]) -> A:
        """An artifact: as an earlier step of this stage has just written it, else as it stands in reports/."""
        self._allow("read", f"reports/{kind.FILE}", self.role.reads)
        staged = self._staging / kind.FILE
        if staged.is_file():
            return decode(kind, read_text(staged), kind.FILE).model
        return self.files.read_artifact(kind)

    def previous(self, kind: type[A]) -> A | None:
        """The artifact as this stage wrote it the last time, if it did."""
        return self.files.read_baseline(kind) if self.files.baseline(kind.FILE).is_file() else None

    def write(self, model: Artifact) -> None:
        """Put the stage's artifact into its staging folder; the workflow puts it in place. The user's notes survive."""
        self._allow("write", f"reports/{model.FILE}", self.role.writes)
        told = model.model_copy(update={"decided": self.decided()})
        text = encode(told, self.files.read_notes(model.FILE))
        write_text(self._staging / model.FILE, text)

    def code(self) -> CodeTree:
        """The project's own files as they are now."""
        return CodeTree.read(self.files.root)

    def put(self, texts: dict[str, str], message: str, over: CodeTree | None = None, gone: Collection[str] = ()) -> str:
        """Write files of the project and commit them; the commit. Where there is nothing to write there is none.

        `over` is the project as it was when the texts were made of it: what has changed since is not written over.
        The files in `gone` are taken away by the same commit; the history keeps them.
        """
        if not (texts or gone):
            return history.head(self.files)
        for name in (*texts, *gone):
            self._allow("write", name, self.role.writes)
            self._refuse_forbidden(name)
        history.record_edits(self.files)
        if over is not None:
            self._refuse_changed((*texts, *gone), over)
        self._foretell(texts, gone)
        for name, text in texts.items():
            refuse_blocked(self.files.root, name)
            _rewrite(self.files.root / name, text)
        for name in gone:
            take_away(self.files.root, name)
        if trouble := history.record(self.files, message, work=True):
            raise MissingOutside(f"git refuses the commit {message!r}: {trouble}.", hint="Mend that, then resume.")
        return history.head(self.files)

    def revert(self, commit: str, message: str) -> str:
        """Take a commit of this stage back, with another one."""
        history.git(self.files, "revert", "--no-commit", commit)
        if trouble := history.record(self.files, message, work=True):
            raise MissingOutside(f"git refuses the commit {message!r}: {trouble}.", hint="Mend that, then resume.")
        return history.head(self.files)

    def proven(self) -> dict[str, str]:
        """The project's texts as they were when a stage last proved them, by path."""
        from framework.runtime.proven import proven_texts

        return proven_texts(self.files, self.code())

    def _refuse_forbidden(self, name: str) -> None:
        """The project's rules hold for every stage that goes by its own documents, but for the one that makes them."""
        if self.own_specs and self.stage != "rules" and self.files.report(Rules.FILE).is_file():
            rules = self.files.read_artifact(Rules)
            if rules.forbids(name):
                raise UsageError(
                    f"{name} may not be changed: the rules of the project forbid it (reports/{Rules.FILE}).",
                    hint=f"Change it yourself, or take its path out of `forbidden_paths` in {rules.file} and resume.",
                )

    def _foretell(self, texts: dict[str, str], gone: Collection[str]) -> None:
        """Tell the ledger what becomes of the code: of a run that is killed it is known as this stage's work."""
        before = self.code()
        after = before.with_changes(texts, gone)
        if after.digest != before.digest:
            made = CodeRecord(stage=self.stage, code_before=before.digest, code_after=after.digest)
            append_line(self.files.ledger, made.model_dump_json())

    def _refuse_changed(self, names: Iterable[str], over: CodeTree) -> None:
        now = self.code().files
        if changed := [name for name in names if now.get(name) != over.files.get(name)]:
            raise UsageError(
                f"{changed[0]} was changed while foundry was working on it; your version stands.",
                hint="Run the command again.",
            )

    def render(self, family: str, context: ScratchContext) -> dict[str, str]:
        """Render the family into the staging folder: every path with the hash of its content."""
        from framework.rendering.family import load_family
        from framework.rendering.render import render

        with outside_failures(self._staging):
            shutil.rmtree(self._rendered, ignore_errors=True)
            return render(load_family(family), context, self._rendered)

    def rendered(self) -> dict[str, str]:
        """What an earlier step of the stage has rendered: every path with the hash of its content."""
        found = sorted(path for path in self._rendered.rglob("*") if path.is_file())
        with outside_failures(self._rendered):
            return {path.relative_to(self._rendered).as_posix(): sha256(path.read_bytes()) for path in found}

    def render_of(self, folder: str) -> dict[str, str]:
        """The texts that were rendered into a folder, as far as they do not stand there any more as they were."""
        from framework.runtime.renders import rendered
        from framework.runtime.trees import content, entries
        from framework.runtime.worktree import standing

        files = ProjectFiles(self.files.root.absolute())
        was = entries(files, rendered(files)).items()
        was_there = {path: blob for path, blob in was if path.startswith(f"{folder}/")}
        now = standing(files, list(was_there))
        with passing_folder("render") as place:
            old = {path: content(files, blob, place) for path, blob in was_there.items() if now.get(path) != blob}
        return {path: data.decode(errors="replace") for path, data in old.items()}

    def rendered_texts(self, prefix: str) -> dict[str, str]:
        """The rendered files below a folder."""
        return {path: read_text(self._rendered / path) for path in self.rendered() if path.startswith(prefix)}

    def prune(self, keep: Collection[str], message: str) -> Merged:
        """Take out what an earlier render had and the new one has not, unless the user has changed it."""
        from framework.runtime.renders import prune

        return prune(self.files, keep, message)

    def merge(self, paths: Sequence[str], message: str) -> Merged:
        """Bring files of the render into the project; what the user has changed there is merged or reported."""
        for path in paths:
            self._allow("write", path, self.role.writes)
        from framework.runtime.renders import merge

        return merge(self.files, self._rendered, paths, message)

    def prove(self, venv: Venv, commands: Sequence[list[str]], limits: Limits | None = None) -> list[CommandReceipt]:
        """Run commands in the project's folder with the programs of an environment; a receipt for each.

        With `limits` they are kept in bounds, as what trains is.
        """
        from framework.runtime.proofs import prove
        from framework.runtime.restricted import asking_within
        from framework.runtime.tools import ask

        for command in commands:
            self._allow("run", command[0], self.role.runs)
        return prove(venv, self.files.root, commands, asking_within(limits) if limits else ask)

    def restricted(self, venv: Venv, command: Sequence[str], limits: Limits, tell: Tell | None = None) -> Ran:
        """Run a command in the project's folder, in a process that is kept in its bounds."""
        from framework.runtime.restricted import run_restricted

        self._allow("run", command[0], self.role.runs)
        return run_restricted(venv, self.files.root, command, limits, tell)

    @contextmanager
    def scratch(self) -> Iterator[Workspace]:
        """The same in a copy of the project's own files, which is gone afterwards."""
        copy = ProjectFiles(self._staging / "copy")
        with outside_failures(copy.root):
            self.code().write(copy.root)
        try:
            yield replace(self, files=copy)
        finally:
            shutil.rmtree(copy.root, ignore_errors=True)

    def spec(self, name: str) -> SpecDocument:
        """A spec document, the user's own one if there is one."""
        self._allow("read the spec document", name, self.role.specs)
        return spec_for(self.own_specs, name, self.files, self.run)

    def user_data(self) -> DataFacts | None:
        """What there is to know of the user's own data, if they gave any."""
        if self.run.settings.data is None:
            return None
        self._allow("read", "data", self.role.reads)
        return inspect_data(Path(self.run.settings.data))

    def announce(self, key: str, **fields: object) -> None:
        """Tell the user what is being done now, with a sentence of the catalogue."""
        self.listener(Event("progress", self.stage, self.role.role, key, fields))

    @property
    def _staging(self) -> Path:
        return self.files.staging(self.stage)

    @property
    def _rendered(self) -> Path:
        return self._staging / "render"

    def _allow(self, deed: str, path: str, allowed: list[str]) -> None:
        inside = not PurePosixPath(path).is_absolute() and ".." not in PurePosixPath(path).parts
        forbidden = any(fnmatchcase(path, pattern[1:]) for pattern in allowed if pattern.startswith("!"))
        if not (inside and not forbidden and any(fnmatchcase(path, pattern) for pattern in allowed)):
            raise FoundryError(
                f"the {self.role.role} may not {deed} {path}: its role.yaml allows {', '.join(allowed) or 'nothing'}.",
                hint="This is a fault of foundry; please report it with this line.",
            )


def _rewrite(path: Path, text: str) -> None:
    """Write a file so that Python sees that it is another one: it looks at the size and at the second of the time."""
    before = path.stat() if path.is_file() else None
    write_text(path, text)
    now = path.stat()
    if before and before.st_size == now.st_size and int(before.st_mtime) == int(now.st_mtime):
        os.utime(path, (now.st_atime, now.st_mtime + 1))
