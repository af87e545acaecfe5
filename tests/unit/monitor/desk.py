"""A project as the stage meets it: rendered, with a trace and the report of a deployment at some port."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from agents.planner import walk_requirements
from agents.tester.monitor import watch
from framework.artifacts.build import Trace, TraceRow
from framework.artifacts.codec import decode, encode
from framework.artifacts.deployment import Bounds, Deployment, Engine, Service, SlaRow
from framework.artifacts.env_check import Machine
from framework.artifacts.files import ProjectFiles, read_text, write_text
from framework.artifacts.requirements import Requirements
from framework.artifacts.running import Running
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace
from framework.workflow.skills import load_role
from tests.unit.coder.guiding.desk import project

_HERE = Venv(Path(sys.prefix), "")


def deployment(wanted: Requirements, port: int, sla: list[SlaRow] | None = None) -> Deployment:
    """A service that runs there."""
    service = Service(
        image="tales:cpu-v1",
        image_id="sha256:1",
        weights="outputs/mini",
        mounted=False,
        compose_project="tales-1",
        compose="docker-compose",
        compose_version="1.29.2",
        files=["deploy/docker/docker-compose.yml"],
        labels={},
        address="127.0.0.1",
        port=port,
        keyed=False,
        bounds=Bounds(memory_mb=4096, cpus=0, pids=256, tmpfs_mb=256),
    )
    machine = Machine(os="Linux", architecture="x86_64", cores=2, memory_gb=8, disk_free_gb=9, gpus=[])
    return Deployment.model_construct(
        schema_version=1,
        project=wanted.project,
        outcome="running",
        device="cpu",
        at="2026-01-01",
        service=service,
        engine=Engine(endpoint="unix:///run/docker.sock", node="here", version="20.10"),
        machine=machine,
        sla=sla or [],
        remarks=["The served model is the small one."],
    )


def traced(wanted: Requirements, **states: str) -> Trace:
    """Every value with how the build left it; `verified` unless said otherwise."""
    rows = [
        TraceRow(
            slot=item.slot,
            value=value,
            provenance=item.provenance,
            how="made so",
            tasks=[],
            files=[],
            tests=["tests/models"],
            evidence=states.get(item.slot.replace(".", "_"), "verified"),
        )
        for item in wanted.items
        for value in (item.value if isinstance(item.value, list) else [str(item.value)])
    ]
    return Trace(project=wanted.project, rows=rows)


@dataclass(frozen=True)
class Desk:
    """The stage's two steps on that project."""

    workspace: Workspace
    deployment: Deployment

    @property
    def files(self) -> ProjectFiles:
        return self.workspace.files

    def watch(self) -> None:
        watch(self._as("tester"), self.deployment, _HERE)

    def walk(self, trace: Trace) -> Running:
        """With what the other step has left; the report, put in place."""
        write_text(self.files.report(Trace.FILE), encode(trace))
        walk_requirements.walked(self._as("planner"), trace, self.deployment)
        text = read_text(self.files.staging("monitor") / Running.FILE)
        write_text(self.files.report(Running.FILE), text)
        return decode(Running, text, Running.FILE).model

    def _as(self, role: str) -> Workspace:
        return replace(self.workspace, role=load_role(role))


def desk(root: Path, port: int, which: str = "card_24") -> Desk:
    workspace = replace(project(which, root), stage="monitor")
    write_text(root / "specs/DOCKER_CONFIG.md", read_text(Path(__file__).parents[3] / "DOCKER_CONFIG.md"))
    write_text(root / "deploy/docker/docker-compose.yml", "services: {api: {image: tales}}\n")
    return Desk(workspace, deployment(workspace.files.read_artifact(Requirements), port))
