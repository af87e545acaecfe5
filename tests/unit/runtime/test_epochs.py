"""What a run has left is read from its files, and what is torn or missing is no run."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
import yaml

from framework.artifacts.base import sha256
from framework.runtime.epochs import moment, read_epoch, runs, saved_at

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


HOSTILE = ["config.yaml", "data.json", "metrics.jsonl", "environment.json"]


@pytest.mark.parametrize("file", HOSTILE)
@pytest.mark.parametrize("deed", ["deep", "pipe", "gone", "link", "folder"])
def test_a_hostile_run_is_none_and_never_a_crash(tmp_path: Path, file: str, deed: str) -> None:
    path = run_in(tmp_path) / file
    path.unlink()
    if deed == "deep":
        path.write_text("[" * 100_000)
    elif deed == "pipe":
        os.mkfifo(path)
    elif deed == "link":
        path.symlink_to("/dev/zero")
    elif deed == "folder":
        path.mkdir()
    assert read_epoch(tmp_path, set()) is None


def test_a_text_that_is_too_big_is_not_read(tmp_path: Path) -> None:
    os.truncate(run_in(tmp_path) / "data.json", 1 << 40)
    assert read_epoch(tmp_path, set()) is None


HEADERS = [
    b"[1, 2]", b"[" * 100_000, b'{"a": []}', b'{"a": {"shape": [1e999]}}',
    b'{"a": {"shape": "x"}}', b'{"a": {"shape": [-1]}}',
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS, ids=range(len(HEADERS)))
def test_weights_with_a_hostile_header_have_no_parameters(tmp_path: Path, header: bytes) -> None:
    step = run_in(tmp_path) / "checkpoints" / "step_000003"
    (step / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    epoch = read_epoch(tmp_path, set())
    assert epoch is not None
    assert epoch.saved is not None
    assert (epoch.saved.parameters, epoch.saved.whole) == (0, False)


@pytest.mark.parametrize("named", ["pipe", "/dev/zero", "folder"])
def test_a_manifest_names_plain_files_alone(tmp_path: Path, named: str) -> None:
    step = run_in(tmp_path) / "checkpoints" / "step_000003"
    os.mkfifo(step / "pipe")
    (step / "folder").mkdir()
    known = json.loads((step / "manifest.json").read_text())
    (step / "manifest.json").write_text(json.dumps(known | {named: "0"}))
    epoch = read_epoch(tmp_path, set())
    assert epoch is not None
    assert epoch.saved is not None
    assert not epoch.saved.whole


def test_weights_that_are_a_pipe_are_none(tmp_path: Path) -> None:
    weights = run_in(tmp_path) / "checkpoints" / "step_000003" / "model.safetensors"
    weights.unlink()
    os.mkfifo(weights)
    epoch = read_epoch(tmp_path, set())
    assert epoch is None or epoch.saved is None


def test_a_copy_of_an_earlier_run_is_not_fresh(tmp_path: Path) -> None:
    first = run_in(tmp_path, "a")
    before, since = runs(tmp_path), moment(tmp_path)
    shutil.copytree(first, first.with_name("b"), copy_function=shutil.copyfile)
    copied = read_epoch(tmp_path, before, since)
    assert copied is not None
    assert not copied.fresh
    (first.with_name("b") / "metrics.jsonl").write_text((first / "metrics.jsonl").read_text().replace("5.0", "5.1"))
    own = read_epoch(tmp_path, before, since)  # the same seed: the same weights, at another speed
    assert own is not None
    assert own.fresh


def test_files_from_before_the_command_are_not_fresh(tmp_path: Path) -> None:
    folder = run_in(tmp_path)
    since = moment(tmp_path)
    os.utime(folder / "metrics.jsonl", (since - 60, since - 60))
    epoch = read_epoch(tmp_path, set(), since)
    assert epoch is not None
    assert not epoch.fresh
