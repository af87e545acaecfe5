"""The small project on a machine whose pip looks into a folder of wheels and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from framework.runtime.docker import Engine, labels_of
from tests.docker.image.project import Packed

_MOST = 9  # versions that a test makes


@pytest.fixture
def packed(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Packed]:
    """The project before the stage; its containers and images are gone afterwards."""
    project = Packed(tmp_path / "packed_tale").begin()
    monkeypatch.setenv("DOCKER_HOST", engine.endpoint.url)
    monkeypatch.setenv("PIP_FIND_LINKS", str(project.index))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    yield project
    engine.reap(labels_of(project.name, "image", project.root))
    for tag in (f"{project.slug}:cpu-v{number}" for number in range(1, _MOST)):
        if engine.find_image(tag):
            engine.remove_image(tag)
