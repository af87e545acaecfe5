"""`resume`, `status`, `inspect` and `verify` on a project that is there: edits, answers, locks, damage."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

import pytest

from framework.cli.console import Console
from tests.cli.conftest import LAST, STAGES, Foundry


def requirements(project: Path) -> Path:
    return project / "reports" / "requirements.md"


def retitle(project: Path, title: str) -> str:
    """Edit requirements.md by hand; return the title that it had."""
    text = requirements(project).read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.strip().startswith("title:"))
    requirements(project).write_text(text.replace(line, f"  title: {title}", 1), encoding="utf-8")
    return line.partition(":")[2].strip()


def states(foundry: Foundry) -> list[str]:
    return [stage["state"] for stage in foundry("status", "tales", "--json").json["stages"]][: len(STAGES)]


def test_a_finished_project_has_nothing_left_to_do(foundry: Foundry, project: Path) -> None:
    before = {path: path.read_bytes() for path in (project / "reports").iterdir()}
    result = foundry("resume", "tales")
    assert result.code == 0
    assert {path: path.read_bytes() for path in (project / "reports").iterdir()} == before


def test_a_project_goes_by_its_name_or_its_path(
    foundry: Foundry, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for reference in (str(project), "home/generated/tales"):
        assert foundry("status", reference).code == 0
    assert foundry("status", "tales", "--out", "home/generated").code == 0
    assert foundry("status", "tales").code == 2


def test_an_edit_waits_for_a_decision(foundry: Foundry, project: Path) -> None:
    retitle(project, "Night tales")
    edited = requirements(project).read_bytes()
    result = foundry("resume", "tales")
    assert result.code == 3
    for part in ("+  title: Night tales", "--yes", "--regenerate requirements.md"):
        assert part in result.out
    assert requirements(project).read_bytes() == edited
    document = foundry("resume", "tales", "--json").json
    assert (document["outcome"], document["edits"][0]["file"]) == ("waiting", "requirements.md")


def test_an_edit_is_adopted_and_what_follows_is_made_anew(foundry: Foundry, project: Path) -> None:
    retitle(project, "Night tales")
    result = foundry("resume", "tales", "--yes")
    assert result.code == 0
    assert f"{LAST.name}: passed" in result.out
    assert "title: Night tales" in requirements(project).read_text(encoding="utf-8")
    assert set(states(foundry)) == {"fresh"}


def test_an_edit_is_put_aside_and_the_report_made_anew(foundry: Foundry, project: Path) -> None:
    before = retitle(project, "Night tales")
    edited = requirements(project).read_text(encoding="utf-8")
    assert foundry("resume", "tales", "--regenerate", "requirements").code == 0
    assert f"title: {before}" in requirements(project).read_text(encoding="utf-8")
    kept = [path.read_text(encoding="utf-8") for path in (project / ".foundry" / "edited").iterdir()]
    assert edited in kept


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("schema_version: 1", "schema_version: two", "schema_version"),
        ("schema_version: 1", "schema_version: 1\nsurprise: 1", "is not a known key"),
        ("schema_version: 1", "schema_version: [1", "valid YAML"),
    ],
)
def test_a_broken_edit_is_named_and_kept(old: str, new: str, rule: str, foundry: Foundry, project: Path) -> None:
    text = requirements(project).read_text(encoding="utf-8").replace(old, new, 1)
    requirements(project).write_text(text, encoding="utf-8")
    result = foundry("resume", "tales", "--yes")
    assert result.code == 4
    assert "requirements.md, line " in result.err
    assert rule in result.err
    assert requirements(project).read_text(encoding="utf-8") == text


def test_from_runs_again_from_there(foundry: Foundry, project: Path) -> None:
    result = foundry("resume", "tales", "--from", LAST.name)
    assert result.code == 0
    assert f"{LAST.name}: passed" in result.out
    assert f"{STAGES[0].name}: passed" not in result.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "tecnology"], "technology"),
        (["--regenerate", "teck.md"], "tech.md"),
        (["--engine", "llama"], "expert"),
    ],
)
def test_a_mistyped_name_changes_nothing(arguments: list[str], said: str, foundry: Foundry, project: Path) -> None:
    result = foundry("resume", "tales", *arguments)
    assert result.code == 2
    assert said in result.err
    assert set(states(foundry)) == {"fresh"}


def test_all_answers_are_taken_or_none(foundry: Foundry, waiting: Path) -> None:
    question = foundry("resume", "tales", "--json").json["questions"][0]
    answer = question["default"] or question["choices"][0]
    (waiting.parent / "a.json").write_text(json.dumps({question["id"]: answer, "hardware.count": "many"}), "utf-8")
    result = foundry("resume", "tales", "--answers", "generated/a.json")
    assert result.code == 2
    assert "hardware.count" in result.err
    assert question["id"] in [q["id"] for q in foundry("resume", "tales", "--json").json["questions"]]


def test_a_question_may_be_skipped(foundry: Foundry, waiting: Path) -> None:
    for _ in range(4):
        questions = foundry("resume", "tales", "--json").json["questions"]
        if not questions:
            break
        result = foundry("resume", "tales", *[part for q in questions for part in ("--set", f"{q['id']}=null")])
        assert result.code in (0, 3)
    assert set(states(foundry)) == {"fresh"}


def test_a_project_in_use_is_left_alone(foundry: Foundry, project: Path) -> None:
    lock = (project / ".foundry" / "lock").open("a+", encoding="utf-8")
    fcntl.flock(lock, fcntl.LOCK_EX)
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    result = foundry("resume", "tales")
    assert result.code == 6
    assert str(os.getpid()) in result.err
    assert foundry("status", "tales").code == 0


def test_status_tells_where_a_project_stands(foundry: Foundry, waiting: Path) -> None:
    shown = foundry("status", "tales").out
    assert "waiting for you" in shown
    assert "to do" in shown
    assert "Open questions" in shown
    assert "foundry resume tales" in shown


def test_status_of_all_projects_survives_a_damaged_one(foundry: Foundry, project: Path, home: Path) -> None:
    damaged = home / "generated" / "damaged" / ".foundry"
    damaged.mkdir(parents=True)
    (damaged / "run.json").write_text("{", encoding="utf-8")
    result = foundry("status")
    assert result.code == 0
    assert "tales" in result.out
    assert "run.json" in result.out
    document = foundry("status", "--json").json
    assert [one["name"] for one in document["projects"]] == ["tales"]
    assert list(document["unreadable"]) == ["damaged"]


def test_status_names_what_has_changed(foundry: Foundry, project: Path) -> None:
    retitle(project, "Night tales")
    shown = foundry("status", "tales").out
    assert "the report, by hand" in shown
    assert "what it stands on" in shown


def test_status_where_there_is_nothing(foundry: Foundry, home: Path) -> None:
    assert "foundry new" in foundry("status").out
    assert foundry("status", "--json").json == {"projects": [], "unreadable": {}}


def test_reports_are_listed_and_read(foundry: Foundry, project: Path) -> None:
    listed = foundry("inspect", "tales").out
    for stage in STAGES:
        assert f"generated/tales/reports/{stage.artifact.FILE}" in listed
    read = foundry("inspect", "tales", "tech").out
    assert "schema_version" not in read
    assert read == foundry("inspect", "tales", "tech.md").out == foundry("inspect", "tales", LAST.name).out
    raw = (project / "reports" / "tech.md").read_text(encoding="utf-8")
    assert foundry("inspect", "tales", "tech", "--raw").out == raw


def test_in_a_terminal_a_report_is_rendered(foundry: Foundry, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "| What |" in foundry("inspect", "tales", "requirements").out
    monkeypatch.setattr(Console, "live", True)
    rendered = foundry("inspect", "tales", "requirements").out
    assert "Task" in rendered
    assert "| What |" not in rendered
    assert "<!--" not in rendered


def test_a_report_is_data_for_a_program(foundry: Foundry, project: Path) -> None:
    requirements(project).write_text(requirements(project).read_text("utf-8") + "\nmine\n", encoding="utf-8")
    document = foundry("inspect", "tales", "requirements", "--json").json
    assert document["model"]["project"]["name"] == "tales"
    assert document["notes"].endswith("mine\n")
    listed = foundry("inspect", "tales", "--json").json["reports"]
    assert [one["stage"] for one in listed if one["exists"]] == [stage.name for stage in STAGES]


@pytest.mark.parametrize(("report", "said"), [("requirement", "requirements.md"), ("nonsense", "tech.md")])
def test_an_unknown_report_is_refused_with_the_nearest(report: str, said: str, foundry: Foundry, project: Path) -> None:
    result = foundry("inspect", "tales", report)
    assert result.code == 2
    assert said in result.err


def test_a_report_that_is_not_written_yet_is_no_error_of_ours(foundry: Foundry, waiting: Path) -> None:
    result = foundry("inspect", "tales", "tech")
    assert result.code == 2
    assert "not written yet" in result.err


def test_what_an_edited_report_says_cannot_steer_the_terminal(foundry: Foundry, project: Path) -> None:
    path = requirements(project)
    path.write_text(path.read_text("utf-8") + "\n\x1b[2J[red]x[/red]\n", encoding="utf-8")
    assert "␛[2J[red]x[/red]" in foundry("inspect", "tales", "requirements").out


def test_verify_judges_from_disk(foundry: Foundry, project: Path) -> None:
    assert [mark for mark in foundry("verify", "tales").out.split() if mark in "✓✗"] == ["✓"] * len(STAGES)
    document = foundry("verify", "tales", "--rerun", "--json").json
    assert [verdict["passed"] for verdict in document["verdicts"]] == [True] * len(STAGES)
    (project / "reports" / LAST.artifact.FILE).unlink()
    unverified = foundry("verify", "tales", "--json")
    assert (unverified.code, unverified.json["unverified"][0]) == (4, LAST.name)
