"""What a run has left is read from its files, and what is torn or missing is no run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from framework.artifacts.base import sha256
from framework.runtime.epochs import read_epoch, runs, saved_at

CONFIG = {"model": {"context_length": 8}, "training": {"batch_size": 2, "accumulate": 2}}


def run_in(root: Path, name: str = "a") -> Path:
    """Ten rows: five batches, three steps."""
    folder = root / "outputs" / "pretrain" / name
    step = folder / "checkpoints" / "step_000003"
    step.mkdir(parents=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    (folder / "data.json").write_text(json.dumps({"train": {"rows": 10}}))
    (folder / "environment.json").write_text(json.dumps({"threads": 2}))
    lines = [{"step": n, "loss": 1.0 / n, "tokens": 32 * n, "tokens_per_second": 5.0} for n in (1, 2, 3)]
    text = "".join(json.dumps(line) + "\n" for line in [*lines, {"step": 3, "val_loss": 0.5}])
    (folder / "metrics.jsonl").write_text(text)
    header = json.dumps({"__metadata__": {}, "a": {"shape": [3, 4]}, "b": {"shape": [5]}}).encode()
    data = len(header).to_bytes(8, "little") + header + b"numbers"
    (step / "model.safetensors").write_bytes(data)
    (step / "manifest.json").write_text(json.dumps({"model.safetensors": sha256(data)}))
    return folder


def test_a_run_tells_what_it_did_and_what_it_should_have_done(tmp_path: Path) -> None:
    run_in(tmp_path)
    epoch = read_epoch(tmp_path, set())
    assert epoch is not None
    assert (epoch.steps, epoch.wanted_steps, epoch.wanted_tokens, epoch.threads) == (3, 3, 80, 2)
    assert epoch.validations == {3: 0.5}
    assert epoch.saved is not None
    assert (epoch.saved.step, epoch.saved.whole, epoch.saved.parameters) == (3, True, 17)


def test_only_what_has_come_since_is_looked_at(tmp_path: Path) -> None:
    run_in(tmp_path, "a")
    before = runs(tmp_path)
    assert read_epoch(tmp_path, before) is None
    run_in(tmp_path, "b")
    epoch = read_epoch(tmp_path, before)
    assert epoch is not None
    assert epoch.folder == "outputs/pretrain/b"


@pytest.mark.parametrize("file", ["config.yaml", "data.json", "metrics.jsonl", "environment.json"])
@pytest.mark.parametrize("text", ["{", "[]", "null", '{"step": }'])
def test_a_torn_run_is_none(tmp_path: Path, file: str, text: str) -> None:
    (run_in(tmp_path) / file).write_text(text)
    epoch = read_epoch(tmp_path, set())
    assert epoch is None or epoch.wanted_steps > 0


def test_a_checkpoint_is_whole_only_as_its_manifest_says(tmp_path: Path) -> None:
    step = run_in(tmp_path) / "checkpoints" / "step_000003"
    place = (step / "model.safetensors").relative_to(tmp_path).as_posix()
    (step / "manifest.json").write_text("{}")
    torn = saved_at(tmp_path, place)
    assert torn is not None
    assert not torn.whole
    (step / "model.safetensors").write_bytes(b"short")
    broken = saved_at(tmp_path, place)
    assert broken is not None
    assert (broken.whole, broken.parameters) == (False, 0)
    assert saved_at(tmp_path, "outputs/none") is None
