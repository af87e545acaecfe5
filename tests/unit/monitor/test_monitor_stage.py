"""The stage on a rendered project: a real Prometheus reads a service, and the report is held by its gate."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from framework.artifacts.codec import encode
from framework.artifacts.deployment import SlaRow
from framework.artifacts.files import write_text
from framework.artifacts.requirements import Requirements
from framework.artifacts.running import Check, Running
from framework.gates.running import BEGIN, judge
from framework.runtime.watch_mark import watched_service
from tests.unit.monitor.desk import Desk, desk, traced
from tests.unit.monitor.rig import free_port

STUB = Path(__file__).with_name("stub_service.py")
LIVE = {
    "promtool check config",
    "promtool test rules",
    "amtool check-config",
    "scrape",
    "requests",
    "drill",
    "spec drift",
}
LATENCY = {"slot": "sla.latency_ms", "wanted": "<= 300 ms", "measured": "412 ms", "clients": 4}


@pytest.fixture
def service() -> Iterator[int]:
    port = free_port()
    with subprocess.Popen([sys.executable, str(STUB), str(port), "v1:good"]) as process:
        yield port
        process.kill()


def test_both_readmes_tell_it_in_their_language(bare_chinese: Desk) -> None:
    bare_chinese.watch()
    bare_chinese.walk(traced(bare_chinese.files.read_artifact(Requirements)))
    root = bare_chinese.files.root
    assert "## 要求与运行中的服务" in (root / "README.md").read_text()
    assert "## The requirements, as the running service meets them" in (root / "README.en.md").read_text()


@pytest.fixture
def bare_chinese(bare: Desk, tmp_path: Path) -> Desk:
    """The same with a Chinese project."""
    return desk(tmp_path / "chinese", bare.deployment.service.port, "chinese")


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """On a machine with git and nothing that watches."""
    programs = tmp_path / "bin"
    programs.mkdir()
    git = next(Path(folder) / "git" for folder in os.environ["PATH"].split(":") if (Path(folder) / "git").exists())
    (programs / "git").symlink_to(git)
    monkeypatch.setenv("PATH", str(programs))
    return desk(tmp_path / "project", free_port())


def findings(desk: Desk, severity: str = "error") -> list[str]:
    return [one.message for one in judge(desk.files).findings if one.severity == severity]


@pytest.mark.slow
def test_a_running_service_is_watched_and_an_alert_comes_and_goes(
    tmp_path: Path, service: int, programs: Callable[..., None]
) -> None:
    programs("prometheus", "promtool", "amtool", "prometheus-alertmanager")
    made = desk(tmp_path / "project", service)
    made.watch()
    running = made.walk(traced(made.files.read_artifact(Requirements)))
    assert [check.name for check in running.seen.checks if check.state == "failed"] == []
    assert {check.name for check in running.seen.checks if check.state == "passed"} >= LIVE
    assert len(running.seen.queries) > 25
    assert {query.state for query in running.seen.queries} == {"passed"}
    assert running.seen.drill
    assert running.seen.drill.notified == ["firing", "resolved"]
    assert findings(made) == []
    assert running.body().count("ServerGone") == 1


def test_without_the_programs_nothing_is_called_verified(bare: Desk) -> None:
    bare.watch()
    running = bare.walk(traced(bare.files.read_artifact(Requirements)))
    assert {check.state for check in running.seen.checks} == {"unverified"}
    assert "prometheus is not installed on this machine" in running.body()
    assert findings(bare) == []
    assert any("was not tried" in message for message in findings(bare, "warning"))


def test_every_requirement_stands_in_the_report_and_the_readme(bare: Desk) -> None:
    wanted = bare.files.read_artifact(Requirements)
    bare.watch()
    running = bare.walk(traced(wanted, params="unmet", hardware_gpu="configured", task="failed", domain="unverified"))
    states = {row.slot: row.state for row in running.walked}
    assert (states["params"], states["task"]) == ("unmet", "unmet")
    assert (states["hardware.gpu"], states["domain"]) == ("configured", "unverified")
    assert set(states) == {item.slot for item in wanted.items}
    assert len(running.unmet_wishes()) == 2
    readme = (bare.files.root / "README.md").read_text()
    assert BEGIN in readme
    assert readme.count("**unmet**") == 2


def test_what_was_measured_counts_more_than_what_was_built(bare: Desk) -> None:
    wanted = bare.files.read_artifact(Requirements)
    item = wanted.items[0].model_copy(update={"slot": "sla.latency_ms", "value": 300})
    write_text(bare.files.report(Requirements.FILE), encode(wanted.model_copy(update={"items": [*wanted.items, item]})))
    slow = bare.deployment.model_copy(update={"sla": [SlaRow(**LATENCY, kept=False)]})
    late = replace(bare, deployment=slow)
    late.watch()
    running = late.walk(traced(late.files.read_artifact(Requirements)))
    row = next(row for row in running.walked if row.slot == "sla.latency_ms")
    assert (row.state, "412 ms" in row.evidence, row.source) == ("unmet", True, "reports/deploy_report.md")
    assert any("412 ms" in message for message in findings(late, "warning"))
    rows = json.loads((late.files.root / "deploy/monitoring/spec.json").read_text())["rows"]
    assert [(one["slot"], one["stated"], one["threshold"]) for one in rows if one["slot"] == "sla.latency_ms"] == [
        ("sla.latency_ms", True, 0.3)
    ]


def test_a_file_that_the_user_has_changed_stays(bare: Desk) -> None:
    bare.watch()
    alerts = bare.files.root / "deploy/monitoring/alertmanager.yml"
    alerts.write_text(alerts.read_text().replace("people", "ann"))
    bare.watch()
    running = bare.walk(traced(bare.files.read_artifact(Requirements)))
    assert "ann" in alerts.read_text()
    assert [file.path for file in running.files if file.diff] == ["deploy/monitoring/alertmanager.yml"]
    assert findings(bare) == []


def test_what_foundry_wrote_itself_is_renewed(bare: Desk) -> None:
    bare.watch()
    config = bare.files.root / "specs/DOCKER_CONFIG.md"
    config.write_text(config.read_text().replace("scrape_seconds: 15", "scrape_seconds: 30"))
    bare.watch()
    assert "scrape_interval: 30s" in (bare.files.root / "deploy/monitoring/prometheus.yml").read_text()


def _changed(desk: Desk, **changes: object) -> None:
    running = desk.files.read_artifact(Running)
    write_text(desk.files.report(Running.FILE), encode(running.model_copy(update=changes)))


def test_the_gate_sees_what_is_missing(bare: Desk) -> None:
    bare.watch()
    running = bare.walk(traced(bare.files.read_artifact(Requirements)))
    seen = running.seen
    cases = {
        "was not walked": {"walked": running.walked[1:]},
        "no evidence": {"walked": [row.model_copy(update={"evidence": " "}) for row in running.walked]},
        "has failed": {"seen": seen.model_copy(update={"checks": [Check(name="x", state="failed"), *seen.checks]})},
        "No alert": {"seen": seen.model_copy(update={"checks": []})},
    }
    for told, change in cases.items():
        _changed(bare, **change)
        assert any(told in message for message in findings(bare)), told
        _changed(bare, walked=running.walked, seen=seen)
    (bare.files.root / "README.md").write_text("mine\n")
    (bare.files.root / "scripts/rollout.py").write_text("")
    assert len(findings(bare)) == 2


@pytest.mark.slow
def test_a_service_that_is_not_there_is_told_and_not_waited_for(tmp_path: Path, programs: Callable[..., None]) -> None:
    programs("prometheus")
    made = desk(tmp_path / "project", free_port())
    made.watch()
    running = made.walk(traced(made.files.read_artifact(Requirements)))
    assert [check.name for check in running.seen.checks if check.state == "failed"] == ["scrape"]
    assert any("cannot be read" in message for message in findings(made))


def test_what_can_be_tried_here_is_part_of_what_the_stage_depends_on(bare: Desk, tmp_path: Path) -> None:
    before = watched_service(bare.files)
    (tmp_path / "bin/promtool").write_text("#!/bin/sh\n")
    (tmp_path / "bin/promtool").chmod(0o755)
    assert watched_service(bare.files) != before
