"""A whole project, as a person gets it: from a sentence to a verified and reviewed one with settled environments."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.artifacts.build import BuildLog, TaskList, Trace
from framework.artifacts.files import ProjectFiles
from framework.artifacts.requirements import Requirements
from framework.artifacts.review import Review
from framework.artifacts.venv_spec import VenvSpec
from framework.workflow.report import status
from tests.e2e.conftest import config, foundry, git, resume, states

pytestmark = pytest.mark.slow


def test_every_stage_is_done_and_every_row_proven(built: Path) -> None:
    assert set(states(built).values()) == {"fresh"}
    files = ProjectFiles(built)
    log, todo = files.read_artifact(BuildLog), files.read_artifact(TaskList)
    assert [row.task for row in log.rows] == [task.id for task in todo.tasks]
    assert all(row.is_proven and row.state == "verified" for row in log.rows)
    subjects = git(built, "log", "--format=%s").splitlines()
    assert {f"build: {task.id}" for task in todo.tasks} <= set(subjects)
    assert git(built, "status", "--porcelain") == ""


def test_the_result_has_the_shape_of_the_requirement(built: Path) -> None:
    full, serve = config(built, "pretrain/full.yaml"), config(built, "serve/project.yaml")
    assert "Apache License" in (built / "LICENSE").read_text(encoding="utf-8")
    assert full["data"]["language"] == "en"
    assert serve["deadline_s"] >= 2
    assert "Answers take longer than 2 s at percentile 95" in (built / "monitoring/alerts.yaml").read_text("utf-8")
    assert not (built / "configs/sft/full.yaml").exists()


def test_each_requirement_is_traced_to_evidence(built: Path) -> None:
    files = ProjectFiles(built)
    trace, wanted = files.read_artifact(Trace), files.read_artifact(Requirements)
    assert {row.slot for row in trace.rows} == {item.slot for item in wanted.items}
    assert {row.evidence for row in trace.rows} <= {"verified", "configured", "unmet"}
    for row in trace.rows:
        assert all((built / file).is_file() for file in row.files)
    shown = foundry("inspect", "tales", "trace", "--out", built.parent, at=built.parent)
    assert shown.returncode == 0
    assert "verified" in shown.stdout


def test_what_no_template_covers_is_said_everywhere(built: Path) -> None:
    [unmet] = [one for one in ProjectFiles(built).read_artifact(BuildLog).unmet if one.wish == "DeepSpeed"]
    assert unmet.nearest
    assert "DeepSpeed" in (built / "README.md").read_text(encoding="utf-8")
    assert any("DeepSpeed" in wish for wish in status(ProjectFiles(built)).unmet)
    assert "DeepSpeed" in foundry("status", "tales", "--out", built.parent, at=built.parent).stdout


def test_the_readme_says_what_was_verified_and_nothing_is_left_of_the_template(built: Path) -> None:
    readme = (built / "README.md").read_text(encoding="utf-8")
    assert "What was verified" in readme
    assert "passed" in readme.partition("verified:begin")[2]
    for name in git(built, "ls-files").splitlines():
        if name.startswith(("reports/", ".foundry/")):
            continue
        text = (built / name).read_text(encoding="utf-8", errors="replace")
        assert "scratch_llm" not in text, name
        assert str(built.parent) not in text, name


def test_the_review_found_nothing_and_the_requirements_can_be_installed(built: Path) -> None:
    files = ProjectFiles(built)
    assert files.read_artifact(Review).findings == []
    spec = files.read_artifact(VenvSpec)
    assert [one.file for one in spec.requirements][:2] == ["requirements-cpu.txt", "requirements-gpu.txt"]
    assert all(one.receipt.passed for one in spec.requirements)
    for copy in ("CLAUDE.md", "specs/VENV_CONFIG.md", "specs/DEBUG_CODE.md", "specs/DOCKER_CONFIG.md"):
        assert (built / copy).is_file()


def test_going_on_with_nothing_changed_changes_nothing(project: Path) -> None:
    before = git(project, "rev-parse", "HEAD")
    assert resume(project).returncode == 0
    assert git(project, "rev-parse", "HEAD") == before


def test_an_edit_makes_what_looks_at_the_code_stale_and_not_the_build(project: Path) -> None:
    readme = project / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8") + "\nOur own line.\n", encoding="utf-8")
    assert states(project) | {"requirements": "fresh", "technology": "fresh", "build": "fresh"} == states(project)
    assert (states(project)["review"], states(project)["venv-spec"]) == ("stale", "stale")
    assert resume(project).returncode == 0
    assert set(states(project).values()) == {"fresh"}
    assert "Our own line." in readme.read_text(encoding="utf-8")


def test_another_answer_reshapes_the_project_and_spares_the_edits(project: Path) -> None:
    readme, full = project / "README.md", project / "configs/pretrain/full.yaml"
    readme.write_text(readme.read_text(encoding="utf-8") + "\nOur own line.\n", encoding="utf-8")
    full.write_text(full.read_text(encoding="utf-8").replace("save_every: ", "save_every: 7"), encoding="utf-8")
    kept = config(project, "pretrain/full.yaml")["training"]["save_every"]

    done = resume(project, "--set", "license=MIT", until="build")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Permission is hereby granted" in (project / "LICENSE").read_text(encoding="utf-8")
    assert "Our own line." in readme.read_text(encoding="utf-8")
    assert config(project, "pretrain/full.yaml")["training"]["save_every"] == kept


def test_what_both_have_changed_stays_mine_and_is_shown(project: Path) -> None:
    licence = project / "LICENSE"
    licence.write_text("Mine alone.\n", encoding="utf-8")

    done = resume(project, "--set", "license=MIT", until="build")

    assert done.returncode == 4
    assert "git merge foundry/next" in done.stdout
    assert licence.read_text(encoding="utf-8") == "Mine alone.\n"
    [clash] = ProjectFiles(project).read_artifact(BuildLog).clashes
    assert clash.path == "LICENSE"
    assert "-Mine alone." in clash.diff
    licence.write_text(git(project, "show", "foundry/next:LICENSE"), encoding="utf-8")
    assert resume(project, until="build").returncode == 0


def test_a_defect_is_found_and_named(project: Path) -> None:
    module = project / "src/tales/utils/files.py"
    module.write_text(module.read_text(encoding="utf-8") + "\n\ndef unfinished() -> None:\n    ...\n", encoding="utf-8")
    done = resume(project, until="review")
    assert done.returncode == 4
    assert "src/tales/utils/files.py" in done.stdout
