"""Stage docker-env on a real engine; killed amid its work, it leaves what the next run finds and removes."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from framework.runtime.docker import Engine, labels_of
from framework.runtime.docker.connection import answering
from tests.docker.conftest import BASE, Traces
from tests.unit.docker_env.desk import Desk

WORK = """
import sys
from pathlib import Path
from tests.unit.docker_env.desk import Desk

desk = Desk(Path(sys.argv[1]), heard=lambda event: print(event.key, flush=True))
desk.base_on(sys.argv[2])
desk.report()
"""


@pytest.fixture
def desk(engine: Engine, tmp_path: Path, reaped: list[Path]) -> Desk:
    desk = Desk(tmp_path / "demo")
    desk.base_on(BASE)
    reaped.append(desk.files.root)
    return desk


def test_the_report_is_what_the_engine_says(desk: Desk, engine: Engine) -> None:
    report, facts = desk.report(), engine.facts()
    assert report.found and report.found.engine == facts
    assert report.docker_version == facts.server_version
    assert report.found.base.here == engine.image(BASE).id
    assert report.found.disk.free_gb and report.found.disk.free_gb > 0
    assert (report.found.gpu.state == "works") is report.gpu_passthrough
    assert report.gpu_passthrough or report.found.gpu.why
    assert {where for where in desk.errors() if where != "disk"} == set()


def test_what_a_killed_run_has_left_is_removed_and_nothing_else(desk: Desk, engine: Engine, traces: Traces) -> None:
    mine = labels_of("demo", "docker-env", desk.files.root)
    others = labels_of("demo", "docker-env", desk.files.root / "elsewhere")
    with answering(engine.endpoint):
        for labels in (mine, others | traces.labels):
            engine.api.create_container(BASE, ["sleep", "1000"], labels=labels)
    desk.report()
    assert engine.containers(mine) == []
    assert [one.state for one in engine.containers(others)] == ["created"]


@pytest.mark.slow
def test_a_run_that_was_killed_while_it_asked_goes_on(desk: Desk, engine: Engine) -> None:
    command = [sys.executable, "-c", WORK, str(desk.files.root), BASE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        heard = [line.strip() for line in iter(process.stdout.readline, "docker_env.trying_gpu\n") if line]
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert re.fullmatch(r"docker_env\.asking", "".join(heard))
    assert not desk.staged.exists()
    assert desk.report().found
    assert engine.containers(labels_of("demo", "docker-env", desk.files.root)) == []
