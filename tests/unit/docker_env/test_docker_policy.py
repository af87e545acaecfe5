"""DOCKER_CONFIG.md as a person may write it: a figure that bounds nothing, or an address that is none, is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agents.ops.docker_policy import DockerPolicy
from framework.artifacts.files import write_text
from framework.errors import InvalidDocument
from framework.knowledge.specs import find_spec
from tests.unit.ops.project import SPECS

SHIPPED = (SPECS / "DOCKER_CONFIG.md").read_text(encoding="utf-8")
FIGURES = (
    *("disk_gb", "size_gb", "beyond_torch_mb", "layers", "user", "minutes", "memory_gb", "cpus", "pids", "tmpfs_mb"),
    *("ready_seconds", "most_memory_gb", "warm_up", "seconds", "requests", "new_tokens", "equal_answers"),
    *("scrape_seconds", "memory_share", "step_seconds", "least_requests", "most_errors", "slower", "quality"),
)


def refused(folder: Path, key: str, value: str) -> str:
    """The refusal of the shipped document with another value there, in both variants where it has two."""
    line = re.search(rf"^  {key}:.*$", SHIPPED, re.MULTILINE)
    assert line, key
    both = value if "{" not in line[0] else f"{{cpu: {value}, gpu: {value}}}"
    write_text(folder / "DOCKER_CONFIG.md", SHIPPED.replace(line[0], f"  {key}: {both}"))
    with pytest.raises(InvalidDocument) as caught:
        find_spec("DOCKER_CONFIG.md", folder).parse(DockerPolicy)
    return caught.value.message


@pytest.mark.parametrize("value", [".inf", "-.inf", ".nan", "1e300", "-1"])
@pytest.mark.parametrize("key", FIGURES)
def test_a_figure_is_finite_and_within_reason(tmp_path: Path, key: str, value: str) -> None:
    told = refused(tmp_path, key, value)
    assert key in told
    assert "DOCKER_CONFIG.md, line" in told


def test_a_limit_of_memory_that_is_as_good_as_none(tmp_path: Path) -> None:
    """Rounded to nothing, it would be no limit for the engine."""
    assert "memory_gb" in refused(tmp_path, "memory_gb", "0.0001")


@pytest.mark.parametrize(
    "value", ['""', "localhost", '"*"', '"0"', '"::"', "127.0.0.1:80", '"127.1"', '"127.0.0.1 "', "x"]
)
def test_the_address_is_one(tmp_path: Path, value: str) -> None:
    assert "must be an IPv4 address" in refused(tmp_path, "address", value)


@pytest.mark.parametrize("value", ["127.0.0.1", "0.0.0.0", "192.168.1.20"])
def test_an_address_that_is_meant_is_taken(tmp_path: Path, value: str) -> None:
    write_text(tmp_path / "DOCKER_CONFIG.md", SHIPPED.replace("address: 127.0.0.1", f"address: {value}"))
    assert find_spec("DOCKER_CONFIG.md", tmp_path).parse(DockerPolicy).run.address == value
