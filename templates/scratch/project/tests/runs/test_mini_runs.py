"""The project's own small runs: each one trains by its script, after the one it starts from, and its model answers.

Two steps on synthetic data: what is shown is that the configs, the scripts and the models fit together.
"""

import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ORDER = ("pretrain", "sft", "dpo")
DATA = {"pretrain": "synthetic_stories", "sft": "synthetic_instructions", "dpo": "synthetic_preferences"}
CONFIGS = [path for task in ORDER if (path := ROOT / "configs" / task / "mini.yaml").is_file()]
SHORT = (
    "training.max_steps=2",
    "training.eval_every=2",
    "training.eval_batches=1",
    "training.batch_size=2",
    "training.accumulate=1",
    "data.n_documents=60",
    "data.path=null",
    "logging.tensorboard=false",
    "logging.sample_prompts=[]",
)

pytestmark = pytest.mark.fast


def start(script: str, *arguments: object) -> None:
    """Run a script of the project in this process, as if it had been typed."""
    path = ROOT / "scripts" / script
    sys.argv = [str(path), *map(str, arguments)]
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(path), run_name="__main__")
    assert not ended.value.code, sys.argv


def test_every_small_run_trains_and_its_model_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [])
    assert CONFIGS, "configs/pretrain/mini.yaml is missing"
    for config in CONFIGS:
        task = config.parent.name
        start("train.py", "--config", config, *SHORT, f"data.dataset_name={DATA[task]}")
        assert "after step 2" in capsys.readouterr().out
        asked = ("--prompt", "Once") if task == "pretrain" else ("--chat", "Hello")
        start("generate.py", "--checkpoint", f"outputs/{task}/mini", *asked, "--max-new-tokens", 5, "--ignore-eos")
        assert "[5 tokens, length]" in capsys.readouterr().out
