"""The gate of REVIEW_REPORT.md: everything was run and shows it, no error is open, nothing is gone from the list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from framework.artifacts.codec import encode
from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.requirements import Project
from framework.artifacts.review import CHECKS, PROOFS, TOOLS, CheckRun, Repair, Review, ReviewFinding
from framework.gates.review import judge
from framework.messages import LANGUAGES, Lang

RECEIPT = CommandReceipt(
    command=["python", "-m", "ruff"], rc=0, output_hash="0", proved="exit 0", seconds=0.1, at="now"
)
STUB = ReviewFinding(
    check="placeholders", severity="error", file="src/a.py", line=3, evidence="grow does nothing", remedy="Write it."
)
REPAIR = Repair(check="ruff", files=["src/a.py"], diff="--- a/src/a.py\n+++ b/src/a.py\n-a\n+```b\n", commit="c0ffee")


def review(lang: Lang = "en", **changes: Any) -> Review:
    """A clean review, with changes."""
    checks = [CheckRun(name=name, looked_at=3, findings=0) for name in (*CHECKS, PROOFS)]
    checks += [CheckRun(name=name, looked_at=3, findings=0, receipt=RECEIPT) for name in TOOLS]
    fields: dict[str, Any] = {"checks": checks, "findings": [], "repairs": []} | changes
    return Review(project=Project(name="demo", title="Demo", language=lang), **fields)


def with_run(name: str, **changes: Any) -> list[CheckRun]:
    """The clean runs, one of them changed."""
    return [run.model_copy(update=changes) if run.name == name else run for run in review().checks]


def verdict(tmp_path: Path, model: Review) -> list[tuple[str, str]]:
    """What the gate says of the report on disk: severity and place."""
    files = ProjectFiles(tmp_path)
    write_text(files.report(model.FILE), encode(model, ""))
    return [(one.severity, one.where) for one in judge(files).findings]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_clean_review_passes(tmp_path: Path, lang: Lang) -> None:
    assert verdict(tmp_path, review(lang)) == []


@pytest.mark.parametrize("name", [*CHECKS, *TOOLS, PROOFS])
def test_what_was_not_run_is_an_error(tmp_path: Path, name: str) -> None:
    rest = [run for run in review().checks if run.name != name]
    assert verdict(tmp_path, review(checks=rest)) == [("error", name)]


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_without_a_receipt_was_not_run(tmp_path: Path, name: str) -> None:
    assert verdict(tmp_path, review(checks=with_run(name, receipt=None))) == [("error", name)]


def test_a_tool_that_looked_at_nothing_proves_nothing(tmp_path: Path) -> None:
    assert verdict(tmp_path, review(checks=with_run("mypy", looked_at=0))) == [("error", "mypy")]


def test_an_open_error_is_mirrored_with_its_place(tmp_path: Path) -> None:
    model = review(checks=with_run("placeholders", findings=1), findings=[STUB])
    assert verdict(tmp_path, model) == [("error", "src/a.py:3")]


def test_a_warning_is_told_and_does_not_stop(tmp_path: Path) -> None:
    long = STUB.model_copy(update={"check": "sizes", "severity": "warning", "line": None})
    assert verdict(tmp_path, review(checks=with_run("sizes", findings=1), findings=[long])) == [("warning", "src/a.py")]


def test_a_finding_that_was_struck_from_the_list_is_missed(tmp_path: Path) -> None:
    assert verdict(tmp_path, review(checks=with_run("placeholders", findings=1))) == [("error", "placeholders")]


def test_a_finding_is_repaired_only_by_a_repair(tmp_path: Path) -> None:
    done = STUB.model_copy(update={"check": "ruff", "state": "repaired"})
    assert verdict(tmp_path, review(findings=[done])) == [("error", "repairs")]
    assert verdict(tmp_path, review(findings=[done], repairs=[REPAIR])) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_shows_findings_repairs_and_how_much_was_looked_at(lang: Lang) -> None:
    body = review(lang, checks=with_run("placeholders", findings=1), findings=[STUB], repairs=[REPAIR]).body()
    assert "src/a.py:3" in body
    assert "grow does nothing" in body
    assert "Write it." in body
    assert "````diff" in body, "the diff holds three backticks of its own"
    assert "c0ffee" in body
    assert "| 3 |" in body


def test_what_a_file_says_is_shown_as_text() -> None:
    hostile = STUB.model_copy(update={"evidence": "<script>|\n# no"})
    [row] = [line for line in review(findings=[hostile]).body().splitlines() if "script" in line]
    assert "<script>" not in row
    assert r"\|" in row
