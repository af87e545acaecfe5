"""One program with what foundry proposes for it: run, repaired, run again, as the debug stage does it.

The stage needs a whole project with its own checks. Here the program's end is the only one: it counts as mended where
it ends with 0 and no repair broke the rules of honest repairs.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agents.coder.debugging.failure import Failure, read_failure
from agents.coder.debugging.guards.violations import violations
from agents.coder.debugging.matching import Proposal, Scene, fitting, proposals
from agents.coder.debugging.playbook import Playbook
from framework.runtime.codetree import CodeTree
from framework.runtime.restricted import Limits, run_restricted
from framework.runtime.venvs import Venv
from tests.bugbench.tree import cheats

PROGRAM = "scripts/train.py"
HELP = "scripts/tiny.py"
_PROJECT = {"pyproject.toml": '[project]\nname = "tuning"\nversion = "1"\ndependencies = [\n    "torch",\n]\n'}
_LIMITS = Limits(wall_s=300, memory_bytes=6 << 30)
_DEEP = 3  # failures that may follow from one another
Texts = Mapping[str, str]


@dataclass
class Tried:
    """What became of a program. `known`: entries of the playbook that fit its failure."""

    name: str
    failure: Failure | None
    known: list[str]
    made: list[Proposal] = field(default_factory=list)  # in force at the end
    attempts: int = 0
    is_mended: bool = False
    faults: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        """In one word; `advised` where a person is told and no machine can help."""
        if self.failure is None:
            return "no bug"
        if self.faults:
            return "CHEATED"
        return "mended" if self.is_mended else "advised" if self.known else "open"


@dataclass(frozen=True)
class Bench:
    """Where programs are run, and with what."""

    venv: Venv
    playbook: Playbook
    folder: Path
    attempts: int

    def try_program(self, program: Path) -> Tried:
        """Run it, and repair it as long as that helps."""
        texts = _PROJECT | {PROGRAM: program.read_text("utf-8"), HELP: program.with_name("tiny.py").read_text("utf-8")}
        failure = self._run(texts)
        tried = Tried(program.stem, failure, [])
        if failure is None:
            return tried
        tried.known = [entry.id for entry in fitting(self._scene(failure, texts), self.playbook)]
        mended = self._mend(texts, failure, tried, _DEEP)
        if mended is not None:
            before, after = _saving_alike(texts), _saving_alike(mended)
            tried.is_mended, tried.faults = True, cheats(before, before, after)
        return tried

    def _mend(self, texts: Texts, failure: Failure, tried: Tried, deep: int) -> Texts | None:
        """The texts with which it ends well, or None."""
        scene = self._scene(failure, texts)
        useless: set[str] = set()
        for proposal in proposals(scene, self.playbook):
            if tried.attempts >= self.attempts:
                return None
            new = {**texts, **proposal.texts}
            if proposal.entry in useless or _refused(scene.tree, CodeTree(self.folder, _bytes(new)), proposal):
                continue
            tried.attempts += 1
            tried.made.append(proposal)
            after = self._run(new)
            if after is None:
                return new
            if after.signature == failure.signature:
                useless.add(proposal.entry)
            elif deep and (mended := self._mend(new, after, tried, deep - 1)):
                return mended
            tried.made.pop()
        return None

    def _run(self, texts: Texts) -> Failure | None:
        shutil.rmtree(self.folder, ignore_errors=True)
        CodeTree(self.folder, _bytes(texts)).write(self.folder)
        ran = run_restricted(self.venv, self.folder, ["python", PROGRAM], _LIMITS)
        return read_failure(ran, self.folder) if ran.rc else None

    def _scene(self, failure: Failure, texts: Texts) -> Scene:
        return Scene(
            failure=failure,
            tree=CodeTree(self.folder, _bytes(texts)),
            proven={},
            config="",
            overrides=[],
            python=self.venv.python,
            modules=self.venv.modules(),
            lang="en",
        )


def _refused(before: CodeTree, after: CodeTree, proposal: Proposal) -> list[str]:
    return violations(before, after, "en", requirement=proposal.requirement)


def _saving_alike(texts: Texts) -> dict[str, str]:
    """Safetensors has two functions for saving; one in place of the other loses nothing."""
    return {name: text.replace("save_file(", "save_model(") for name, text in texts.items()}


def _bytes(texts: Texts) -> dict[str, bytes]:
    return {name: text.encode() for name, text in texts.items()}
