"""The compose files of monitoring and rollout with a real compose; a broken container is taken back under load."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.ops.docker_policy import DockerPolicy
from agents.tester.composing import composed
from agents.tester.replacing import rollout_files
from framework.knowledge.specs import find_spec
from framework.runtime.docker import Engine
from tests.docker.conftest import Traces
from tests.unit.monitor.conftest import programs as programs
from tests.unit.monitor.desk import deployment, desk
from tests.unit.monitor.material import equipment, held, laid, wishes
from tests.unit.monitor.rig import Rig, filled, free_port

pytestmark = pytest.mark.slow
STUB = Path(__file__).parents[1] / "unit/monitor/stub_service.py"
IMAGE = """
FROM foundry-test-base:bookworm
COPY stub_service.py /stub_service.py
ARG FAULT
ENV FAULT=$FAULT
ENTRYPOINT ["sh", "-c", "exec python3 /stub_service.py 8000 v:$FAULT 0.0.0.0"]
"""
BASE = "services: {api: {image: tales}}\n"


def policy(port: int) -> DockerPolicy:
    found = find_spec("DOCKER_CONFIG.md", None).parse(DockerPolicy)
    return found.model_copy(update={"rollout": found.rollout.model_copy(update={"port": port})})


def read_by_compose(engine: Engine, folder: Path, *files: str) -> dict[str, Any]:
    words = [word for name in files for word in ("-f", name)]
    done = subprocess.run(
        [*engine.facts().compose, *words, "--profile", "monitoring", "config"], cwd=folder, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    services: dict[str, Any] = yaml.safe_load(done.stdout)["services"]
    return services


def test_compose_reads_the_files_and_nothing_is_open_to_others(engine: Engine, tmp_path: Path) -> None:
    wanted = wishes()
    laid(equipment(held()).texts | rollout_files(deployment(wanted, 1), policy(8080), held()), tmp_path)
    (tmp_path / "deploy/docker/docker-compose.yml").write_text(BASE)
    files = ("docker-compose.yml", "docker-compose.monitoring.yml")
    watching = read_by_compose(engine, tmp_path / "deploy/docker", *files)
    versions = read_by_compose(engine, tmp_path / "deploy/rollout", "docker-compose.yml")
    assert set(watching) == {"api", "prometheus", "alertmanager", "grafana", "spec_drift"}
    assert set(versions) == {"blue", "green", "proxy"}
    for name, service in (watching | versions).items():
        assert name == "api" or service["cap_drop"] == ["ALL"], name
        assert all("127.0.0.1" in json.dumps(port) for port in service.get("ports", [])), name
        assert all("docker.sock" not in json.dumps(volume) for volume in service.get("volumes", [])), name


def test_the_stage_has_its_compose_files_read(engine: Engine, tmp_path: Path) -> None:
    made = desk(tmp_path / "project", 1)
    laid(equipment(held()).texts | rollout_files(made.deployment, policy(8080), held()), made.files.root)
    found = list(composed(made.workspace, made.deployment))
    assert [check.state for check in found] == ["passed", "passed"], found
    (made.files.root / "deploy/docker/docker-compose.monitoring.yml").write_text("services: [1]\n")
    assert [check.state for check in composed(made.workspace, made.deployment)] == ["failed", "passed"]


@pytest.fixture
def containers(engine: Engine, traces: Traces, tmp_path: Path, programs: Callable[..., None]) -> Iterator[Rig]:
    """Two places for containers, and nginx before them; version 1 serves."""
    programs("nginx")
    port = free_port()
    ports = {"blue": port + 1, "green": port + 2}
    (tmp_path / "image").mkdir()
    (tmp_path / "image/Dockerfile").write_text(IMAGE)
    (tmp_path / "image/stub_service.py").write_text(STUB.read_text())
    for fault in ("good", "flaky"):
        tag = f"{traces.tag}-{fault}"
        engine.build(
            tmp_path / "image", "Dockerfile", tag, arguments={"FAULT": fault}, labels=traces.labels, tell=lambda _: None
        )
    rig = filled(tmp_path / "project", ports)
    project = f"foundry-test-{port}"
    _with_containers(engine, rig, traces, project, port)
    docker = ["docker", "network"]
    label = next(f"{key}={value}" for key, value in traces.labels.items())
    subprocess.run([*docker, "create", "--label", label, f"{project}_default"], check=True, capture_output=True)
    assert rig.rollout("deploy", f"{traces.tag}-good").returncode == 0
    yield rig
    rig.stop()
    engine.reap(traces.labels)
    for fault in ("good", "flaky"):
        engine.remove_image(f"{traces.tag}-{fault}")


def _with_containers(engine: Engine, rig: Rig, traces: Traces, project: str, port: int) -> None:
    """The rendered compose file and its commands; the proxy is this machine's, because its image cannot be had here."""
    service = deployment(wishes(), 1).service
    compose = " ".join(engine.facts().compose)
    changed = service.model_copy(update={"compose": compose, "compose_project": project, "image": f"{traces.tag}-good"})
    files = rollout_files(deployment(wishes(), 1).model_copy(update={"service": changed}), policy(port), held())
    text = files["deploy/rollout/docker-compose.yml"]
    label = "".join(f"\n    {key}: {value}" for key, value in traces.labels.items())
    text = text.replace("    foundry.stage: rollout", f"    foundry.stage: rollout{label}")
    (rig.root / "deploy/rollout/docker-compose.yml").write_text(text)
    place = rig.root / "deploy/rollout/rollout.json"
    settings, made = json.loads(place.read_text()), json.loads(files["deploy/rollout/rollout.json"])
    settings["commands"] |= {name: made["commands"][name] for name in ("start", "stop")}
    assert {name: one["url"] for name, one in made["colours"].items()} == {
        name: one["url"] for name, one in settings["colours"].items()
    }
    place.write_text(json.dumps(settings | {"ready_seconds": 30}))


def test_a_broken_container_is_taken_back_under_load(containers: Rig, traces: Traces) -> None:
    with containers.clients() as seen:
        broken = containers.rollout("deploy", f"{traces.tag}-flaky", "--promote")
        good = containers.rollout("deploy", f"{traces.tag}-good", "--promote")
    assert (broken.returncode, "requests have failed" in broken.stderr) == (1, True), broken.stderr
    assert good.returncode == 0, good.stderr
    assert (seen.failures, seen.answers > 50) == ([], True)
