"""From a trained project to a watched service on a real engine; foundry is killed in each stage of the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from framework.artifacts.files import ProjectFiles
from framework.artifacts.image import Image
from framework.artifacts.running import Running
from framework.runtime.docker import Engine, labels_of
from tests.docker.conftest import engine as engine
from tests.e2e.conftest import foundry, kill_at, resume, states

pytestmark = pytest.mark.slow


@pytest.fixture
def dockless(proven: Path, engine: Engine) -> Iterator[Path]:
    """The trained project; what the test starts for it is gone afterwards, and the stages are left out again."""
    yield proven
    engine.reap({"foundry.root": labels_of("", "", proven)["foundry.root"]})
    if image := ProjectFiles(proven).read_artifact(Image).image:
        engine.remove_image(image.tag)
    resume(proven, "--no-docker", "--yes", until=None)


def test_a_project_killed_in_every_stage_is_served_and_watched_in_the_end(dockless: Path, engine: Engine) -> None:
    for moment in (
        "docker-env: asking the runtime",
        "image: looking into",
        "deploy: measuring it with 1 ",
        "monitor: trying rules",
    ):
        kill_at(moment, dockless, "--docker", until=None)

    done = resume(dockless, "--docker", "--yes", until=None)

    assert done.returncode == 0, done.stdout + done.stderr
    assert set(states(dockless, None).values()) == {"fresh"}
    [service] = engine.containers({"foundry.root": labels_of("", "", dockless)["foundry.root"]})
    assert (service.state, service.health) == ("running", "healthy")
    running = ProjectFiles(dockless).read_artifact(Running)
    assert not [walked for walked in running.walked if walked.state == "unmet"]
    verified = foundry("verify", "tales", "--out", dockless.parent, at=dockless.parent)
    assert verified.returncode == 0, verified.stdout
