"""Two processes under torchrun train as one process does."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from scratch_llm.checkpoint import load_pretrained, resolve
from scratch_llm.config import TrainConfig, load_config
from scratch_llm.training import train

from tests.training import two_processes
from tests.training.conftest import logged

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All runs, by one process and by two; `said.txt` is what the two said."""
    folder = tmp_path_factory.mktemp("runs")
    train(single(folder, "model.context_length=256", "training.max_steps=1"), experiment="base")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command, root = [*torchrun, two_processes.__file__, str(folder)], Path(__file__).parents[2]
    with (folder / "said.txt").open("w") as said:
        ended = subprocess.run(command, check=False, cwd=root, stdout=said, stderr=subprocess.STDOUT)
    assert ended.returncode == 0, (folder / "said.txt").read_text()
    train(single(folder, "training.accumulate=2"), experiment="one")
    train(single(folder, *two_processes.MOE), experiment="one_moe")
    return folder


def single(folder: Path, *overrides: str) -> TrainConfig:
    """The same run for one process: its micro-batches have the rows of both."""
    places = [f"output_folder={folder}", f"data.folder={folder / 'data'}"]
    return load_config(two_processes.TINY, [*two_processes.COMMON, *places, "training.batch_size=4", *overrides])


def only_run(folder: Path, experiment: str) -> Path:
    (run,) = (folder / experiment).iterdir()
    return run


def assert_equal_training(ours: Path, theirs: Path) -> None:
    for name in ("loss", "grad_norm", "val_loss"):
        expected = logged(theirs, name)
        assert logged(ours, name) == {step: pytest.approx(value, rel=1e-4) for step, value in expected.items()}
    weights, expected_weights = (load_pretrained(resolve(run, "last")).model.state_dict() for run in (ours, theirs))
    for name, weight in expected_weights.items():
        torch.testing.assert_close(weights[name], weight, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("two", "one"), [("ddp", "one"), ("fsdp2", "one"), ("ddp_moe", "one_moe")], ids=["ddp", "fsdp2", "ddp-moe"]
)
def test_two_processes_equal_one(folder: Path, two: str, one: str) -> None:
    assert_equal_training(only_run(folder, two), only_run(folder, one))


def test_a_checkpoint_goes_on_under_another_strategy(folder: Path) -> None:
    losses = logged(only_run(folder, "fsdp2_from_ddp"), "loss")
    expected = logged(only_run(folder, "ddp"), "loss")
    assert losses == {step: pytest.approx(expected[step], rel=1e-4) for step in (3, 4)}


def test_a_sharded_checkpoint_goes_on_in_one_process(folder: Path) -> None:
    middle = only_run(folder, "fsdp2") / "checkpoints" / "step_000002"
    config = single(folder, "training.accumulate=2")
    with pytest.warns(UserWarning, match="of 2 processes and goes on with 1"):
        alone = train(config, experiment="alone", resume=middle)
    assert logged(alone.folder, "loss")[4] == pytest.approx(logged(only_run(folder, "one"), "loss")[4], rel=1e-4)


def test_only_the_first_process_speaks_and_a_sharded_model_writes_no_samples(folder: Path) -> None:
    said = (folder / "said.txt").read_text()
    assert said.count(f"finished after step 1: {folder / 'cli'}") == 1
    assert said.count("logging.sample_prompts is left out") == 1
    assert not list(folder.glob("cli/**/samples.jsonl"))


def test_a_sharded_reference_is_the_policy_at_first(folder: Path) -> None:
    assert logged(only_run(folder, "dpo_fsdp2"), "loss")[1] == pytest.approx(0.693147, abs=1e-5)


def test_an_infinite_loss_in_one_process_is_bad_for_all(folder: Path) -> None:
    assert json.loads((folder / "verdicts.json").read_text()) == [1.0, 1.0]
