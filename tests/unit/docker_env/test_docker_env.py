"""Stage docker-env against engines in every state: what it reports, what it refuses, and what it installs on a word."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agents.ops.check_docker_env import run as check
from agents.ops.docker_lacking import INSTALL, read_word, without_engine
from framework.artifacts.codec import encode
from framework.artifacts.docker_env import DockerEnv
from framework.artifacts.files import read_text, write_text
from framework.artifacts.records import Answer
from framework.errors import MissingOutside, UsageError
from framework.messages import LANGUAGES, Lang
from framework.runtime.docker import EngineMissing, labels_of
from framework.runtime.docker.endpoint import Source
from framework.runtime.docker.errors import Reason
from tests.unit.docker_env.api import CARDS, GPU_REFUSED, Api
from tests.unit.docker_env.conftest import DOCKER, Put
from tests.unit.docker_env.desk import Desk
from tests.unit.ops.project import SPECS

BASE = "python:3.12-slim-bookworm"
DF = "Filesystem 1024-blocks Used Available Capacity Mounted on\noverlay 264212084 43229156 {free} 41% /\n"
GIB_IN_KIB = 1 << 20


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return Desk(tmp_path / "demo")


@pytest.fixture
def ready(api: Api, programs: Put) -> Api:
    """An engine that has the base image and room."""
    api.images[BASE] = "sha256:base"
    api.said["df"] = (0, DF.format(free=50 * GIB_IN_KIB))
    return api


def test_the_report_says_what_is_there(ready: Api, desk: Desk) -> None:
    report = desk.report()
    assert (report.docker_version, report.compose_version, report.gpu_passthrough) == ("24.0.7", "2.29.1", False)
    assert report.found
    assert (report.found.engine.node, report.found.engine.remote) == ("node-a", False)
    assert (report.found.disk.free_gb, report.found.disk.how) == (50.0, "container")
    assert (report.found.gpu.state, report.found.gpu.why) == ("refused", GPU_REFUSED)
    assert (report.found.base.here, report.found.base.registry) == ("sha256:base", "silent")
    assert [(one.severity, one.where) for one in desk.findings()] == [("warning", "base")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_is_for_people_too(ready: Api, tmp_path: Path, desk: Desk, lang: Lang) -> None:
    other = Desk(tmp_path / "other", lang)
    report = other.report()
    for word in ("docker_version", "compose_version", "gpu_passthrough", "node-a", "24.0.7"):
        assert word in report.body()
    assert report.headline().count("24.0.7") == 1


def test_everything_that_was_started_for_looking_is_gone(ready: Api, desk: Desk) -> None:
    desk.report()
    assert ready.removed == list(ready.made) != []
    wanted = labels_of("demo", "docker-env", desk.files.root)
    for order in ready.made.values():
        assert order["Labels"] == wanted
        assert order["HostConfig"]["NetworkMode"] == "none"
        assert order["HostConfig"]["ReadonlyRootfs"] is True
        assert order["HostConfig"]["CapDrop"] == ["ALL"]


def test_a_gpu_that_a_container_gets_at(ready: Api, tmp_path: Path, desk: Desk) -> None:
    ready.gpu, ready.said["nvidia-smi"] = (204, b""), (0, CARDS)
    found = Desk(tmp_path / "gpu", device="gpu")
    report = found.report()
    assert report.gpu_passthrough
    assert report.found and report.found.gpu.cards == ("GPU 0: Test Card", "GPU 1: Test Card")
    assert found.errors() == {}


def test_a_project_for_a_gpu_needs_one(ready: Api, tmp_path: Path, desk: Desk) -> None:
    found = Desk(tmp_path / "gpu", device="gpu")
    found.report()
    assert set(found.errors()) == {"gpu"}
    assert "nvidia-ctk" in found.errors()["gpu"] and "--device cpu" in found.errors()["gpu"]


def test_without_an_image_the_runtime_alone_is_asked(ready: Api, tmp_path: Path, desk: Desk) -> None:
    ready.images.clear()
    ready.gpu, ready.registry = (204, b""), (200, {"Descriptor": {"digest": "sha256:far"}, "Platforms": []})
    found = Desk(tmp_path / "gpu", device="gpu")
    report = found.report()
    assert report.found and report.found.gpu.state == "accepted" and not report.gpu_passthrough
    assert report.found.base.digest == "sha256:far"
    assert report.found.disk.how == "unknown"
    assert [(one.severity, one.where) for one in found.findings()] == [("warning", "disk"), ("warning", "gpu")]
    assert any(one.startswith("DELETE /images/foundry-empty") for one in ready.asked)


def test_a_base_image_that_nobody_has(ready: Api, desk: Desk) -> None:
    ready.images.clear()
    desk.report()
    assert "no such host" in desk.errors()["base"] and "docker load" in desk.errors()["base"]


def test_the_disk_of_the_engine_is_nearly_full(ready: Api, desk: Desk) -> None:
    ready.said["df"] = (0, DF.format(free=2 * GIB_IN_KIB))
    desk.report()
    assert "2 GB free" in desk.errors()["disk"] and "docker system df" in desk.errors()["disk"]


@pytest.mark.parametrize(("version", "old"), [("19.03.15", True), ("20.10.24+dfsg1", False), ("27.0.3-rd", False)])
def test_an_engine_that_is_too_old(ready: Api, desk: Desk, version: str, old: bool) -> None:
    ready.version = version
    desk.report()
    assert ("docker_version" in desk.errors()) is old


def test_the_rule_for_compose_is_the_projects_own(ready: Api, desk: Desk) -> None:
    text = read_text(SPECS / "DOCKER_CONFIG.md")
    assert text.count('oldest_compose: "1.27"') == 1
    desk.specify(text.replace('oldest_compose: "1.27"', 'oldest_compose: "2.30"'))
    desk.report()
    assert "2.29.1" in desk.errors()["compose_version"] and "2.30" in desk.errors()["compose_version"]


def test_a_figure_changed_by_hand_is_seen(ready: Api, desk: Desk) -> None:
    report = desk.report().model_copy(update={"gpu_passthrough": True, "docker_version": "99"})
    write_text(desk.files.report(DockerEnv.FILE), encode(report, ""))
    assert set(desk.errors()) == {"gpu_passthrough", "docker_version"}


def _refusal(desk: Desk, answer: Answer | None = None) -> MissingOutside:
    with pytest.raises(MissingOutside) as caught:
        desk.report(answer)
    assert caught.value.code == 5
    assert not desk.staged.exists(), "nothing is written that is not so"
    assert "foundry resume" in caught.value.hint and "--no-docker" in caught.value.hint
    return caught.value


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_an_engine_it_says_what_to_do(
    tmp_path: Path, short: Path, monkeypatch: pytest.MonkeyPatch, lang: Lang
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{short}/none.sock")
    why = _refusal(Desk(tmp_path / "demo", lang))
    assert f"{short}/none.sock" in why.message and "DOCKER_HOST" in why.hint


@pytest.mark.parametrize(
    ("reason", "source", "typed"),
    [
        ("denied", "default", "usermod -aG docker"),
        ("refused", "default", "start"),
        ("denied", "DOCKER_HOST", ""),
        ("refused", "context", ""),
        ("silent", "default", ""),
    ],
)
def test_nothing_is_installed_here_for_an_engine_elsewhere(reason: Reason, source: Source, typed: str) -> None:
    lack = without_engine(EngineMissing("unix:///x.sock", reason, "it says no", ""), source)
    shown = "\n".join(lack.steps.shown)
    root = os.geteuid() == 0 and reason == "denied"  # whom no socket is closed to
    assert (typed in shown) if typed and not root else shown == ""
    assert lack.steps.by_us is False or reason == "refused"
    assert "no" in lack.refusal("en", wanted=True).message


NO = Answer(text="no", source="default", round=1)
YES = Answer(text="是", source="set", round=1)
ROOTLY = '[ "$1" = -n ] && shift; exec "$@"'


def _lacks_compose(api: Api, put: Put) -> None:
    """apt-get is there and brings compose, as whoever may do so."""
    put("docker", DOCKER.replace("compose)", "nothing)"))
    put("sudo", ROOTLY)
    folder = put("apt-get", "exit 0").parent
    script = f"printf '#!/bin/sh\\necho 2.30.0\\n' > {folder}/docker-compose; chmod 755 {folder}/docker-compose"
    for manager in ("apt-get", "dnf", "pacman"):
        put(manager, f'echo "$*" >> {folder}/log; case "$*" in *compose*) {script};; esac')


def test_what_is_missing_is_asked_for_with_every_command(ready: Api, put: Put, desk: Desk) -> None:
    _lacks_compose(ready, put)
    report = desk.report()
    [question] = report.open_questions()
    assert (question.id, question.default) == (INSTALL, "no")
    assert "compose is missing" in question.text and "docker-compose" in question.text
    assert (report.docker_version, report.found) == ("", None)
    assert set(desk.errors()) == {INSTALL}
    assert "result" not in report.body() and "nobody has said" in report.body()


def test_taking_every_default_installs_nothing(ready: Api, put: Put, desk: Desk) -> None:
    _lacks_compose(ready, put)
    why = _refusal(desk, NO)
    assert "docker-compose" in why.hint and "--install-docker" in why.hint
    assert not (put("x", "").parent / "log").exists()


@pytest.mark.parametrize("answered", [True, False])
def test_on_the_users_word_it_is_installed(ready: Api, put: Put, desk: Desk, answered: bool) -> None:
    _lacks_compose(ready, put)
    report = desk.report(YES if answered else None, install=not answered)
    assert report.compose_version == "2.30.0"
    assert all(one.passed for one in report.installed) and report.installed
    told = [str(event.fields["command"]) for event in desk.events if event.key == "docker_env.running"]
    assert told == [" ".join(one.command) for one in report.installed]
    assert [question.answer for question in report.questions] == (["yes"] if answered else [])
    assert desk.errors() == {}


def test_an_installation_that_fails_writes_nothing(ready: Api, put: Put, desk: Desk) -> None:
    _lacks_compose(ready, put)
    for manager in ("apt-get", "dnf", "pacman"):
        put(manager, "echo 'E: Unable to locate package' >&2; exit 100")
    with pytest.raises(MissingOutside, match="Unable to locate package"):
        desk.report(YES)
    assert not desk.staged.exists()


def test_without_buildx_a_new_program_cannot_build(ready: Api, put: Put, desk: Desk) -> None:
    put("docker", DOCKER.replace("buildx)", "nothing)"))
    why = _refusal(desk, NO)
    assert "plugin buildx" in why.message and "install" in why.hint


@pytest.mark.parametrize(("text", "word"), [("Yes", "yes"), ("好", "yes"), ("n", "no"), ("不", "no"), ("maybe", None)])
def test_the_answer_is_yes_or_no(text: str, word: str | None, desk: Desk) -> None:
    assert read_word(text) == word
    if word is None:
        with pytest.raises(UsageError, match="neither yes nor no"):
            check(desk.workspace(), INSTALL, text)
    else:
        check(desk.workspace(), INSTALL, text)
    with pytest.raises(UsageError, match=r"docker-env\.other"):
        check(desk.workspace(), "docker-env.other", text)
