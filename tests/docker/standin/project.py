"""A project whose service is the stand-in: everything that the stage deploy reads, and the model as its code has it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.ops.deploy import deploy
from agents.ops.deploying.subject import Subject
from agents.ops.docker_policy import DockerPolicy
from framework.artifacts.codec import decode, encode
from framework.artifacts.deployment import Deployment
from framework.artifacts.files import ProjectFiles, read_text, write_text
from framework.artifacts.records import Answers, RunRecord, Settings, Verdict
from framework.artifacts.requirements import Item, Project, Requirements
from framework.gates.deployment import judge
from framework.knowledge.specs import find_spec
from framework.messages import Lang
from framework.runtime.docker import Engine, labels_of
from framework.runtime.events import Event
from framework.runtime.history import begin
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace
from framework.workflow.skills import load_role

HERE = Path(__file__).parent
COMPOSE = "deploy/docker/docker-compose.yml"
PORT = 18100 + os.getpid() % 400 * 20  # others who test here at the same time look for theirs elsewhere
INFERENCE = '''
"""The model as the project's code has it: the stand-in's answers."""

from dataclasses import dataclass

from standin_model.answers import answer


@dataclass
class SamplingParams:
    max_new_tokens: int
    temperature: float
    seed: int | None = None


@dataclass
class Completion:
    text: str


class Tokenizer:
    def encode(self, text, bos):
        return text


def load_backend(checkpoint, device):
    return None, Tokenizer()


def generate(backend, tokenizer, prompts, params):
    return [Completion("".join(answer(prompt, params.max_new_tokens, params.seed))) for prompt in prompts]
'''
README = "# Demo\n\n<!-- verified:begin -->\nseen\n<!-- verified:end -->\n\nMore.\n"


def image_of(engine: Engine, mode: str) -> tuple[str, str]:
    """The tag and the id of the stand-in that is ill in this way."""
    tag = f"foundry-standin:{mode.replace('_', '-')}"
    labels = {"foundry.test": "standin"}
    made = engine.build(HERE, "Dockerfile", tag, tell=lambda _: None, arguments={"MODE": mode}, labels=labels)
    return tag, made


@dataclass
class Stage:
    """The stage deploy on a project of its own."""

    root: Path
    engine: Engine
    lang: Lang = "en"
    heard: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.files = ProjectFiles(self.root)
        begin(self.files)
        write_text(self.root / ".gitignore", "/outputs/\n")
        write_text(self.root / "src/standin_model/__init__.py", "")
        write_text(self.root / "src/standin_model/answers.py", read_text(HERE / "answers.py"))
        write_text(self.root / "src/standin_model/inference.py", INFERENCE)
        for name in ("README.md", "README.zh.md"):
            write_text(self.root / name, README)
        self.want({})

    @property
    def project(self) -> Project:
        return Project(name="standin_model", title="Stand-in", language=self.lang)

    @property
    def labels(self) -> dict[str, str]:
        return labels_of("standin_model", "deploy", self.root)

    @property
    def workspace(self) -> Workspace:
        """The workspace of ops."""
        run = RunRecord(name="x", lang=self.lang, request="a model", settings=Settings(), created_at="now")
        return Workspace(self.files, load_role("ops"), "deploy", run, Answers(), self.heard.append)

    def want(self, wishes: dict[str, Any]) -> None:
        """requirements.md with these slots."""
        items = [Item(slot=slot, value=value, provenance="answered", score=1.0) for slot, value in wishes.items()]
        wanted = Requirements(project=self.project, items=items)
        write_text(self.files.report(wanted.FILE), encode(wanted, ""))

    def subject(self, mode: str, run: dict[str, Any] | None = None, **changes: Any) -> Subject:
        """What is deployed: small bounds and a short load, with changes to the sections `run` and `deploy`."""
        policy = find_spec("DOCKER_CONFIG.md", None).parse(DockerPolicy)
        quick = {"ready_seconds": 30, "seconds": 0.5, "clients": [1, 4], "port": PORT, "new_tokens": 8, **changes}
        bounds = {"memory_gb": {"cpu": 0.0625, "gpu": 1}, **(run or {})}
        data = policy.model_dump()
        data["deploy"] |= {"most_memory_gb": {"cpu": 0.5, "gpu": 1}} | quick
        data["run"] |= bounds
        tag, found = image_of(self.engine, mode)
        return Subject(
            project=self.project,
            labels=self.labels,
            device="cpu",
            image=tag,
            image_id=found,
            weights="outputs/model",
            mounted=False,
            mini=True,
            package="standin_model",
            policy=DockerPolicy.model_validate(data),
        )

    def deploy(self, subject: Subject) -> Deployment:
        """Run the stage, and put its report in place as the workflow does."""
        deploy(self.workspace, subject, Venv(Path(sys.prefix), ""))
        text = read_text(self.files.staging("deploy") / Deployment.FILE)
        write_text(self.files.report(Deployment.FILE), text)
        write_text(self.files.baseline(Deployment.FILE), text)
        return decode(Deployment, text, Deployment.FILE).model

    def judged(self) -> Verdict:
        return judge(self.files)

    def running(self) -> Sequence[str]:
        """The containers of this project."""
        return [one.id for one in self.engine.containers(self.labels)]

    def stop(self) -> None:
        """Take away all that was started for the project, its network too."""
        self.engine.reap({"foundry.root": self.labels["foundry.root"]})


Make = Callable[..., Stage]


def troubles_of(deployment: Deployment) -> list[tuple[str, str]]:
    """What went wrong, and what was tried."""
    return [(one.trouble, one.repair) for one in deployment.attempts]


def inspected(container: str) -> Any:
    """Everything that the engine knows of a container."""
    done = subprocess.run(["docker", "inspect", container], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)[0]


def networks_of(stage: Stage) -> str:
    """The networks that were made for the project."""
    label = f"label=foundry.root={stage.labels['foundry.root']}"
    words = ["docker", "network", "ls", "-q", "--filter", label]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout
