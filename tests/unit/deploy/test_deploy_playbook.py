"""What is wrong is told by what the engine knows, then by words, then by the mere state; and tried within bounds."""

from __future__ import annotations

import pytest

from agents.ops.deploying.playbook import Failure, Settings, diagnosed, next_try, told
from framework.artifacts.deployment import Attempt, Repair, Trouble
from framework.runtime.docker import ContainerFacts, Openness
from tests.unit.deploy.subjects import subject

CLOSED = Openness(
    privileged=False,
    capabilities=(),
    gains_privileges=False,
    writable_root=False,
    user="10001",
    shares=(),
    mounts=(),
    bindings=(),
)
POLICY = subject().policy.deploy


def container(**changes: object) -> ContainerFacts:
    facts: dict[str, object] = {
        "id": "1", "name": "x", "image": "i", "image_id": "s", "state": "exited", "health": "", "exit_code": 1,
        "oom_killed": False, "restarts": 0, "error": "", "ports": {}, "labels": {}, "open": CLOSED,
    }  # fmt: skip
    return ContainerFacts.model_validate(facts | changes)


@pytest.mark.parametrize(
    ("failure", "trouble"),
    [
        (Failure("Bind for 127.0.0.1:8000 failed: port is already allocated", container(), ""), "port_taken"),
        (Failure("listen tcp4 127.0.0.1:8000: bind: address already in use", None, ""), "port_taken"),
        (Failure('could not select device driver "nvidia" with capabilities: [[gpu]]', None, ""), "no_gpu"),
        (Failure("Error response from daemon: No such image: demo:cpu-v1", None, ""), "image_gone"),
        (Failure("write /var/lib/docker/x: no space left on device", None, ""), "disk_full"),
        (Failure("", container(error="OCI runtime: no space left on device"), ""), "disk_full"),
        (Failure("services.api.ports is invalid", None, ""), "compose_failed"),
        (Failure("", container(exit_code=137, oom_killed=True), "ImportError: x"), "out_of_memory"),
        (Failure("", container(exit_code=137, restarts=2, state="restarting"), ""), "out_of_memory"),
        (Failure("", container(), "ModuleNotFoundError: No module named 'fastapi'"), "missing_library"),
        (Failure("", container(), "libgomp.so.1: cannot open shared object file: No such file"), "missing_library"),
        (Failure("", container(), "error: checkpoint /model is damaged (model.safetensors)"), "bad_weights"),
        (Failure("", container(), "[Errno 13] Permission denied: '/model/model.safetensors'"), "unreadable"),
        (Failure("", container(), "Segmentation fault"), "exited"),
        (Failure("", container(exit_code=0), ""), "exited"),
        (Failure("", container(state="running", health="unhealthy"), "ImportError: optional"), "unhealthy"),
        (Failure("", container(state="running", health="starting"), "", waited=True), "slow_start"),
        (Failure("", container(state="running", health="starting"), "", waited=True, health=503), "unhealthy"),
        (Failure("", None, ""), "compose_failed"),
    ],
)  # fmt: skip
def test_a_trouble_is_known_by_its_signs(failure: Failure, trouble: Trouble) -> None:
    assert diagnosed(failure, POLICY)[0] == trouble


def test_the_last_sign_counts_and_is_shown() -> None:
    log = "ImportError: no uvloop, going on without it\nerror: holds no checkpoint that is whole\nbye"
    assert diagnosed(Failure("", container(), log), POLICY) == (
        "bad_weights",
        "error: holds no checkpoint that is whole",
    )


@pytest.mark.parametrize("closing", ["Encountered errors while bringing up the project.", ""])
def test_what_compose_ends_every_failure_with_is_no_sign(closing: str) -> None:
    cause = "ERROR: for api  Cannot start service api: OCI runtime create failed: unknown capability"
    said = f"Creating demo_api_1 ... error\n\n{cause}\n{closing}\n"
    assert diagnosed(Failure(said, None, ""), POLICY) == ("compose_failed", cause)
    assert diagnosed(Failure(closing, None, ""), POLICY) == ("compose_failed", closing)


SETTINGS = Settings(port=18700, bounds=subject().bounds, ready_s=30)


def tried(*repairs: Repair) -> list[Attempt]:
    return [Attempt(trouble="exited", sign="", repair=repair) for repair in repairs]


@pytest.mark.parametrize(
    ("trouble", "before", "repair"),
    [
        ("port_taken", (), "next_port"),
        ("out_of_memory", (), "more_memory"),
        ("slow_start", (), "more_time"),
        ("exited", (), "start_again"),
        ("exited", ("start_again",), "none"),
        ("slow_start", ("start_again",), "none"),
        ("bad_weights", (), "none"),
        ("compose_failed", (), "none"),
        ("port_taken", ("next_port",) * 3, "none"),
    ],
)
def test_the_playbook_gets_a_few_tries(trouble: Trouble, before: tuple[Repair, ...], repair: Repair) -> None:
    assert next_try(subject(), tried(*before), trouble, SETTINGS, room_mb=100_000)[0] == repair


@pytest.mark.parametrize(
    ("memory", "room", "repair", "then"),
    [
        (1024, 100_000, "more_memory", 2048),
        (6000, 100_000, "more_memory", 8192),
        (8192, 100_000, "none", 8192),
        (1024, 1500, "more_memory", 1500),
        (1024, 512, "none", 1024),
    ],
)
def test_memory_grows_within_the_policy_and_the_machine(memory: int, room: int, repair: Repair, then: int) -> None:
    bounds = SETTINGS.bounds.model_copy(update={"memory_mb": memory})
    found = next_try(subject(), [], "out_of_memory", Settings(18700, bounds, 30), room)
    assert (found[0], found[1].bounds.memory_mb) == (repair, then)


def test_what_was_changed_is_told() -> None:
    repair, settings = next_try(subject(), [], "slow_start", SETTINGS, 1)
    assert told(repair, settings) == "60 s"
    assert told("start_again", settings) == ""
