"""A stage deploy with a service of its own, for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from framework.runtime.docker import Engine
from tests.docker.standin.project import Make, Stage


@pytest.fixture
def make(engine: Engine, tmp_path: Path) -> Iterator[Make]:
    """A stage on a project of its own; what it starts is stopped afterwards."""
    made: list[Stage] = []

    def make(name: str = "project", **changes: Any) -> Stage:
        (tmp_path / name).mkdir()
        made.append(Stage(tmp_path / name, engine, **changes))
        return made[-1]

    yield make
    for stage in made:
        stage.stop()
