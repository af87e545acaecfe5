"""A new version takes over behind nginx while clients ask without a pause: none of them may ever see a failure."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.unit.monitor.rig import Rig, rig
from tests.unit.monitor.scripts import commanding, proxying
from tests.unit.monitor.stub_service import Service

pytestmark = pytest.mark.slow
FAULTS = {
    "garbage": "answers are worth",  # before a single client meets it
    "endless": "does not end with [DONE]",
    "lost_route": "/v1/completions: HTTPError HTTP Error 404",
    "lost_later": "were refused (4xx)",
    "flaky": "requests have failed",
    "liar": "requests have failed",  # though its own measures tell of none
    "crash": "have failed",
    "hangs": "no answer within 3 s",
    "slow": "takes",
    "deaf": "not ready",
}
# What no proxy can ask of another version, because the answer has begun or says that the client is to blame.
MET = {"refuses": "were refused (4xx)", "cut": "were cut short", "empty": "bytes, the old version's"}
ROUTES = {"lost_route": "/v1/completions", "lost_later": "/v1/completions"}


@pytest.fixture
def served(tmp_path: Path, programs: Callable[..., None]) -> Iterator[Rig]:
    """Version 1 serves."""
    programs("nginx")
    with rig(tmp_path) as found:
        done = found.rollout("deploy", "v1:good")
        assert done.returncode == 0, done.stderr
        yield found


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_version_is_taken_back_by_itself_and_no_client_sees_it(served: Rig, fault: str) -> None:
    with served.clients(route=ROUTES.get(fault, "/generate")) as seen:
        done = served.rollout("deploy", f"v2:{fault}", "--promote")
    assert (done.returncode, FAULTS[fault] in done.stderr) == (1, True), done.stderr
    assert (seen.failures, seen.answers > 50) == ([], True)
    state = served.state
    assert (state["live"], state["coming"], state["versions"]) == ("blue", "", {"blue": "v1:good"})
    assert (state["events"][-1]["what"], FAULTS[fault] in state["events"][-1]["why"]) == ("taken back", True)


@pytest.mark.parametrize("fault", MET)
def test_what_a_client_must_meet_is_taken_back_at_the_first_step(served: Rig, fault: str) -> None:
    with served.clients() as seen:
        done = served.rollout("deploy", f"v2:{fault}", "--promote")
    assert (done.returncode, MET[fault] in done.stderr) == (1, True), done.stderr
    assert "50 %" not in done.stderr
    assert len(seen.failures) < seen.answers / 5
    with served.clients() as after:
        served.rollout("status")
    assert (after.failures, served.state["live"], served.state["coming"]) == ([], "blue", "")


def test_clients_who_are_to_blame_themselves_speak_against_nobody(served: Rig) -> None:
    """Both versions refuse what has no route."""
    with served.clients(), served.clients(1, "/nowhere"):
        assert served.rollout("deploy", "v2:good", "--promote").returncode == 0
    assert served.state["live"] == "green"


def test_a_promoted_version_is_watched_and_rolled_back_by_itself(served: Rig) -> None:
    with served.clients() as seen, served.begun("deploy", "v2:turns", "--promote") as process:
        assert process.stderr
        while "watched for" not in (line := process.stderr.readline()):
            assert line, "it ended before"
        (served.root / "turned").touch()
        assert (process.wait(60), "were refused (4xx)" in process.stderr.read()) == (1, True)
    state = served.state
    assert [event["what"] for event in state["events"][-2:]] == ["promoted", "taken back"]
    assert (state["live"], state["versions"], state["judging"]) == ("blue", {"blue": "v1:good"}, False)
    assert seen.answers > 50


def test_a_version_cannot_tell_who_asks_and_nobody_else_can_choose_one(served: Rig) -> None:
    assert served.rollout("deploy", "v2:good").returncode == 0
    conf = (served.root / "deploy/rollout/state/versions.conf").read_text()
    assert f"{served.state['token']}-green green;" in conf
    with urlopen(Request(f"http://127.0.0.1:{served.port}/ready", headers={"X-Rollout": "green"})) as answer:
        assert answer.headers["X-Rollout"] is None


def test_a_good_version_takes_over_and_can_be_rolled_back(served: Rig) -> None:
    with served.clients() as seen:
        assert served.rollout("deploy", "v2:good").returncode == 0
        assert (served.state["live"], served.state["percent"]) == ("blue", 50)
        assert served.rollout("deploy", "v3:good").returncode == 2, "one trial at a time"
        assert served.rollout("promote").returncode == 0
        assert served.state["live"] == "green"
        assert served.rollout("rollback").returncode == 0
        assert served.state["live"] == "blue"
        assert served.rollout("deploy", "v4:good", "--promote").returncode == 0
    assert (seen.failures, seen.answers > 50) == ([], True)
    assert (served.state["live"], served.state["versions"]["green"]) == ("green", "v4:good")
    assert json.loads(served.rollout("status").stdout)["ready"] == {"blue": True, "green": True}


def test_a_version_on_trial_can_be_called_off(served: Rig) -> None:
    assert served.rollout("deploy", "v2:good").returncode == 0
    assert served.rollout("rollback").returncode == 0
    assert (served.state["versions"], served.state["events"][-1]["why"]) == ({"blue": "v1:good"}, "asked for")


def ended_in_the_middle(served: Rig, how: signal.Signals) -> int:
    with served.begun("deploy", "v2:good") as process:
        while "10 %" not in (process.stderr.readline() if process.stderr else "10 %"):
            pass
        process.send_signal(how)
        return process.wait(30)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_a_rollout_that_is_ended_in_the_middle_harms_nobody(served: Rig, how: signal.Signals) -> None:
    with served.clients() as seen:
        assert ended_in_the_middle(served, how) == 130
    assert (served.state["coming"], served.state["versions"]) == ("", {"blue": "v1:good"})
    assert seen.failures == []


def test_what_a_killed_rollout_leaves_on_trial_is_taken_back_by_another_process(served: Rig) -> None:
    with served.clients() as seen:
        ended_in_the_middle(served, signal.SIGKILL)
        until = time.monotonic() + 30
        while served.state["coming"]:
            assert time.monotonic() < until
    assert served.state["events"][-1]["why"] == "whoever judged it was killed"
    assert (seen.failures, served.state["versions"]) == ([], {"blue": "v1:good"})


@pytest.mark.parametrize("command", ["status", "rollback"])
def test_the_next_call_takes_back_what_nobody_minds(served: Rig, command: str) -> None:
    """As after a power cut: neither the judge nor the process that saw to it is there."""
    assert served.rollout("deploy", "v2:good").returncode == 0
    place = served.root / "deploy/rollout/state/state.json"
    place.write_text(json.dumps(served.state | {"judging": True}))
    done = served.rollout(command)
    assert (done.returncode, served.state["coming"], served.state["judging"]) == (0, "", False)
    assert command != "status" or "whoever judged it was killed" in done.stdout


@pytest.mark.parametrize("name", ["", " ", "--", "Tales:v1", "tales v1", "tales:", "a//b", "tales:v1\n", "../tales"])
def test_what_is_no_image_is_refused(served: Rig, name: str) -> None:
    done = served.rollout("deploy", name)
    assert (done.returncode, served.state["events"][-1]["what"]) == (2, "deployed")


@pytest.mark.parametrize("name", ["tales", "tales:cpu-v2", "host.example:5000/a/b_c:1", f"a@sha256:{'0' * 64}"])
def test_names_of_images_are_known(name: str) -> None:
    assert commanding._image(name) == name


@pytest.mark.parametrize("command", ["promote", "rollback"])
def test_what_cannot_be_done_is_refused(served: Rig, command: str) -> None:
    done = served.rollout(command)
    assert (done.returncode, bool(done.stderr.strip())) == (2, True)


def test_a_version_that_does_not_even_start_changes_nothing(served: Rig) -> None:
    place = served.root / "deploy/rollout/rollout.json"
    settings = json.loads(place.read_text())
    settings["commands"]["start"] = ["false"]
    place.write_text(json.dumps(settings))
    with served.clients() as seen:
        assert served.rollout("deploy", "v2:good").returncode == 1
    assert (seen.failures, served.state["live"], served.state["coming"]) == ([], "blue", "")


def test_the_share_of_the_requests_is_written_for_the_proxy() -> None:
    state = proxying.State(live="blue", coming="green", percent=5, versions={})
    text = proxying.proxy_config(state, {"blue": "blue:8000", "green": "green:8000"})
    assert "    5% green;\n    * blue;" in text
    assert "server green:8000 max_fails=0;\n    server blue:8000 max_fails=0 backup;" in text
    assert "green_alone" in text
    assert text.count("backup") == 1, "the old version has nobody behind it while the new one is on trial"


def test_the_stub_is_sound_long_enough_to_pass_the_first_look() -> None:
    service = Service("flaky")
    assert {service.status() for _ in range(30)} == {200}
