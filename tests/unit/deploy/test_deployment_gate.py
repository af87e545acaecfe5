"""The gate of deploy_report.md: everything that a service has to be, each seen to be missed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from framework.artifacts.codec import encode
from framework.artifacts.deployment import SMOKE, Answers, Asked, Deployment, SlaRow
from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.records import Verdict
from framework.gates.deployment import judge
from tests.unit.deploy.reports import COMPOSE, TEXT, deployment, failed, receipt
from tests.unit.deploy.test_deploy_figures import level


def judged(root: Path, report: Deployment, text: str = TEXT) -> Verdict:
    files = ProjectFiles(root)
    write_text(files.report(report.FILE), encode(report, ""))
    write_text(root / COMPOSE, text)
    return judge(files)


def row(kept: bool | None) -> SlaRow:
    return SlaRow(slot="sla.latency_ms", wanted="100 ms", measured="200 ms", clients=1, kept=kept, why="on a processor")


def test_all_is_well(tmp_path: Path) -> None:
    assert judged(tmp_path, deployment(sla=[row(True)])).findings == []


@pytest.mark.parametrize(
    ("changes", "where", "says"),
    [
        ({"smoke": [Asked(name=name, state="passed", seen="") for name in SMOKE[1:]]}, "smoke health", "health"),
        ({"smoke": [Asked(name=name, state="failed", seen="no") for name in SMOKE[:1]]}, "smoke health", "no"),
        ({"receipts": [receipt(1)]}, "receipts", "exit 1"),
        ({"answers": None}, "answers", "not held"),
        ({"answers": Answers(prompts=12, equal=11, new_tokens=32)}, "answers", "11 of 12"),
        ({"levels": [level(1, 100, 10)]}, "levels 4", "4 clients"),
        ({"levels": [level(1, 100, 10), level(4, 1, 1, errors=3)]}, "levels 4", "3 x status 500"),
        ({"sla": [row(False)]}, "sla.latency_ms", "wanted 100 ms, measured 200 ms"),
    ],
)
def test_what_is_not_well_is_an_error(tmp_path: Path, changes: dict[str, Any], where: str, says: str) -> None:
    verdict = judged(tmp_path, deployment(**changes))
    assert not verdict.passed
    assert says in {finding.where: finding.message for finding in verdict.findings}[where]


def test_what_another_machine_must_show_is_a_warning(tmp_path: Path) -> None:
    verdict = judged(tmp_path, deployment(sla=[row(None)]))
    assert verdict.passed
    assert "on a processor" in verdict.findings[0].message


def test_a_port_that_others_reach_is_a_warning(tmp_path: Path) -> None:
    well = deployment()
    opened = well.service.model_copy(update={"address": "0.0.0.0"})
    verdict = judged(tmp_path, deployment(service=opened))
    assert verdict.passed
    assert [finding.where for finding in verdict.findings] == ["service.address"]


def test_a_program_that_is_not_here_is_no_error(tmp_path: Path) -> None:
    smoke = [Asked(name=name, state="absent" if name == "curl" else "passed", seen="") for name in SMOKE]
    assert judged(tmp_path, deployment(smoke=smoke)).passed


def test_a_file_that_was_changed_afterwards_is_seen(tmp_path: Path) -> None:
    assert [finding.where for finding in judged(tmp_path, deployment(), "other").findings] == [COMPOSE]


def test_a_failure_is_told_with_its_report(tmp_path: Path) -> None:
    [finding] = judged(tmp_path, failed()).findings
    assert finding.severity == "error"
    assert "reports/docker_error_report_1.md" in finding.message
