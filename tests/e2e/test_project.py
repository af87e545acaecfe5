"""A whole project, as a person gets it: from a sentence to a verified and reviewed one with settled environments."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from framework.artifacts.build import BuildLog, TaskList, Trace
from framework.artifacts.files import ProjectFiles
from framework.artifacts.requirements import Requirements
from framework.artifacts.review import Review
from framework.artifacts.venv_spec import VenvSpec
from framework.workflow.report import status
from framework.workflow.table import STAGES

pytestmark = pytest.mark.slow

WISH = (
    "A 10M model from scratch that writes bedtime stories in English, trained on a CPU with DeepSpeed, "
    "p95 under 2 s, Apache-2.0"
)


def foundry(*arguments: object, at: Path) -> subprocess.CompletedProcess[str]:
    """Run foundry as a person would, in a process of its own."""
    command = [sys.executable, "-m", "framework.cli.main", *map(str, arguments)]
    return subprocess.run(command, cwd=at, capture_output=True, text=True, timeout=900)


def git(project: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(project), *arguments], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One project for all workers; whoever comes first makes it."""
    shared = tmp_path_factory.getbasetemp().parent / "built"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "tales").is_dir():
            made = foundry("new", WISH, "--name", "tales", "--yes", "--no-docker", "--out", shared, at=shared)
            assert made.returncode == 0, made.stdout + made.stderr
    return shared / "tales"


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copytree(built, tmp_path / "tales", symlinks=True))


def resume(project: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return foundry("resume", project.name, "--out", project.parent, *arguments, at=project.parent)


def states(project: Path) -> dict[str, str]:
    return {stage.name: stage.state for stage in status(ProjectFiles(project)).stages}


def config(project: Path, name: str) -> Any:
    return yaml.safe_load((project / "configs" / name).read_text(encoding="utf-8"))


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
    assert {row.evidence for row in trace.rows} <= {"verified", "unmet"}
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

    done = resume(project, "--set", "license=MIT", "--until", "build")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Permission is hereby granted" in (project / "LICENSE").read_text(encoding="utf-8")
    assert "Our own line." in readme.read_text(encoding="utf-8")
    assert config(project, "pretrain/full.yaml")["training"]["save_every"] == kept


def test_what_both_have_changed_stays_mine_and_is_shown(project: Path) -> None:
    licence = project / "LICENSE"
    licence.write_text("Mine alone.\n", encoding="utf-8")

    done = resume(project, "--set", "license=MIT", "--until", "build")

    assert done.returncode == 4
    assert "git merge foundry/next" in done.stdout
    assert licence.read_text(encoding="utf-8") == "Mine alone.\n"
    [clash] = ProjectFiles(project).read_artifact(BuildLog).clashes
    assert clash.path == "LICENSE"
    assert "-Mine alone." in clash.diff
    licence.write_text(git(project, "show", "foundry/next:LICENSE"), encoding="utf-8")
    assert resume(project, "--until", "build").returncode == 0


def test_a_defect_is_found_and_named(project: Path) -> None:
    module = project / "src/tales/utils/files.py"
    module.write_text(module.read_text(encoding="utf-8") + "\n\ndef unfinished() -> None:\n    ...\n", encoding="utf-8")
    done = resume(project, "--until", "review")
    assert done.returncode == 4
    assert "src/tales/utils/files.py" in done.stdout


def test_code_that_no_longer_works_is_found_by_its_proof(project: Path) -> None:
    sampling = project / "src/tales/inference/sampling.py"
    text = sampling.read_text(encoding="utf-8")
    assert ".argmax(" in text
    sampling.write_text(text.replace(".argmax(", ".argmin("), encoding="utf-8")
    done = resume(project, "--until", "review")
    assert done.returncode == 4
    assert "no longer holds" in done.stdout
    assert "tests/inference" in done.stdout


def test_receipts_cannot_be_adopted(project: Path) -> None:
    log = project / "reports/PROJECT_BUILD_LOG.md"
    before = log.read_text(encoding="utf-8")
    log.write_text(re.sub(r"proved: .*", "proved: 999 passed", before), encoding="utf-8")
    done = resume(project, "--yes")
    assert done.returncode == 4
    assert "cannot be adopted" in done.stderr
    log.write_text(before + "A remark of ours.\n", encoding="utf-8")
    assert resume(project, "--yes").returncode == 0


def test_evidence_that_is_gone_is_made_again(project: Path) -> None:
    (project / "reports/trace.md").unlink()
    assert states(project)["build"] == "stale"
    assert resume(project, "--until", "build").returncode == 0
    assert ProjectFiles(project).read_artifact(Trace).rows


def test_an_unfinished_merge_is_for_the_user_to_finish(project: Path) -> None:
    readme = project / "README.md"
    me = ("-c", "user.name=me", "-c", "user.email=me@localhost")
    git(project, "switch", "-qc", "mine")
    readme.write_text("mine\n", encoding="utf-8")
    git(project, *me, "commit", "-qam", "mine")
    git(project, "switch", "-q", "main")
    readme.write_text("theirs\n", encoding="utf-8")
    git(project, *me, "commit", "-qam", "theirs")
    subprocess.run(["git", "-C", str(project), *me, "merge", "mine"], capture_output=True)

    done = resume(project)

    assert done.returncode == 2
    assert "merge or rebase is not finished" in done.stderr
    assert "<<<<<<<" in readme.read_text(encoding="utf-8")


def test_nothing_is_written_through_a_link(project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (project / "specs").rename(outside)
    (project / "specs").symlink_to(outside)
    ours = outside / "ML.md"
    ours.write_text("ours\n", encoding="utf-8")
    assert resume(project).returncode == 2
    assert ours.read_text(encoding="utf-8") == "ours\n"


def test_everything_comes_out_the_same_when_it_is_made_again(built: Path) -> None:
    done = foundry("verify", "tales", "--rerun", "--out", built.parent, at=built.parent)
    assert done.returncode == 0, done.stdout


def kill_at(moment: str, project: Path, *arguments: str) -> None:
    """Resume, and kill the process as it says that it has come to the moment."""
    command = [sys.executable, "-m", "framework.cli.main", "resume", "tales", "--out", str(project.parent), "--yes"]
    run = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True, bufsize=1)
    assert run.stdout is not None
    for line in run.stdout:
        if line.startswith(moment):
            os.kill(run.pid, signal.SIGKILL)
            break
    run.stdout.close()
    assert run.wait() == -signal.SIGKILL


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_build_that_is_killed_goes_on_to_the_same_project(built: Path, project: Path, share: float) -> None:
    """Killed while the files of the tasks come in: after that share of their commits."""
    tasks = len(ProjectFiles(project).read_artifact(TaskList).tasks)
    born = git(project, "log", "--format=%H", "--grep=^technology: passed", "main").split()[-1]
    git(project, "checkout", "--quiet", "--force", "-B", "main", born)
    git(project, "clean", "-qfd", "-e", ".foundry")
    for branch in ("render", "next"):
        subprocess.run(["git", "-C", str(project), "branch", "-qD", f"foundry/{branch}"], capture_output=True)
    kill_at(f"build: task {max(2, int(tasks * share))} of", project, "--from", "build")

    done = resume(project, "--yes")

    assert done.returncode == 0, done.stdout + done.stderr
    assert git(project, "rev-parse", "HEAD:src", "HEAD:configs") == git(built, "rev-parse", "HEAD:src", "HEAD:configs")
    assert set(states(project).values()) == {"fresh"}


@pytest.mark.parametrize("moment", ["review: Reviewing", "venv-spec: looking"])
def test_a_later_stage_that_is_killed_goes_on(built: Path, project: Path, moment: str) -> None:
    stage = moment.partition(":")[0]
    kill_at(moment, project, "--from", stage)
    assert states(project)[stage] != "fresh"

    done = resume(project)

    assert done.returncode == 0, done.stdout + done.stderr
    assert set(states(project).values()) == {"fresh"}
    assert git(project, "rev-parse", "HEAD:src") == git(built, "rev-parse", "HEAD:src")


def test_no_family_no_project(tmp_path: Path) -> None:
    wish = "Fine-tune Qwen3-4B with LoRA on our support tickets, one RTX 4090"
    done = foundry("new", wish, "--name", "tickets", "--yes", "--out", tmp_path, at=tmp_path)
    assert done.returncode == 4
    assert "train a small language model from scratch" in done.stdout
    assert not (tmp_path / "tickets" / "src").exists()
    assert (tmp_path / "tickets" / "reports" / "tech.md").is_file()
    assert states(tmp_path / "tickets") == {
        stage.name: state
        for stage, state in zip(STAGES, ["fresh", "fresh", "failed", "pending", "pending"], strict=True)
    }
