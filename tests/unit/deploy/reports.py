"""A deployment as the stage tells it, put together by the code that tells it."""

from __future__ import annotations

from typing import Any

from framework.artifacts.base import sha256
from framework.artifacts.deployment import (
    FOLDER,
    SMOKE,
    Answers,
    Asked,
    Attempt,
    Bounds,
    Deployment,
    Engine,
    Service,
)
from framework.artifacts.env_check import Machine
from framework.artifacts.laid_file import LaidFile
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.requirements import Project
from framework.messages import Lang
from tests.unit.deploy.test_deploy_figures import level

TEXT = "services: {}\n"
COMPOSE = f"{FOLDER}/docker-compose.yml"


def receipt(rc: int = 0) -> CommandReceipt:
    command = ["python", f"{FOLDER}/ask_service.py", "smoke"]
    return CommandReceipt(command=command, rc=rc, output_hash="x", proved=f"exit {rc}", seconds=1, at="now")


def deployment(lang: Lang = "en", **changes: Any) -> Deployment:
    """One with which everything is well, but for the changes."""
    well = Deployment(
        project=Project(name="fairy_tales", title="Fairy | tales", language=lang),
        outcome="running",
        device="cpu",
        at="2026-01-01T00:00:00",
        service=Service(
            image="fairy-tales:cpu-v1", image_id="sha256:1", weights="outputs/x", mounted=False,
            compose_project="fairy-tales-1", compose="docker compose", compose_version="2.30.0", files=[COMPOSE],
            labels={"foundry.root": "1"}, address="127.0.0.1", port=8000, keyed=False,
            bounds=Bounds(memory_mb=4096, cpus=0, pids=256, tmpfs_mb=256),
        ),
        engine=Engine(endpoint="unix:///x", node="here", version="27"),
        machine=Machine(os="Debian", architecture="x86_64", cores=2, memory_gb=8, disk_free_gb=9, gpus=[]),
        files=[LaidFile(path=COMPOSE, sha256=sha256(TEXT), made=sha256(TEXT))],
        started_s=5,
        attempts=[],
        smoke=[Asked(name=name, state="passed", seen="demo") for name in SMOKE],
        answers=Answers(prompts=12, equal=12, new_tokens=32),
        equal_answers=1,
        clients=[1, 4],
        percentile=95,
        new_tokens=64,
        levels=[level(1, 100, 10), level(4, 200, 20)],
        sla=[],
        remarks=[],
        receipts=[receipt()],
    )  # fmt: skip
    return well.model_copy(update=changes)


def failed(lang: Lang = "en", **attempt: Any) -> Deployment:
    """One that was given up."""
    what = {"trouble": "bad_weights", "sign": "error: model | damaged", "repair": "none"} | attempt
    told = {
        "error_report": "reports/docker_error_report_1.md",
        "issue": "reports/issues/0001-x.md",
        "log": "reports/x.log",
    }
    last = Attempt.model_validate(what)
    return deployment(lang, outcome="failed", attempts=[last], smoke=[], answers=None, levels=[], receipts=[], **told)
