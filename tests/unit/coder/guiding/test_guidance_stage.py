"""The stage for real: the project's own parser, two processes that train, and the first hour on a CPU."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agents.coder.guidance import guide
from framework.artifacts.files import read_text, write_text
from framework.artifacts.guidance import DEPLOY, Guidance
from framework.gates.guidance import judge
from framework.resources import path
from framework.runtime.tools import Said, ask
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace
from tests.unit.coder.guiding.desk import project

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def proven(verification: Venv, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The stage has run on a project for four cards, in Chinese projects' place an English one."""
    workspace = project("hours", tmp_path_factory.mktemp("stage") / "hours")
    workspace.write(guide(workspace, None, verification))
    report = workspace.files.staging("guidance") / Guidance.FILE
    write_text(workspace.files.report(Guidance.FILE), read_text(report))
    return workspace


def test_the_gate_passes_on_what_was_really_run(proven: Workspace) -> None:
    guidance = proven.files.read_artifact(Guidance)
    assert judge(proven.files).findings == []
    programs = {receipt.command[0] for receipt in guidance.receipts}
    assert programs >= {"bash", "shellcheck", "python", "torchrun"}
    assert all(receipt.passed for receipt in guidance.receipts)


def test_two_processes_have_trained(proven: Workspace) -> None:
    (metrics,) = (proven.files.root / "outputs/guidance").rglob("metrics.jsonl")
    assert [json.loads(line)["step"] for line in metrics.read_text().splitlines()][-1] == 3
    (environment,) = (proven.files.root / "outputs/guidance").rglob("environment.json")
    assert "2" in environment.read_text()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("training.accumulate=2", "training.acumulate=2", "acumulate"),
        ("main.py --config", "main.py --confg", "--confg"),
        ("training.batch_size=32", "training.batch_size=many", "batch_size"),
    ],
)
def test_a_word_that_the_project_does_not_know_is_seen(
    old: str, new: str, words: str, proven: Workspace, verification: Venv
) -> None:
    script = proven.files.root / DEPLOY / "own_machine.sh"
    right = script.read_text()
    assert old in right
    script.write_text(right.replace(old, new))
    try:
        said = ask(verification, proven.files.root, ["python", f"{DEPLOY}/check_commands.py"])
    finally:
        script.write_text(right)
    assert said.rc == 1
    assert words in said.stdout + said.stderr


def test_the_first_hour_runs_without_a_gpu(proven: Workspace, verification: Venv) -> None:
    root = proven.files.root
    done = subprocess.run(
        ["bash", f"{DEPLOY}/first_hour_on_gpu.sh", "--device", "cpu", "--seconds", "5"],
        cwd=root,
        env={**os.environ, "VENV": str(verification.root), "PYTHONPATH": "src", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    receipt: dict[str, Any] = json.loads((root / "outputs/first_hour/receipt.json").read_text())
    rows = {row["key"]: row for row in receipt["rows"]}
    claims = {one.key for one in proven.files.read_artifact(Guidance).unverified}
    assert set(rows) <= claims
    assert {key for key, row in rows.items() if row["status"] == "measured"} >= {
        "exchange",
        "largest_batch",
        "tokens_per_s",
    }
    assert rows["compile"]["status"] == rows["mfu"]["status"] == "unverified"
    assert rows["tokens_per_s"]["value"] > 0
    assert "| tokens_per_s | measured |" in (root / "outputs/first_hour/receipt.md").read_text()


_LARGEST = """
import sys; sys.path.insert(0, "{folder}")
from first_hour import largest
for limit in (0, 1, 2, 3, 7, 8, 100, 4096, 5000):
    for most in (1, 8, 4096):
        tried = []
        found = largest(lambda size: tried.append(size) or size <= limit, most)
        assert found == min(limit, most), (limit, most, found)
        assert len(tried) <= 26 and max(tried) <= most, (limit, most, tried)
print("right")
"""


_ADVICE = """
import sys; sys.path.insert(0, "{folder}")
from first_hour import Row, advice_of
rows = [Row("largest_batch", "measured", 10)]
print(advice_of(rows, {{"share": 32, "advised": 16}}, "{script}"))
"""


@pytest.mark.parametrize(
    ("script", "start"), [("own_machine", "bash deploy/train/own_machine.sh "), ("one_80gb_card", "")]
)
def test_a_script_that_is_not_there_is_not_advised(
    script: str, start: str, proven: Workspace, verification: Venv
) -> None:
    root = proven.files.root
    said: Said = ask(verification, root, ["python", "-c", _ADVICE.format(folder=f"{root}/{DEPLOY}", script=script)])
    assert said.stdout.strip() == f"{start}training.batch_size=8 training.accumulate=4", said.stderr


def test_the_search_finds_the_largest_batch_in_few_tries(verification: Venv) -> None:
    template = path("templates/scratch")
    said: Said = ask(
        verification,
        Path(template) / "project",
        ["python", "-c", _LARGEST.format(folder=Path(template) / "deploy/train")],
    )
    assert said.stdout.strip() == "right", said.stderr


@pytest.mark.parametrize("command", [["ruff", "check"], ["ruff", "format", "--check"]])
def test_the_python_files_keep_the_projects_rules(command: list[str], proven: Workspace, verification: Venv) -> None:
    said = ask(verification, proven.files.root, [*command, DEPLOY])
    assert said.rc == 0, said.stdout + said.stderr
