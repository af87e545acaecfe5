"""The program that asks the service, run as people run it, against a service without a model on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from framework import resources
from framework.runtime.loopback import free_port, health_status

pytestmark = pytest.mark.slow
STANDIN = Path(__file__).parents[2] / "docker/standin/server.py"
PROMPTS = ["Once upon a time", "The little fox"]
Served = Callable[..., int]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Start the stand-in; its port."""
    running: list[subprocess.Popen[bytes]] = []

    def serve(mode: str = "well", key: str = "") -> int:
        port = free_port(18300 + os.getpid() % 1000)
        (tmp_path / "key").write_text(key)
        keyed = {"LLM_API_KEY_FILE": str(tmp_path / "key")} if key else {}
        settings = {**os.environ, "PORT": str(port), "MODE": mode, **keyed}
        running.append(subprocess.Popen([sys.executable, str(STANDIN)], env=settings))
        while health_status(port) is None:
            assert running[-1].poll() is None
        return port

    yield serve
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The program beside its prompts."""
    place = tmp_path / "ask_service.py"
    place.write_text(resources.read_text("templates/scratch/deploy/compose/ask_service.py"))
    (tmp_path / "prompts.json").write_text(json.dumps(PROMPTS))
    return place


def asked(program: Path, *words: str) -> tuple[int, Any]:
    """Its exit code and what it saw. A proxy of the machine must not be in the way."""
    seen = program.with_name("seen.json")
    settings = {**os.environ, "http_proxy": "http://127.0.0.1:9", "all_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    done = subprocess.run(
        [sys.executable, str(program), *words, "--output", str(seen)], env=settings, timeout=60, check=False
    )
    return done.returncode, json.loads(seen.read_text())


def test_a_service_that_works_passes(program: Path, served: Served) -> None:
    rc, checks = asked(program, "smoke", "--port", str(served()))
    assert rc == 0
    assert {check["state"] for check in checks} <= {"passed", "absent"}
    assert len(checks) == 10


def test_with_a_key(program: Path, served: Served) -> None:
    port = str(served(key="open-sesame"))
    rc, checks = asked(program, "smoke", "--port", port, "--key-file", str(program.with_name("key")))
    assert rc == 0, checks
    assert [check["seen"] for check in checks if check["name"] == "key"] == ["401 without the key"]


def test_with_a_key_that_is_not_asked_for(program: Path, served: Served) -> None:
    program.with_name("other").write_text("x")
    rc, checks = asked(program, "smoke", "--port", str(served()), "--key-file", str(program.with_name("other")))
    assert rc == 1
    assert [check["name"] for check in checks if check["state"] == "failed"] == ["key"]


def test_what_fails_is_named(program: Path, served: Served) -> None:
    rc, checks = asked(program, "smoke", "--port", str(served("unhealthy")))
    assert rc == 1
    assert [check["name"] for check in checks if check["state"] == "failed"] == ["health"]


def test_where_nothing_listens_everything_fails(program: Path) -> None:
    rc, checks = asked(program, "smoke", "--port", str(free_port(18200)))
    assert rc == 1
    assert {check["state"] for check in checks if check["name"] != "key"} == {"failed"}


def test_the_answers_depend_on_prompt_and_seed(program: Path, served: Served) -> None:
    rc, answers = asked(program, "answers", "--port", str(served()), "--new-tokens", "5")
    assert rc == 0
    assert [*answers] == ["Once upon a time", "Once upon a time (seed 0)", "The little fox", "The little fox (seed 1)"]
    assert len(set(answers.values())) == 4
    assert all(len(text.split()) == 5 for text in answers.values())


def test_a_load_is_bounded_by_requests(program: Path, served: Served) -> None:
    bounds = ["--clients", "3", "--seconds", "30", "--most", "7", "--warm-up", "1", "--new-tokens", "4"]
    rc, load = asked(program, "load", "--port", str(served()), *bounds)
    assert rc == 0
    assert (load["clients"], len(load["answers"]), load["errors"]) == (3, 7, {})
    assert all(0 < first <= whole and tokens == 4 for whole, first, tokens in load["answers"])
    assert load["busy_s"] > load["window_s"] > 0


def test_requests_that_fail_are_counted_and_not_timed(program: Path, served: Served) -> None:
    bounds = ["--clients", "1", "--seconds", "30", "--most", "6", "--warm-up", "0"]
    rc, load = asked(program, "load", "--port", str(served("refuses")), *bounds)
    assert rc == 0
    assert (len(load["answers"]), load["errors"]) == (4, {"status 500": 2})


def test_only_this_machine_can_be_asked(program: Path) -> None:
    done = subprocess.run([sys.executable, str(program), "--help"], capture_output=True, text=True, check=True)
    assert "--host" not in done.stdout
    assert "--url" not in done.stdout
