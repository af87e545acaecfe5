"""A machine on which nothing names an engine, and whose programs are those that a test puts there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.docker_env.api import Api, serving

NAMING = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
DOCKER = """
case "$1" in
--version) echo "Docker version 28.2.2, build e6534b4" ;;
buildx) echo "github.com/docker/buildx v0.20.1 245093b" ;;
compose) echo "2.29.1" ;;
*) exit 1 ;;
esac"""
Put = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of this machine reaches the tests."""
    for name in NAMING:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker-config"))


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Puts a program into a folder that comes first on the path, after which only the system's own tools come."""
    folder = tmp_path / "programs"
    folder.mkdir()
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "cat", "chmod", "env", "touch"):
        place = shutil.which(name)
        assert place, name
        (tools / name).symlink_to(place)
    monkeypatch.setenv("PATH", os.pathsep.join([str(folder), str(tools)]))

    def put(name: str, script: str) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return put


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a short name: the path of a socket has its bounds."""
    with tempfile.TemporaryDirectory(prefix="fd-") as folder:
        yield Path(folder)


@pytest.fixture
def api(short: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """An engine that DOCKER_HOST names."""
    api = Api()
    with serving(api, short / "docker.sock") as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        yield api


@pytest.fixture
def programs(put: Put) -> Put:
    """docker with buildx, and compose v2."""
    put("docker", DOCKER)
    return put
