"""The reach of one agent: what it may read, write and run, as its role.yaml says, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TypeVar

from framework.artifacts.base import Artifact, Strict
from framework.artifacts.codec import encode
from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.records import Answers, RunRecord
from framework.errors import FoundryError
from framework.knowledge.specs import SpecDocument, find_spec
from framework.runtime.events import Event, Listener
from framework.runtime.userdata import DataFacts, inspect_data

A = TypeVar("A", bound=Artifact)


class Role(Strict):
    """role.yaml: an agent's reach. Paths are globs within the project; `specs` are spec documents."""

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

    def read(self, kind: type[A]) -> A:
        """An artifact of an earlier stage."""
        self._allow("read", f"reports/{kind.FILE}", self.role.reads)
        return self.files.read_artifact(kind)

    def write(self, model: Artifact) -> None:
        """Put the stage's artifact into its staging folder; the workflow puts it in place. The user's notes survive."""
        self._allow("write", f"reports/{model.FILE}", self.role.writes)
        text = encode(model, self.files.read_notes(model.FILE))
        write_text(self.files.staging(self.stage) / model.FILE, text)

    def spec(self, name: str) -> SpecDocument:
        """A spec document, the user's own one if there is one."""
        self._allow("read the spec document", name, self.role.specs)
        folder = self.run.settings.specs
        return find_spec(name, Path(folder) if folder else None)

    def user_data(self) -> DataFacts | None:
        """What there is to know of the user's own data, if they gave any."""
        if self.run.settings.data is None:
            return None
        self._allow("read", "data", self.role.reads)
        return inspect_data(Path(self.run.settings.data))

    def announce(self, key: str, **fields: object) -> None:
        """Tell the user what is being done now, with a sentence of the catalogue."""
        self.listener(Event("progress", self.stage, self.role.role, key, fields))

    def _allow(self, deed: str, path: str, allowed: list[str]) -> None:
        inside = not PurePosixPath(path).is_absolute() and ".." not in PurePosixPath(path).parts
        if not (inside and any(fnmatchcase(path, pattern) for pattern in allowed)):
            raise FoundryError(
                f"the {self.role.role} may not {deed} {path}: its role.yaml allows {', '.join(allowed) or 'nothing'}.",
                hint="This is a fault of foundry; please report it with this line.",
            )
