"""A real engine for the tests that need one: never the user's own, and left as it was found.

`FOUNDRY_TEST_DOCKER` names it, as `.ci/engine start DIR` prints it. Without it these tests are skipped, and the reason
stands in pytest's last lines; with REQUIRE_DOCKER=1 they fail instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from framework.artifacts.base import sha256
from framework.errors import FoundryError, MissingOutside
from framework.runtime.docker import Engine
from framework.runtime.docker import engine as find_engine
from framework.runtime.docker.connection import Refused

BASE = "foundry-test-base:bookworm"
MARK = "foundry.test"


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The engine for tests; what the tested code starts goes to it too."""
    host = os.environ.get("FOUNDRY_TEST_DOCKER", "")
    if not host:
        do_without("FOUNDRY_TEST_DOCKER names no engine; `.ci/engine start DIR` starts one and prints its address")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
            patch.delenv(name, raising=False)
        patch.setenv("DOCKER_HOST", host)
        yield _answering(host)


def _answering(host: str) -> Engine:
    try:
        found = find_engine()
        found.image(BASE)
    except MissingOutside as missing:
        do_without(f"{host}: {missing.message} (`.ci/engine start DIR` makes both)")
    return found


def do_without(why: str) -> None:
    """Skip, and say so; where the tests are required, fail."""
    if os.environ.get("REQUIRE_DOCKER") == "1":
        pytest.fail(f"no docker engine for the tests: {why}", pytrace=False)
    pytest.skip(f"NOT TESTED, no docker engine: {why}")


@dataclass(frozen=True)
class Traces:
    """What a test leaves on the engine is found by these labels."""

    labels: dict[str, str]

    @property
    def tag(self) -> str:
        """An image's name for this test alone."""
        return f"foundry-test-{self.labels[MARK]}:cpu-v1"


@pytest.fixture
def traces(engine: Engine, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Traces]:
    """Labels of the test's own; everything that carries them is removed afterwards, the image too."""
    mine = Traces({MARK: sha256(f"{request.node.nodeid} {tmp_path}")[:16]})
    yield mine
    engine.reap(mine.labels)
    with suppress(Refused):
        engine.remove_image(mine.tag)


@pytest.fixture
def reaped(engine: Engine) -> Iterator[list[Path]]:
    """Put a project's folder in: what foundry's stages have started for it is removed afterwards."""
    from framework.runtime.docker import labels_of

    roots: list[Path] = []
    yield roots
    for root in roots:
        with suppress(FoundryError):
            engine.reap({"foundry.root": labels_of("", "", root)["foundry.root"]})
