"""The stages as data. To add a stage, write its skills, its artifact and its gate, and add a row here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from framework.artifacts.base import Artifact
from framework.artifacts.bugfix import Bugfix
from framework.artifacts.build import BuildLog, TaskList, Trace
from framework.artifacts.deployment import Deployment
from framework.artifacts.docker_env import DockerEnv
from framework.artifacts.env_check import EnvCheck
from framework.artifacts.files import ProjectFiles
from framework.artifacts.guidance import Guidance
from framework.artifacts.image import Image
from framework.artifacts.mini_dataset import MiniDataset
from framework.artifacts.project_rules import Rules
from framework.artifacts.records import Verdict
from framework.artifacts.requirements import Requirements
from framework.artifacts.review import Review
from framework.artifacts.running import Running
from framework.artifacts.tech import Tech
from framework.artifacts.venv_spec import VenvSpec
from framework.errors import UsageError
from framework.gates import bugfix as bugfix_gate
from framework.gates import build as build_gate
from framework.gates import deployment as deployment_gate
from framework.gates import docker_env as docker_env_gate
from framework.gates import environment as environment_gate
from framework.gates import guidance as guidance_gate
from framework.gates import image as image_gate
from framework.gates import project_rules as rules_gate
from framework.gates import requirements as requirements_gate
from framework.gates import review as review_gate
from framework.gates import running as running_gate
from framework.gates import technology as technology_gate
from framework.gates import venv_spec as venv_spec_gate
from framework.runtime.docker.marks import engine_mark
from framework.runtime.image_probe import built_image
from framework.runtime.service_mark import running_service
from framework.runtime.watch_mark import watched_service
from framework.workflow.probes import (
    Probe,
    declared_packages,
    environment_and_mini_data,
    laid_files,
    templates_and_data,
    trained_checkpoint,
    user_data,
)

Gate = Callable[[ProjectFiles], Verdict]


@dataclass(frozen=True)
class Stage:
    """One stage: its steps turn what it reads into one artifact, which its gate judges from disk."""

    name: str
    steps: tuple[str, ...]  # "<role>.<skill>"
    reads: tuple[type[Artifact], ...]
    artifact: type[Artifact]
    gate: Gate
    specs: tuple[str, ...] = ()  # spec documents and catalogs that its result depends on
    own_specs: bool = False  # whether of the spec documents only the project's own copies count
    probe: Probe | None = None  # what it depends on in the world outside the project
    product: Probe | None = None  # what it leaves outside the project's history, and what must still be there
    check_answer: str | None = None  # the skill that judges an answer; a stage that has one asks a human
    evidence: tuple[type[Artifact], ...] = ()  # what else it writes into reports/
    code: Literal["", "makes", "reads"] = ""  # whether it makes the project's code, or works on what stands there
    mends: bool = False  # whether it runs the code and repairs it, so that it is the first to see an edit by hand
    needs_docker: bool = False  # whether `--no-docker` leaves it out
    foresees: tuple[str, ...] = ()  # questions that may be answered before they are asked
    version: int = 1  # raise it when the skills change what they make of the same inputs

    @property
    def writes(self) -> tuple[type[Artifact], ...]:
        """All that it puts into reports/, its artifact first."""
        return (self.artifact, *self.evidence)

    @property
    def asks(self) -> bool:
        """Whether it puts questions to a human."""
        return self.check_answer is not None

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
        version=2,
    ),
    Stage(
        name="build",
        steps=("planner.plan_tasks", "coder.execute_tasks", "planner.verify_tasks"),
        reads=(Requirements, Tech),
        artifact=BuildLog,
        evidence=(TaskList, Trace),
        gate=build_gate.judge,
        specs=("specs/task.md", "specs/OmegaConf_README.md", "VENV_CONFIG.md"),
        probe=templates_and_data,
        code="makes",
    ),
    Stage(
        name="review",
        steps=("reviewer.review",),
        reads=(BuildLog, TaskList),
        artifact=Review,
        gate=review_gate.judge,
        specs=("VENV_CONFIG.md",),
        code="reads",
    ),
    Stage(
        name="venv-spec",
        steps=("ops.venv_spec",),
        reads=(Tech, Review),
        artifact=VenvSpec,
        gate=venv_spec_gate.judge,
        specs=("VENV_CONFIG.md", "CLAUDE.md", "DEBUG_CODE.md", "DOCKER_CONFIG.md", "ML.md"),
        product=declared_packages,
        code="reads",
    ),
    Stage(
        name="rules",
        steps=("planner.inherit_rules",),
        reads=(VenvSpec,),
        artifact=Rules,
        gate=rules_gate.judge,
        specs=("CLAUDE.md",),
        own_specs=True,
        check_answer="planner.check_rule",
        foresees=("rules.choice", "rules.added", "rules.file"),
        code="makes",
    ),
    Stage(
        name="environment",
        steps=("ops.environment", "dataset.mini_dataset"),
        reads=(Requirements, Tech, VenvSpec, Rules),
        artifact=EnvCheck,
        evidence=(MiniDataset,),
        gate=environment_gate.judge,
        specs=("VENV_CONFIG.md",),
        own_specs=True,
        probe=user_data,
        product=environment_and_mini_data,
        check_answer="ops.check_environment",
        foresees=("environment.device", "environment.columns"),
        code="makes",
    ),
    Stage(
        name="debug",
        steps=("coder.debug",),
        reads=(Tech, BuildLog, Rules, EnvCheck, MiniDataset),
        artifact=Bugfix,
        gate=bugfix_gate.judge,
        specs=("DEBUG_CODE.md",),
        own_specs=True,
        product=trained_checkpoint,
        check_answer="coder.check_debug",
        foresees=("debug.repairs",),
        code="reads",
        mends=True,
    ),
    Stage(
        name="guidance",
        steps=("coder.guidance",),
        reads=(Requirements, Tech, Bugfix, MiniDataset),
        artifact=Guidance,
        gate=guidance_gate.judge,
        specs=("ML.md", "VENV_CONFIG.md", *CATALOGS),
        own_specs=True,
        product=laid_files(Guidance, lambda report: report.scripts),
        code="makes",
        version=2,
    ),
    Stage(
        name="docker-env",
        steps=("ops.docker_env",),
        reads=(EnvCheck,),
        artifact=DockerEnv,
        gate=docker_env_gate.judge,
        specs=("DOCKER_CONFIG.md",),
        own_specs=True,
        probe=engine_mark,
        check_answer="ops.check_docker_env",
        foresees=("docker-env.install",),
        needs_docker=True,
    ),
    Stage(
        name="image",
        steps=("ops.image",),
        reads=(VenvSpec, Bugfix, DockerEnv),
        artifact=Image,
        gate=image_gate.judge,
        specs=("DOCKER_CONFIG.md", "VENV_CONFIG.md"),
        own_specs=True,
        product=laid_files(Image, lambda report: report.files, built_image),
        check_answer="ops.check_image",
        foresees=("image.weights",),
        code="makes",
        needs_docker=True,
        version=2,
    ),
    Stage(
        name="deploy",
        steps=("ops.deploy",),
        reads=(Requirements, EnvCheck, Image),
        artifact=Deployment,
        gate=deployment_gate.judge,
        specs=("DOCKER_CONFIG.md",),
        own_specs=True,
        product=laid_files(Deployment, lambda report: report.files, running_service),
        code="makes",
        needs_docker=True,
        version=2,
    ),
    Stage(
        name="monitor",
        steps=("tester.monitor", "planner.walk_requirements"),
        reads=(Requirements, Tech, EnvCheck, Trace, Image, Deployment),
        artifact=Running,
        gate=running_gate.judge,
        specs=("DOCKER_CONFIG.md",),
        own_specs=True,
        probe=watched_service,
        product=laid_files(Running, lambda report: report.files),
        code="makes",
        needs_docker=True,
        version=2,
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
    kind = artifact_named(file, stages)
    return next(stage for stage in stages if kind in stage.writes)


def artifact_named(file: str, stages: tuple[Stage, ...] = STAGES) -> type[Artifact]:
    """The artifact, or further evidence, in the file given as `tech.md` or `tech`."""
    kinds = [kind for stage in stages for kind in stage.writes]
    for kind in kinds:
        if file in (kind.FILE, kind.FILE.rpartition(".")[0]):
            return kind
    known = ", ".join(kind.FILE for kind in kinds)
    raise UsageError(f"no stage writes {file!r}.", hint=f"The artifacts are {known}.")


def stage_asking(question: str, stages: tuple[Stage, ...] = STAGES) -> Stage:
    """The stage that a question belongs to: the one its id begins with; any other is the first one's that asks."""
    asking = [stage for stage in stages if stage.asks]
    return next((stage for stage in asking if question.startswith(f"{stage.name}.")), asking[0])


def stages_from(name: str, stages: tuple[Stage, ...] = STAGES) -> tuple[Stage, ...]:
    """The stage of that name and all that follow it."""
    return stages[stages.index(stage_named(name, stages)) :]


def stages_until(name: str | None, stages: tuple[Stage, ...] = STAGES) -> tuple[Stage, ...]:
    """The stages up to the one of that name, or all."""
    return stages[: stages.index(stage_named(name, stages)) + 1] if name else stages
