"""The stage deploy on a real engine: every fault of the playbook, runs that were cut, and what is left alone."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from framework.artifacts.files import read_text, write_text
from framework.errors import MissingOutside
from framework.runtime.docker import Engine, EngineMissing
from tests.docker.standin.line import Line
from tests.docker.standin.project import COMPOSE, Make, networks_of, troubles_of

pytestmark = pytest.mark.slow
KILLED = """
import sys
from pathlib import Path
from framework.runtime.docker import engine
from tests.docker.standin.line import Line
from tests.docker.standin.project import Stage

stage = Stage(Path(sys.argv[1]), engine())
stage.heard = type("Aloud", (), {"append": lambda self, event: print(event.key, flush=True)})()
stage.deploy(stage.subject("well", seconds=60))
"""


@pytest.mark.parametrize(
    ("mode", "changes", "troubles"),
    [
        ("bad_weights", {}, [("bad_weights", "none")]),
        ("missing_library", {}, [("missing_library", "none")]),
        ("exits", {}, [("exited", "start_again"), ("exited", "none")]),
        ("unhealthy", {"ready_seconds": 4}, [("unhealthy", "start_again"), ("unhealthy", "none")]),
        ("slow", {"ready_seconds": 3}, [("slow_start", "more_time"), ("slow_start", "none")]),
        ("greedy", {"repairs": 1}, [("out_of_memory", "more_memory"), ("out_of_memory", "none")]),
    ],
)
def test_what_cannot_be_mended_is_stopped_and_told(
    make: Make, mode: str, changes: dict[str, Any], troubles: list[tuple[str, str]]
) -> None:
    stage = make()
    deployment = stage.deploy(stage.subject(mode, **changes))
    assert troubles_of(deployment) == troubles
    assert stage.running() == []
    assert networks_of(stage) == ""
    assert [finding.where for finding in stage.judged().findings] == ["outcome"]
    report = read_text(stage.root / deployment.error_report)
    assert deployment.error_report == "reports/docker_error_report_1.md"
    assert "foundry resume PROJECT --from" in report
    assert deployment.attempts[-1].trouble in read_text(stage.root / deployment.issue)
    assert (stage.root / deployment.log).is_file()


def test_a_place_without_room_is_named(make: Make) -> None:
    stage = make()
    deployment = stage.deploy(stage.subject("fills", run={"tmpfs_mb": 1}))
    assert troubles_of(deployment) == [("disk_full", "none")]
    assert "No space left on device" in deployment.attempts[0].sign


def test_a_key_that_is_not_there_is_asked_for_before_anything_is_started(make: Make) -> None:
    stage = make()
    with pytest.raises(MissingOutside, match=r"no\.key"):
        stage.deploy(stage.subject("well", run={"key_file": "no.key"}))
    assert stage.running() == []


def test_the_next_failure_gets_the_next_number(make: Make) -> None:
    stage = make()
    first, second = (stage.deploy(stage.subject("missing_library")) for _ in range(2))
    assert (first.error_report, second.error_report) == tuple(
        f"reports/docker_error_report_{number}.md" for number in (1, 2)
    )
    assert second.issue.startswith("reports/issues/0002-deploy-")
    assert "nothing_of_this_name" in read_text(stage.root / second.log)
    assert "\nstate: open\n" in read_text(stage.root / second.issue)


def test_what_failed_before_is_closed_when_it_works(make: Make) -> None:
    stage = make()
    failed = stage.deploy(stage.subject("missing_library"))
    works = stage.deploy(stage.subject("well"))
    assert f"\nstate: closed\nclosed: {works.at}\n" in read_text(stage.root / failed.issue)
    assert stage.judged().passed


def test_more_memory_lets_it_live(make: Make) -> None:
    stage = make()
    deployment = stage.deploy(stage.subject("out_of_memory"))
    assert troubles_of(deployment) == [("out_of_memory", "more_memory")]
    assert deployment.service.bounds.memory_mb == 128
    assert 'mem_limit: "${MEMORY:-128m}"' in read_text(stage.root / COMPOSE)
    assert stage.judged().passed


def test_a_taken_port_is_passed_over(make: Make) -> None:
    stage = make()
    subject = stage.subject("well")
    with closing(socket.create_server(("127.0.0.1", subject.policy.deploy.port))):
        deployment = stage.deploy(subject)
        assert deployment.service.port > subject.policy.deploy.port
        assert deployment.attempts == []
    # What people have noted down stays true, though the first port is free again.
    assert stage.deploy(subject).service.port == deployment.service.port


def test_a_port_that_is_taken_in_the_last_moment_is_given_up(make: Make) -> None:
    stage = make()
    taken: list[socket.socket] = []

    class TakesThePort(list[Any]):
        def append(self, event: Any) -> None:
            if event.key == "deploy.starting" and not taken:
                taken.append(socket.create_server(("127.0.0.1", event.fields["port"])))

    stage.heard = TakesThePort()
    deployment = stage.deploy(stage.subject("well"))
    taken[0].close()
    assert troubles_of(deployment) == [("port_taken", "next_port")]
    assert deployment.attempts[0].value == str(deployment.service.port)
    assert stage.judged().passed


def test_a_compose_file_without_our_labels_leaves_nothing_behind(make: Make, engine: Engine) -> None:
    stage = make()
    stage.deploy(stage.subject("well"))
    whole = yaml.safe_load(read_text(stage.root / COMPOSE))
    del whole["services"]["api"]["labels"]
    write_text(stage.root / COMPOSE, yaml.safe_dump(whole))
    subject = stage.subject("well")
    deployment = stage.deploy(subject)
    assert troubles_of(deployment) == [("compose_failed", "none")]
    assert "foundry.root" in deployment.attempts[0].sign
    assert engine.containers({"com.docker.compose.project": subject.compose_project}) == []


def test_what_the_user_has_joined_to_the_service_stays(make: Make, engine: Engine) -> None:
    """Prometheus, say, in the same project of compose and the same network."""
    stage = make()
    subject = stage.subject("well")
    stage.deploy(subject)
    watcher = f"{subject.compose_project}-watcher"
    words = ["docker", "run", "-d", "--rm", "--name", watcher, "--network", f"{subject.compose_project}_default"]
    theirs = [
        "--label",
        f"com.docker.compose.project={subject.compose_project}",
        "--label",
        "com.docker.compose.service=w",
    ]
    subprocess.run([*words, *theirs, "--entrypoint", "sleep", subject.image, "600"], check=True)
    try:
        stage.deploy(subject)
        assert stage.judged().passed
        assert stage.deploy(stage.subject("missing_library")).outcome == "failed"
        found = engine.container(watcher)
        assert found and found.state == "running"
    finally:
        subprocess.run(["docker", "rm", "-f", watcher], check=True)


def test_only_what_is_ours_is_taken_away(make: Make) -> None:
    mine, other = make("mine"), make("other")
    for stage in (mine, other):
        stage.deploy(stage.subject("well"))
    kept, [before] = other.running(), mine.running()
    mine.deploy(mine.subject("well"))
    assert other.running() == kept
    assert mine.running() != [before]


def test_a_run_that_was_killed_leaves_nothing_that_the_next_one_does_not_clear(make: Make) -> None:
    stage = make()
    stage.subject("well")  # its image is built before
    command = [sys.executable, "-c", KILLED, str(stage.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as cut:
        assert cut.stdout
        assert "deploy.loading\n" in iter(cut.stdout.readline, "")
        cut.kill()
    [left] = stage.running()
    deployment = stage.deploy(stage.subject("well"))
    assert stage.judged().findings == []
    assert [file.diff for file in deployment.files if file.diff] == []
    [now] = stage.running()
    assert now != left


def test_an_engine_that_goes_away_ends_the_run_and_the_next_one_goes_on(
    make: Make, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = make()
    subject = stage.subject("well")

    class CutsTheLine(list[Any]):
        def append(self, event: Any) -> None:
            if event.key == "deploy.loading":
                line.cut()

    stage.heard = CutsTheLine()
    with (
        Line(engine.endpoint.url.removeprefix("unix://"), tmp_path / "docker.sock") as line,
        monkeypatch.context() as to,
    ):
        to.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
        with pytest.raises(EngineMissing) as gone:
            stage.deploy(subject)
    assert gone.value.code == 5
    stage.heard = []
    stage.deploy(subject)
    assert len(stage.running()) == 1
    assert stage.judged().passed


def test_another_image_under_the_same_tag_is_refused(make: Make) -> None:
    stage = make()
    subject = stage.subject("well")
    with pytest.raises(MissingOutside, match="has sha256:0"):
        stage.deploy(type(subject)(**{**vars(subject), "image_id": "sha256:0"}))
