"""A new version takes over behind nginx while clients ask without a pause: none of them may ever see a failure."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.monitor.rig import Rig, rig
from tests.unit.monitor.scripts import switching
from tests.unit.monitor.stub_service import Service

pytestmark = pytest.mark.slow
FAULTS = {
    "garbage": "answers are worth",  # before a single client meets it
    "flaky": "requests have failed",
    "crash": "refused",
    "slow": "takes",
    "deaf": "not ready",
}


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
    with served.clients() as seen:
        done = served.rollout("deploy", f"v2:{fault}", "--promote")
    assert (done.returncode, FAULTS[fault] in done.stderr) == (1, True), done.stderr
    assert (seen.failures, seen.answers > 50) == ([], True)
    state = served.state
    assert (state["live"], state["coming"], state["versions"]) == ("blue", "", {"blue": "v1:good"})
    assert (state["events"][-1]["what"], FAULTS[fault] in state["events"][-1]["why"]) == ("taken back", True)


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


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_rollout_that_is_ended_in_the_middle_harms_nobody(served: Rig, how: signal.Signals) -> None:
    with served.clients() as seen:
        with served.begun("deploy", "v2:good") as process:
            while "10 %" not in (process.stderr.readline() if process.stderr else "10 %"):
                pass
            process.send_signal(how)
            rc = process.wait(30)
        if how == signal.SIGKILL:
            assert (served.state["coming"], served.rollout("rollback").returncode) == ("green", 0)
        else:
            assert rc == 130
    assert (served.state["coming"], served.state["versions"]) == ("", {"blue": "v1:good"})
    assert seen.failures == []


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
    state = switching.State(live="blue", coming="green", percent=5, versions={})
    text = switching.proxy_config(state, {"blue": "blue:8000", "green": "green:8000"})
    assert "    5% green;\n    * blue;" in text
    assert "server green:8000 max_fails=0;\n    server blue:8000 max_fails=0 backup;" in text
    assert text.count("backup") == 1, "the old version has nobody behind it while the new one is on trial"


def test_the_stub_is_sound_long_enough_to_pass_the_first_look() -> None:
    service = Service("flaky")
    assert {service.status() for _ in range(30)} == {200}
