"""What a project's life brings: broken code, forged reports, links, merges, and processes that die."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from framework.artifacts.build import TaskList, Trace
from framework.artifacts.files import ProjectFiles
from framework.workflow.table import STAGES
from tests.e2e.conftest import foundry, git, kill_at, resume, states

pytestmark = pytest.mark.slow


def test_code_that_no_longer_works_is_found_by_its_proof(project: Path) -> None:
    sampling = project / "src/tales/inference/sampling.py"
    text = sampling.read_text(encoding="utf-8")
    assert ".argmax(" in text
    sampling.write_text(text.replace(".argmax(", ".argmin("), encoding="utf-8")
    done = resume(project, until="review")
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
    assert resume(project, until="build").returncode == 0
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
    assert resume(project, "--from", "venv-spec").returncode in (2, 5)
    assert ours.read_text(encoding="utf-8") == "ours\n"


def test_what_was_made_comes_out_the_same_when_it_is_made_again(project: Path) -> None:
    done = foundry("verify", "tales", "--rerun", "--out", project.parent, at=project.parent)
    assert [f"✓ {name}  passed" in done.stdout for name in states(project)] == [True] * 5, done.stdout
    assert "✗" not in done.stdout
    assert done.returncode == 4, "the stages that have not run are unverified"


@pytest.mark.parametrize("share", [0.5])
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
        for stage, state in zip(STAGES, ["fresh", "fresh", "failed", "pending", "pending"], strict=False)
    }
