"""Pretrain, sft, dpo, evaluate, generate and serve as one script."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "pipeline.py"


@pytest.mark.slow
def test_the_whole_way_makes_stories_better_and_serves_them(tmp_path: Path) -> None:
    sizes = ("--pretrain-steps", "150", "--sft-steps", "100", "--n-sample", "80", "--n-prompt", "80")
    finished = subprocess.run(
        [sys.executable, str(SCRIPT), "--output", str(tmp_path), *sizes], capture_output=True, text=True, timeout=900
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "served the same answer: True" in finished.stdout
    assert "wins against sft" in (tmp_path / "pipeline.md").read_text(encoding="utf-8")
