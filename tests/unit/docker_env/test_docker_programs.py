"""Which of docker's programs are taken, and what is typed on a platform that lacks them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from framework.errors import MissingOutside
from framework.runtime.docker.building import BuildFailed, Order, build
from framework.runtime.docker.installation import Part, Platform, Steps, commands, install
from framework.runtime.docker.programs import Builder, builder, compose, number
from tests.unit.docker_env.conftest import DOCKER, Put

WITHOUT_BUILDX = 'case "$1" in --version) echo "Docker version 28.2.2, build e6534b4";; *) exit 1;; esac'
OLD = 'case "$1" in --version) echo "Docker version 20.10.24+dfsg1, build 297e128";; *) exit 1;; esac'
ALL: tuple[Part, ...] = ("engine", "compose", "buildx")


def test_the_first_program_that_can_build_is_taken(put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put("docker", WITHOUT_BUILDX)
    other = put("further/docker", OLD)
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{other.parent}")
    assert builder({}) == Builder(str(other), "20.10.24+dfsg1", buildkit=True, buildx="")


@pytest.mark.parametrize(
    ("script", "buildkit", "buildx"), [(DOCKER, True, "v0.20.1"), (WITHOUT_BUILDX, False, ""), (OLD, True, "")]
)
def test_a_new_program_builds_with_its_plugin_only(put: Put, script: str, buildkit: bool, buildx: str) -> None:
    put("docker", script)
    found = builder({})
    assert found and (found.buildkit, found.buildx) == (buildkit, buildx)


def test_no_program(put: Put) -> None:
    assert builder({}) is None
    assert compose({}) is None


def test_compose_v2_comes_before_v1(put: Put) -> None:
    old = put("docker-compose", "echo 1.29.2")
    found = compose({})
    assert found and (found.words, found.version) == ((str(old),), "1.29.2")
    new = put("docker", DOCKER)
    found = compose({})
    assert found and (found.words, found.version) == ((str(new), "compose"), "2.29.1")


def test_a_broken_compose_is_none(put: Put) -> None:
    put("docker-compose", "echo 'Traceback (most recent call last):' >&2; exit 1")
    assert compose({}) is None


@pytest.mark.parametrize(
    ("text", "numbers"), [("20.10.24+dfsg1", (20, 10, 24)), ("v2.29.1-desktop.1", (2, 29, 1)), ("none", ())]
)
def test_the_numbers_of_a_version(text: str, numbers: tuple[int, ...]) -> None:
    assert number(text) == numbers


@pytest.mark.parametrize(
    ("platform", "release", "expected"),
    [
        ("debian", 12, ("apt-get update", "apt-get install -y docker.io iptables docker-compose")),
        ("debian", 13, ("apt-get update", "apt-get install -y docker.io iptables docker-compose docker-buildx")),
        ("ubuntu", 24, ("apt-get update", "apt-get install -y docker.io docker-compose-v2 docker-buildx")),
        ("fedora", 42, ("dnf install -y moby-engine docker-compose docker-buildx",)),
        ("arch", 0, ("pacman -S --noconfirm docker docker-compose docker-buildx",)),
    ],
)
def test_what_brings_docker_to_a_linux(platform: Platform, release: int, expected: tuple[str, ...]) -> None:
    as_root = commands(platform, release, ALL, root=True, systemd=True)
    assert [" ".join(command) for command in as_root] == [*expected, "systemctl enable --now docker"]
    as_user = commands(platform, release, ALL, root=False, systemd=False)
    assert all(command[0] == "sudo" for command in as_user)
    assert " ".join(as_user[-2]) == "sudo service docker start"
    assert as_user[-1][:4] == ("sudo", "usermod", "-aG", "docker")


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("macos", ("brew install --cask docker", "open -a Docker")),
        ("windows", ("winget install --exact --id Docker.DockerDesktop",)),
        ("other", ()),
    ],
)
def test_what_brings_docker_to_another_system(platform: Platform, expected: tuple[str, ...]) -> None:
    found = commands(platform, 0, ALL, root=False, systemd=False)
    assert tuple(" ".join(command) for command in found) == expected


def test_the_makers_packages_are_not_pushed_out() -> None:
    parts: tuple[Part, ...] = ("buildx", "compose")
    [_, found] = commands("debian", 12, parts, root=True, systemd=True, by_maker=True)
    assert found == ("apt-get", "install", "-y", "docker-buildx-plugin", "docker-compose-plugin")


def test_only_what_is_missing_is_installed() -> None:
    assert commands("debian", 13, ["compose"], root=True, systemd=True)[-1][3:] == ("docker-compose",)
    assert commands("fedora", 42, ["start"], root=True, systemd=True) == (("systemctl", "enable", "--now", "docker"),)
    assert commands("fedora", 42, ["permission"], root=True, systemd=True) == ()


def test_every_command_is_told_before_it_runs_and_the_first_failure_is_the_last(put: Put, tmp_path: Path) -> None:
    put("first", f'echo "$*" >> {tmp_path}/log')
    put("second", "echo 'E: no space left' >&2; exit 100")
    told: list[str] = []
    wanted = Steps("debian", (("first", "a b", "c"), ("second",), ("first", "never")), by_us=True)
    with pytest.raises(MissingOutside, match="no space left"):
        install(wanted, told.append)
    assert told == ["first a b c", "second"]
    assert (tmp_path / "log").read_text() == "a b c\n"


ECHO = 'for word in "$@"; do echo "$word" >&2; done; echo "proxy=$HTTPS_PROXY kit=$DOCKER_BUILDKIT" >&2; exit {rc}'


def _order(context: Path) -> Order:
    return Order(
        context,
        "deploy/Dockerfile",
        "demo:cpu-v1",
        arguments={"PYTHON": "3.11", "HTTPS_PROXY": "http://me:secret@proxy"},
        secrets={"ca": Path("/etc/ca.pem")},
        labels={"foundry.project": "demo"},
    )


@pytest.mark.parametrize(("buildx", "words"), [("v0.20.1", ["buildx", "build", "--load"]), ("", ["build"])])
def test_how_a_build_is_called(put: Put, tmp_path: Path, buildx: str, words: list[str]) -> None:
    program = put("docker", ECHO.format(rc=0))
    said: list[str] = []
    build(Builder(str(program), "28", buildkit=True, buildx=buildx), _order(tmp_path), {}, said.append)
    *arguments, environment = said
    assert arguments == [
        *(*words, "--progress", "plain", "--network", "none", "--file", "deploy/Dockerfile", "--tag", "demo:cpu-v1"),
        *("--build-arg", "PYTHON=3.11", "--build-arg", "HTTPS_PROXY", "--secret", "id=ca,src=/etc/ca.pem"),
        *("--label", "foundry.project=demo", str(tmp_path.resolve())),
    ]
    assert environment == "proxy=http://me:secret@proxy kit=1"


def test_a_failed_build_keeps_its_last_lines(put: Put, tmp_path: Path) -> None:
    program = put("docker", ECHO.format(rc=1))
    with pytest.raises(BuildFailed, match="demo:cpu-v1") as caught:
        build(Builder(str(program), "28", buildkit=True, buildx=""), _order(tmp_path), {}, lambda _: None)
    assert caught.value.lines[-2] == str(tmp_path.resolve())


@pytest.mark.parametrize("found", [None, Builder("docker", "28.2.2", buildkit=False, buildx="")])
def test_without_buildkit_nothing_is_built(found: Builder | None, tmp_path: Path) -> None:
    with pytest.raises(MissingOutside, match="BuildKit") as caught:
        build(found, _order(tmp_path), {}, lambda _: None)
    assert "buildx" in caught.value.hint
