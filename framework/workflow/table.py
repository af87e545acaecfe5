"""The stages as data. To add a stage, write its skills, its artifact and its gate, and add a row here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from framework.artifacts.base import Artifact
from framework.artifacts.files import ProjectFiles
from framework.artifacts.records import RunRecord, Verdict
from framework.artifacts.requirements import Requirements
from framework.artifacts.tech import Tech
from framework.errors import UsageError
from framework.gates import requirements as requirements_gate
from framework.gates import technology as technology_gate
from framework.workflow.probes import user_data

Gate = Callable[[ProjectFiles], Verdict]
Probe = Callable[[RunRecord], str]


@dataclass(frozen=True)
class Stage:
    """One stage: its steps turn what it reads into one artifact, which its gate judges from disk."""

    name: str
    steps: tuple[str, ...]  # "<role>.<skill>"
    reads: tuple[type[Artifact], ...]
    artifact: type[Artifact]
    gate: Gate
    specs: tuple[str, ...] = ()  # spec documents and catalogs that its result depends on
    probe: Probe | None = None  # what it depends on in the world outside the project
    check_answer: str | None = None  # the skill that judges an answer; a stage that has one asks a human
    version: int = 1  # raise it when the skills change what they make of the same inputs

    @property
    def agents(self) -> tuple[str, ...]:
        """The roles that work in it, in order."""
        return tuple(dict.fromkeys(step.partition(".")[0] for step in self.steps))


CATALOGS = tuple(f"specs/catalog/{name}.yaml" for name in ("models", "datasets", "accelerators", "architectures"))

STAGES: tuple[Stage, ...] = (
    Stage(
        name="requirements",
        steps=("planner.requirements",),
        reads=(),
        artifact=Requirements,
        gate=requirements_gate.judge,
        specs=("specs/CREATE.md",),
        probe=user_data,
        check_answer="planner.check_answer",
    ),
    Stage(
        name="technology",
        steps=("coder.technology",),
        reads=(Requirements,),
        artifact=Tech,
        gate=technology_gate.judge,
        specs=("ML.md", *CATALOGS),
        probe=user_data,
    ),
)


def stage_named(name: str, stages: tuple[Stage, ...] = STAGES) -> Stage:
    """The stage of that name."""
    for stage in stages:
        if stage.name == name:
            return stage
    raise UsageError(f"there is no stage {name!r}.", hint=f"The stages are {', '.join(s.name for s in stages)}.")


def stage_writing(file: str, stages: tuple[Stage, ...] = STAGES) -> Stage:
    """The stage whose artifact is the file, given as `tech.md` or `tech`."""
    for stage in stages:
        if file in (stage.artifact.FILE, stage.artifact.FILE.rpartition(".")[0]):
            return stage
    known = ", ".join(stage.artifact.FILE for stage in stages)
    raise UsageError(f"no stage writes {file!r}.", hint=f"The artifacts are {known}.")


def stages_from(name: str, stages: tuple[Stage, ...] = STAGES) -> tuple[Stage, ...]:
    """The stage of that name and all that follow it."""
    return stages[stages.index(stage_named(name, stages)) :]


def stages_until(name: str | None, stages: tuple[Stage, ...] = STAGES) -> tuple[Stage, ...]:
    """The stages up to the one of that name, or all."""
    return stages[: stages.index(stage_named(name, stages)) + 1] if name else stages
