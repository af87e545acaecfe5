"""The template's own project with the real package index: its environment works and its files can be installed."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from agents.ops.venv_spec import run
from agents.ops.verification import verification
from framework.artifacts.files import read_text, write_text
from framework.artifacts.pins import parse_pins
from framework.engines.expert import ExpertEngine
from framework.gates.venv_spec import judge
from framework.runtime.resolver import resolve
from framework.runtime.venvs import verification_venv
from tests.unit.ops.project import SPECS, desk, make_project, written

PROJECT = SPECS / "templates/scratch/project"


@pytest.mark.slow
def test_the_template_gets_its_environments(tmp_path: Path) -> None:
    """It uses the user's own cache: a gigabyte is not loaded for a test if it is there."""
    files = make_project(tmp_path / "demo", pyproject=read_text(PROJECT / "pyproject.toml"))
    for source in (PROJECT / "src").rglob("*.py"):
        write_text(files.root / source.relative_to(PROJECT), read_text(source))
    workspace = desk(files)

    run(workspace, ExpertEngine())

    spec, venv = written(workspace), verification(workspace, workspace.code())
    assert judge(files).findings == []
    cpu = {pin.name for pin in parse_pins(read_text(files.root / "requirements-cpu.txt"))}
    declared = tomllib.loads(read_text(PROJECT / "pyproject.toml"))["project"]["dependencies"]
    assert {re.split(r"[<>=]", line)[0] for line in declared} | {"datasets", "fastapi"} <= cpu
    assert not cpu & {"pytest", "ruff", "mypy", "hypothesis", "mkdocs-material", "ipykernel"}
    assert not any(name.startswith(("nvidia-", "triton")) for name in cpu)
    assert "CUDA True" not in _said(venv.python, "import torch; print('CUDA', torch.version.cuda is not None)")
    assert [one.receipt.proved for one in spec.requirements] == ["resolves"] * 3


@pytest.mark.slow
def test_a_lock_from_the_real_index_is_installed_by_its_hashes(tmp_path: Path) -> None:
    lock = resolve(["idna>=3,<4", "pyyaml>=6,<7"], python=["3.12", "3.11", "3.13"])
    venv = verification_venv(lock, lambda _: None)
    assert _said(venv.python, "import idna, yaml; print(yaml.safe_load('1'))") == "1"


def _said(python: Path, code: str) -> str:
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
