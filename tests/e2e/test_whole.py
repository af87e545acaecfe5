"""A project in its own environment: it trains, and mends what a hand breaks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framework.artifacts.bugfix import Bugfix
from framework.artifacts.env_check import EnvCheck
from framework.artifacts.files import ProjectFiles
from framework.artifacts.guidance import Guidance
from framework.artifacts.mini_dataset import MiniDataset
from tests.e2e.conftest import foundry, git, resume, states

pytestmark = pytest.mark.slow
PACKAGE = "src/tales"


def edit(project: Path, file: str, old: str, new: str) -> None:
    path = project / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (file, old, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_sentence_becomes_a_project_that_has_trained(proven: Path) -> None:
    files = ProjectFiles(proven)
    assert set(states(proven, None).values()) == {"fresh", "not_applicable"}  # without docker
    environment, mini = files.read_artifact(EnvCheck), files.read_artifact(MiniDataset)
    bugfix, guidance = files.read_artifact(Bugfix), files.read_artifact(Guidance)
    assert (proven / "debug-cpu/bin/python").exists()
    assert environment.project.name == mini.project.name == bugfix.project.name == guidance.project.name == "tales"
    rows = (proven / "data/mini/train.jsonl").read_text(encoding="utf-8").splitlines()
    assert all(json.loads(row) for row in rows)
    assert list(proven.glob("reports/**/*.png"))
    assert list(proven.glob("outputs/**/checkpoints/*"))
    assert (proven / "CLAUDE.inherited.md").is_file()
    assert (proven / "deploy/train/first_hour_on_gpu.sh").is_file()
    verified = foundry("verify", "tales", "--out", proven.parent, at=proven.parent)
    assert verified.returncode == 0, verified.stdout


def test_a_broken_edit_is_mended_and_then_reviewed(proven: Path) -> None:
    before = git(proven, "rev-parse", "HEAD").strip()
    edit(proven, f"{PACKAGE}/models/norm.py", "F.rms_norm(", "F.rms_nrom(")

    done = resume(proven, "--yes", until=None)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "F.rms_norm(" in (proven / f"{PACKAGE}/models/norm.py").read_text(encoding="utf-8")
    assert set(states(proven, None).values()) == {"fresh", "not_applicable"}  # without docker
    assert "rms_nrom" in git(proven, "log", "-p", f"{before}..HEAD", "--", f"{PACKAGE}/models/norm.py")
    assert "rms_nrom" in (proven / "reports/bugfix_report.md").read_text(encoding="utf-8")
