"""What was to be built, what the log says of it, and what is there: all three have to agree."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from agents.planner.readme import finished
from agents.reviewer.checks import build_log, tests_present
from agents.reviewer.subject import Subject
from framework.artifacts.base import sha256
from framework.artifacts.build import BuildLog, BuildTask, Clash, LogRow, TaskList
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.requirements import Project
from tests.unit.reviewer.conftest import Plant

TESTS = "tests/training/test_muon.py"


def _receipt(rc: int = 0, proved: str = "3 passed", command: str = "pytest", output: str = "0") -> CommandReceipt:
    return CommandReceipt(command=[command], rc=rc, output_hash=output, proved=proved, seconds=1.0, at="2026-01-01")


def _log(subject: Subject, **changes: Any) -> BuildLog:
    files = {name: sha256(subject.tree.files[name]) for name in (TESTS, "README.md")}
    row = LogRow(
        task="T7", title="muon", state="verified", files=files, commit="c", done=_receipt(), verified=_receipt()
    )
    project = Project(name="scratch", title="Scratch", language="en")
    return BuildLog(project=project, family="scratch", environment="e", rows=[row.model_copy(update=changes)])


def test_a_log_that_holds_gives_no_finding(clean: Subject) -> None:
    assert list(build_log.check(replace(clean, log=_log(clean)))) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "unverified"},
        {"state": "failed"},
        {"state": "done"},
        {"done": None},
        {"verified": None},
        {"verified": _receipt(rc=1, proved="2 failed")},
        {"done": _receipt(rc=2, proved="exit 2")},
        {"verified": _receipt(proved="0 passed")},
        {"verified": _receipt(proved="no tests ran")},
        {"verified": _receipt(command="true")},
        {"verified": _receipt(output="1")},
        {"files": {}, "done": None},
        {"files": {"src/scratch_llm/imagined.py": "0" * 64}},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_a_row_that_rests_on_nothing_is_an_error(changes: dict[str, Any], clean: Subject) -> None:
    found = list(build_log.check(replace(clean, log=_log(clean, **changes))))
    assert [one for one in found if one.severity == "error"]
    assert all("T7" in one.evidence for one in found)


@pytest.mark.parametrize(
    ("text", "found"),
    [(None, True), ("", True), ('"""Nothing."""\n', True), ("def test_mine() -> None:\n    assert True\n", False)],
)
def test_tests_of_a_row_may_change_but_not_go(text: str | None, found: bool, clean: Subject, plant: Plant) -> None:
    subject = replace(plant({TESTS: text}), log=_log(clean))
    assert [(one.file, one.line) for one in build_log.check(subject)] == (
        [(TESTS, None if text is None else 1)] if found else []
    )


def test_rows_are_there_and_only_once(clean: Subject) -> None:
    log = _log(clean)
    assert list(build_log.check(replace(clean, log=log.model_copy(update={"rows": []}))))
    assert list(build_log.check(replace(clean, log=log.model_copy(update={"rows": log.rows * 2}))))
    clash = log.model_copy(update={"clashes": [Clash(path="README.md", diff="-a\n+b")]})
    assert [one.severity for one in build_log.check(replace(clean, log=clash))] == ["warning"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", []),
        ("3 passed", "400 passed", ["says", "leaves"]),
        ("muon", "everything", ["says", "leaves"]),
        ("`pytest`", "`pytest -x`", ["says", "leaves"]),
        ("| muon |", "| extra | 9 passed | `pytest` |\n| muon |", ["says"]),
    ],
    ids=["as-it-was-written", "another-outcome", "another-title", "another-command", "one-more"],
)
@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_readme_tells_of_what_was_verified_what_the_log_says(
    name: str, old: str, new: str, told: list[str], clean: Subject, plant: Plant
) -> None:
    log = _log(clean)
    text = finished({"README.md": clean.tree.texts[name]}, log)["README.md"]
    assert old in text
    subject = replace(plant({name: text.replace(old, new, 1)}), log=log)
    found = list(build_log.check(subject))
    lines = subject.tree.texts[name].splitlines()
    assert sorted((one.evidence.partition("verified ")[2].split()[0] for one in found), reverse=True) == told
    assert all(one.file == name and one.severity == "error" and "|" in lines[(one.line or 0) - 1] for one in found)


def test_a_row_of_the_log_that_the_readme_keeps_to_itself_is_an_error(clean: Subject, plant: Plant) -> None:
    log = _log(clean)
    [row] = log.rows
    two = log.model_copy(update={"rows": [row, row.model_copy(update={"task": "T8", "title": "adam"})]})
    text = finished({"README.md": clean.tree.texts["README.md"]}, log)["README.md"]
    found = list(build_log.check(replace(plant({"README.md": text}), log=two)))
    assert [one.file for one in found if "adam" in one.evidence] == ["README.md"]


def _todo(log: BuildLog, **changes: Any) -> TaskList:
    [row] = log.rows
    assert row.done is not None
    files, proof = list(row.files), row.done.command
    task = BuildTask(id=row.task, title=row.title, needs=[], serves=[], files=files, proof=proof)
    return TaskList(project=log.project, family=log.family, tasks=[task.model_copy(update=changes)])


def test_a_log_does_what_was_to_be_done(clean: Subject) -> None:
    log = _log(clean)
    assert list(build_log.check(replace(clean, log=log, tasks=_todo(log)))) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"id": "T8"}, ["Row T7", "Task T8"]),
        ({"files": [TESTS]}, ["Row T7"]),
        ({"files": [TESTS, "README.md", "LICENSE"]}, ["Row T7"]),
        ({"proof": ["pytest", "tests/training"]}, ["Row T7"]),
    ],
    ids=["another-task", "more-files", "fewer-files", "another-proof"],
)
def test_a_row_that_is_not_its_task_is_an_error(changes: dict[str, Any], told: list[str], clean: Subject) -> None:
    log = _log(clean)
    found = list(build_log.check(replace(clean, log=log, tasks=_todo(log, **changes))))
    assert sorted(" ".join(one.evidence.split()[:2]) for one in found) == told
    assert {one.severity for one in found} == {"error"}


def _lost(plant: Plant, clean: Subject, edits: dict[str, str | None]) -> list[tuple[str, str]]:
    """What is said of tests that are gone, where everything was rendered as the clean project has it."""
    rendered = {file: clean.tree.texts[file] for file in edits if file in clean.tree.texts}
    row = dict.fromkeys(clean.tree.files, "0")
    subject = replace(plant(edits), log=_log(clean, files=row), rendered=rendered)
    return [
        (one.file, one.evidence.split()[2])
        for one in tests_present.look(subject)
        if "not in the project" in one.evidence
    ]


def test_a_test_that_was_rendered_and_is_gone_is_named(plant: Plant, clean: Subject) -> None:
    text = clean.tree.texts[TESTS]
    [first, *others] = re.findall(r"^def (test_\w+)", text, re.MULTILINE)
    assert others
    renamed = text.replace(f"def {first}(", "def test_mine(")
    assert _lost(plant, clean, {TESTS: renamed}) == [(TESTS, first)]
    assert _lost(plant, clean, {TESTS: text + "\n\ndef test_mine() -> None:\n    assert int('1')\n"}) == []


def test_a_test_may_move_to_another_file(plant: Plant, clean: Subject) -> None:
    text = clean.tree.texts[TESTS]
    first = re.findall(r"^def (test_\w+)", text, re.MULTILINE)[0]
    moved = f"def {first}() -> None:\n    assert int('1')\n"
    there = "tests/training/test_moved.py"
    assert _lost(plant, clean, {TESTS: text.replace(f"def {first}(", "def test_mine("), there: moved}) == []
