"""A requirement that the running service keeps no more is open again, and `foundry status` says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.records import RunRecord, Settings
from framework.errors import InvalidDocument
from framework.workflow.report import status

DRIFT = """---
schema_version: 1
project: demo
checked_at: "2026-11-21T20:00:00Z"
source: http://127.0.0.1:9090
rows:
  - {slot: sla.latency_ms, wanted: "500", stated: true, state: drifted, measured: 812.5, since: "2026-11-21T19:00:00Z"}
  - {slot: sla.availability, wanted: "99", stated: true, state: kept, measured: 99.9, since: ""}
---
# Drift
"""


@pytest.fixture
def files(tmp_path: Path) -> ProjectFiles:
    made = ProjectFiles(tmp_path)
    made.write_run(RunRecord(name="demo", lang="en", request="x", settings=Settings(), created_at="now"))
    return made


def test_what_has_drifted_is_unmet_again(files: ProjectFiles) -> None:
    assert status(files, ()).unmet == []
    write_text(files.report("spec_drift.md"), DRIFT)
    (line,) = status(files, ()).unmet
    assert "sla.latency_ms" in line
    assert "812.5" in line


def test_a_broken_drift_report_is_named(files: ProjectFiles) -> None:
    write_text(files.report("spec_drift.md"), DRIFT.replace("state: kept", "state: fine"))
    with pytest.raises(InvalidDocument, match=r"spec_drift\.md"):
        status(files, ())
