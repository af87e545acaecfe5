"""The workflows, the hooks and the Makefile can be read, and use only what is there."""

import re
import subprocess
import tomllib
from typing import Any

import pytest
import yaml

from tests.architecture.checkout import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE)


def _read(name: str) -> dict[Any, Any]:
    read: dict[Any, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return read


def test_there_is_one_workflow_to_test_one_to_build_and_one_to_release() -> None:
    assert [path.stem for path in WORKFLOWS] == ["build", "release", "test"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_is_whole(path: Any) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow[True]  # YAML 1.1 reads the key `on` as a truth
    assert workflow["permissions"] == {"contents": "read"}, "a job that may write says so itself"
    for name, job in workflow["jobs"].items():
        assert {"uses", "steps"} & job.keys(), name
        if "steps" in job:
            assert job["timeout-minutes"] and job["runs-on"]
            assert all(len({"uses", "run"} & step.keys()) == 1 for step in job["steps"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_an_action_has_an_exact_version(path: Any) -> None:
    used = re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))
    assert used
    assert [
        name for name in used if not re.fullmatch(r"[\w/-]+@v\d+\.\d+\.\d+|\./\.github/workflows/\w+\.yml", name)
    ] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_what_comes_from_outside_reaches_a_shell_only_as_a_variable(path: Any) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    scripts = [step["run"] for job in workflow["jobs"].values() for step in job.get("steps", []) if "run" in step]
    assert [script for script in scripts if "${{" in script] == []
    for script in scripts:
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_the_matrix_begins_with_the_oldest_python_that_the_project_takes() -> None:
    matrix = _read(".github/workflows/test.yml")["jobs"]["test"]["strategy"]["matrix"]["python"]
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    assert matrix[0] == oldest
    assert matrix == [f"3.{minor}" for minor in range(int(oldest[2:]), int(oldest[2:]) + len(matrix))]


def test_a_hook_needs_no_download_and_runs_what_make_runs() -> None:
    repositories = _read(".pre-commit-config.yaml")["repos"]
    assert [one["repo"] for one in repositories] == ["local"]
    for hook in repositories[0]["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].startswith((".venv/bin/", "sh -c"))
    entries = " ".join(hook["entry"] for hook in repositories[0]["hooks"])
    assert all(tool in MAKEFILE and tool in entries for tool in ("ruff check", "ruff format", "mypy"))


def test_make_can_be_asked_what_it_would_do() -> None:
    assert len(TARGETS) >= 10
    subprocess.run(["make", "-n", "-C", str(ROOT), *TARGETS], capture_output=True, check=True)


def test_what_make_runs_is_there() -> None:
    scripts = re.findall(r"\$\(BIN\)/python ([\w/]+\.py)", MAKEFILE)
    assert len(scripts) >= 3
    assert [name for name in scripts if not (ROOT / name).is_file()] == []
