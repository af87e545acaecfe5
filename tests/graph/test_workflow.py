"""The workflow as a user meets it: it runs, it waits, it goes on, and it knows what is stale."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from framework.artifacts.ledger import Ledger
from framework.artifacts.requirements import Requirements
from framework.artifacts.tech import Tech
from framework.errors import InvalidDocument, ProjectLocked, UsageError
from framework.runtime.events import Event
from framework.workflow.project import Project
from framework.workflow.report import status
from framework.workflow.verification import judge_again, rerun
from tests.graph.conftest import STAGES, artifacts, finish, new_project


def states(project: Project) -> dict[str, str]:
    return {stage.name: stage.state for stage in status(project.files, STAGES).stages}


def test_a_new_project_waits_for_its_questions_and_then_runs_to_the_end(project: Project) -> None:
    outcome = project.advance()
    assert outcome.kind == "waiting"
    assert 1 <= len(outcome.questions) <= 5
    assert states(project) == {"requirements": "waiting", "technology": "pending"}

    finish(project)

    assert states(project) == {"requirements": "fresh", "technology": "fresh"}
    assert set(artifacts(project.files.root)) == {"requirements.md", "tech.md"}
    assert all(verdict.passed for _, verdict in judge_again(project.files, STAGES))


def test_answers_reach_the_result(project: Project) -> None:
    question = next(q for q in project.advance().questions if q.choices)
    project.answer({question.id: (question.choices[-1], "terminal")})
    finish(project)

    requirements = project.files.read_artifact(Requirements)
    answered = next(q for q in requirements.questions if q.id == question.id)
    assert answered.answer == question.choices[-1]
    assert any(item.slot == question.slot and item.provenance == "answered" for item in requirements.items)


def test_until_stops_after_that_stage(project: Project) -> None:
    while (outcome := project.advance(until="requirements")).kind == "waiting":
        project.answer({q.id: (q.default, "default") for q in outcome.questions})

    assert outcome.kind == "done"
    assert states(project) == {"requirements": "fresh", "technology": "pending"}


def test_a_finished_project_does_no_work_again(project: Project) -> None:
    finish(project)
    before = artifacts(project.files.root)
    events: list[Event] = []

    assert project.advance(events.append).kind == "done"

    assert artifacts(project.files.root) == before
    assert not [event for event in events if event.kind == "stage_started"]


def test_running_a_stage_again_gives_the_same_bytes(project: Project) -> None:
    finish(project)
    before = artifacts(project.files.root)

    project.reset_from("requirements")
    assert states(project) == {"requirements": "pending", "technology": "pending"}
    finish(project)

    assert artifacts(project.files.root) == before


def test_a_new_answer_makes_what_follows_stale(project: Project) -> None:
    finish(project)

    project.answer({"budget_usd": ("$150", "set")})

    stages = {stage.name: stage for stage in status(project.files, STAGES).stages}
    assert (stages["requirements"].state, stages["requirements"].changed) == ("stale", ["answers"])
    assert (stages["technology"].state, stages["technology"].changed) == ("stale", ["upstream"])
    finish(project)
    assert project.files.read_artifact(Requirements).value("budget_usd") == 150


def test_an_edited_spec_document_makes_the_stage_that_reads_it_stale(project: Project, tmp_path: Path) -> None:
    from framework import resources

    finish(project)
    project.configure(specs=str(tmp_path))
    assert states(project) == {"requirements": "fresh", "technology": "fresh"}

    (tmp_path / "ML.md").write_text(resources.read_text("ML.md") + "\nOne more thought.\n")

    assert states(project) == {"requirements": "fresh", "technology": "stale"}


def test_an_answer_that_is_not_understood_changes_nothing(project: Project) -> None:
    project.advance()
    before = project.files.read_answers()

    with pytest.raises(UsageError):
        project.answer({"hardware.count": ("2", "set"), "no.such.slot": ("x", "set")})
    with pytest.raises(UsageError):
        project.answer({"hardware.count": ("a few", "set")})

    assert project.files.read_answers() == before


def edit(project: Project, before: str, after: str) -> None:
    path = project.files.report("requirements.md")
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_a_note_is_no_edit_and_survives(project: Project) -> None:
    finish(project)
    path = project.files.report("requirements.md")
    path.write_text(path.read_text() + "Ask Ada about the licence.\n")

    assert project.pending_edits() == []
    assert states(project)["requirements"] == "fresh"
    project.reset_from("requirements")
    finish(project)
    assert path.read_text().endswith("## Notes\nAsk Ada about the licence.\n")


def test_an_adopted_edit_becomes_the_answer_and_is_followed(project: Project) -> None:
    finish(project)
    edit(project, "value: 24\n", "value: 80\n")

    (pending,) = project.pending_edits()
    assert pending.file == "requirements.md"
    assert "+    value: 80" in pending.diff
    assert states(project) == {"requirements": "stale", "technology": "stale"}

    assert project.adopt(pending).passed
    item = project.files.read_artifact(Requirements).item("hardware.vram_gb")
    assert item is not None
    assert (item.value, item.provenance, item.quote) == (80, "answered", None)
    assert states(project) == {"requirements": "fresh", "technology": "stale"}
    finish(project)


def test_an_edit_that_its_gate_refuses_stays_until_it_is_mended(project: Project) -> None:
    finish(project)
    edit(project, "quote: 24 GB", "quote: 80 GB")
    assert not project.adopt(project.pending_edits()[0]).passed
    refused = artifacts(project.files.root)

    for _ in range(2):
        outcome = project.advance()
        assert (outcome.kind, outcome.stage) == ("failed", "requirements")
        assert "80 GB" in outcome.findings[0].message
        assert artifacts(project.files.root) == refused

    edit(project, "quote: 80 GB", "quote: 24 GB")
    assert project.adopt(project.pending_edits()[0]).passed
    finish(project)


def test_a_lost_ledger_makes_no_edit_of_what_foundry_wrote(project: Project) -> None:
    finish(project)
    before = artifacts(project.files.root)
    project.files.ledger.unlink()

    assert project.pending_edits() == []
    finish(project)
    assert artifacts(project.files.root) == before


def test_regenerating_keeps_a_copy_of_the_edit(project: Project) -> None:
    finish(project)
    before = artifacts(project.files.root)
    edit(project, "value: 24\n", "value: 80\n")
    edited = project.files.report("requirements.md").read_bytes()

    project.regenerate("requirements.md")
    assert project.pending_edits() == []
    finish(project)

    assert artifacts(project.files.root) == before
    kept = list((project.files.state / "edited").iterdir())
    assert [path.read_bytes() for path in kept] == [edited]


def test_answers_do_not_overwrite_an_adopted_edit(project: Project) -> None:
    finish(project)
    edit(project, "value: 24\n", "value: 80\n")
    project.adopt(project.pending_edits()[0])

    with pytest.raises(UsageError, match="your own edits"):
        project.answer({"budget_usd": ("$150", "set")})


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("value: 24\n", "value: lots\n", "the value of hardware.vram_gb must be a number above 0"),
        ("schema_version: 1", "schema_version: 1\nbudget: 3", "key budget: is not a known key"),
        ("provenance: stated", "provenance: [", "valid YAML"),
    ],
)
def test_a_broken_edit_is_named_and_left_alone(project: Project, before: str, after: str, rule: str) -> None:
    finish(project)
    edit(project, before, after)
    broken = artifacts(project.files.root)

    with pytest.raises(InvalidDocument, match=r"reports/requirements\.md, line \d+") as caught:
        project.adopt(project.pending_edits()[0])

    assert rule in caught.value.message
    assert artifacts(project.files.root) == broken


def test_a_second_process_is_told_who_holds_the_project(project: Project) -> None:
    with project.locked(), pytest.raises(ProjectLocked, match=str(os.getpid())), project.locked():
        raise AssertionError("two processes hold the project")
    with project.files.root.joinpath(".foundry/lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_each_stage_is_a_commit_of_the_projects_own(project: Project) -> None:
    import subprocess

    finish(project)
    log = subprocess.run(
        ["git", "-C", str(project.files.root), "log", "--format=%an %s"], capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert log == ["foundry technology: passed", "foundry requirements: passed"]
    tracked = subprocess.run(
        ["git", "-C", str(project.files.root), "ls-files"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "reports/tech.md" in tracked
    assert not [name for name in tracked if "ledger" in name or "checkpoints" in name or "lock" in name]


def test_a_taken_name_gets_a_number(tmp_path: Path) -> None:
    first, second = new_project(tmp_path), new_project(tmp_path)

    assert second.run.name == f"{first.run.name}_2"
    assert second.files.root.name == second.run.name
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_attempts_are_counted_on_disk(project: Project) -> None:
    project.advance()

    assert Ledger(project.files).attempts("requirements") == 1


def test_a_rerun_confirms_the_receipts_and_finds_what_was_forged(project: Project) -> None:
    finish(project)
    before = artifacts(project.files.root)
    assert all(verdict.passed and not verdict.findings for _, verdict in rerun(project.files, STAGES))

    ledger = project.files.ledger
    lines = ledger.read_text().splitlines()
    lines[-1] = lines[-1].replace('"content_hash":"', '"content_hash":"0')
    ledger.write_text("\n".join(lines) + "\n")

    assert [(name, verdict.passed) for name, verdict in rerun(project.files, STAGES)] == [
        ("requirements", True),
        ("technology", False),
    ]
    assert artifacts(project.files.root) == before
    assert not (project.files.state / "scratch").exists()


def test_the_users_own_data_is_counted_and_watched(tmp_path: Path) -> None:
    data = tmp_path / "tickets.jsonl"
    data.write_text('{"prompt": "q", "response": "a"}\n' * 300)
    sentence = "fine-tune Qwen2.5-7B on our customer support tickets, one RTX 4090"
    project = new_project(tmp_path / "out", sentence, data=str(data))

    finish(project)

    requirements = project.files.read_artifact(Requirements)
    assert "300" in str(requirements.value("dataset"))
    assert requirements.value("data_format") == "jsonl"
    assert project.files.read_artifact(Tech).choice.data.full.rows == 300  # type: ignore[union-attr]
    data.write_text('{"prompt": "q", "response": "a"}\n' * 400)
    assert states(project) == {"requirements": "stale", "technology": "stale"}
