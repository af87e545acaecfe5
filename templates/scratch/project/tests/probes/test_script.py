"""The command: its lines, its report, its exit codes, and a project that is broken."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TINY = str(ROOT / "tests" / "training" / "tiny.yaml")
pytestmark = pytest.mark.slow


def probe(
    home: Path, *arguments: str, script: Path = ROOT / "scripts" / "probe.py"
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(home / "src")}
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True)


def copied(folder: Path) -> Path:
    for name in ("src", "scripts"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_a_clean_project_ends_with_0_and_says_what_was_measured(tmp_path: Path) -> None:
    done = probe(ROOT, "--config", TINY, "--report", str(tmp_path / "r.json"), "--only", "causality", "model.n_layer=1")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert set(report) == {"probes", "seconds"}
    assert [set(row) for row in report["probes"]] == [{"name", "passed", "measured", "limit", "why"}] * 2
    assert "causality" in done.stdout
    assert not (ROOT / "outputs" / "probe").exists()


def test_an_error_of_the_project_is_a_finding_and_not_a_crash(tmp_path: Path) -> None:
    home = copied(tmp_path / "home")
    path = home / "src" / "scratch_llm" / "training" / "schedule.py"
    path.write_text(path.read_text(encoding="utf-8").replace("warmup = min(", "warmup = min(None, "), encoding="utf-8")
    done = probe(home, "--config", TINY, "--only", "schedule", "--report", str(tmp_path / "r.json"))
    assert done.returncode == 1
    start, found = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["probes"]
    assert start["passed"]
    assert found["why"].startswith("TypeError: ")
    assert "src/scratch_llm/training/schedule.py:" in found["why"]


def test_a_project_that_cannot_be_imported_is_told_as_a_failed_start(tmp_path: Path) -> None:
    home = copied(tmp_path / "home")
    (home / "src" / "scratch_llm" / "training" / "tasks.py").write_text(
        "import nothing_of_this_name\n", encoding="utf-8"
    )
    done = probe(home, "--config", TINY, "--report", str(tmp_path / "r.json"))
    assert done.returncode == 1
    (start,) = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["probes"]
    assert "ModuleNotFoundError: No module named 'nothing_of_this_name'" in start["why"]


def test_a_config_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    done = probe(ROOT, "--config", str(tmp_path / "none.yaml"))
    assert done.returncode == 2
    assert "there is no config" in done.stderr


def test_probes_that_are_kept_elsewhere_probe_the_project_by_their_own_rules(tmp_path: Path) -> None:
    home = copied(tmp_path / "home")
    kept = tmp_path / "kept"
    for name in ("scripts/probe.py", "src/scratch_llm/probes"):
        source, target = ROOT / name, kept / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    softened = home / "src" / "scratch_llm" / "probes" / "model.py"
    softened.write_text("def causality(bench): yield from ()\n", encoding="utf-8")
    bug = home / "src" / "scratch_llm" / "models" / "decoder.py"
    bug.write_text(bug.read_text(encoding="utf-8").replace("is_causal=True)", "is_causal=False)"), encoding="utf-8")
    done = probe(home, "--config", TINY, "--only", "causality", script=kept / "scripts" / "probe.py")
    assert done.returncode == 1
    assert "FAILED causality" in done.stdout
    assert "the future is seen" in done.stdout
