"""A run that was interrupted and resumed is, bit for bit, the run that was not."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from scratch_llm.checkpoint import load_pretrained, resolve
from scratch_llm.training import Callback, Trainer, train
from scratch_llm.utils.errors import CheckpointError, ConfigError

from tests.training.conftest import TINY, Configure, logged

pytestmark = pytest.mark.slow


class StopAt(Callback):
    """Asks the process to end while a step is being finished, as a scheduler does."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, trainer: Trainer) -> None:
        if trainer.step == self.step:
            os.kill(os.getpid(), signal.SIGTERM)


def assert_same_end(run: Path, other: Path, first_step: int = 1) -> None:
    losses = logged(run, "loss")
    assert {step: loss for step, loss in losses.items() if step >= first_step} == {
        step: loss for step, loss in logged(other, "loss").items() if step >= first_step
    }
    ours, theirs = (load_pretrained(resolve(folder, "last")).model.state_dict() for folder in (run, other))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize(
    "overrides",
    [
        # 48 batches are more than an epoch; the stop lies inside the second one.
        ["training.max_steps=16", "training.accumulate=3", "training.batch_size=16", "optimizer.name=muon"],
        ["data.streaming=true", "data.val_share=0.2", "training.early_stop=9", "training.eval_every=4"],
        ["task=sft", "data.dataset_name=synthetic_instructions", "model.context_length=128", "model.feed_forward=moe"],
    ],
    ids=["accumulation-epoch-muon", "streaming", "sft-moe"],
)
def test_a_resumed_run_repeats_the_uninterrupted_one(configure: Configure, overrides: list[str]) -> None:
    config = configure(*overrides)
    stop = config.training.max_steps - 2
    whole = train(config, experiment="whole")
    assert config.training.accumulate == 1 or logged(whole.folder, "epoch")[stop] > 1
    stopped = train(config, experiment="stopped", callbacks=[StopAt(stop - 1)])
    assert (stopped.stop_reason, stopped.steps) == ("signal", stop)
    resumed = train(config, experiment="stopped", resume=stopped.folder)
    assert resumed.folder == stopped.folder
    assert resumed.stop_reason == ""
    assert_same_end(whole.folder, resumed.folder)


def test_dpo_resumes_with_the_same_reference(configure: Configure) -> None:
    base = train(configure("training.max_steps=2", "model.context_length=256"), experiment="base")
    config = configure(
        "task=dpo", f"start_from={base.folder}", "data.dataset_name=synthetic_preferences", "model.context_length=256",
        "model.dropout=0", "training.max_steps=4",
    )  # fmt: skip
    whole = train(config, experiment="whole")
    assert logged(whole.folder, "loss")[1] == pytest.approx(0.693147, abs=1e-5)
    stopped = train(config, experiment="stopped", callbacks=[StopAt(1)])
    assert_same_end(whole.folder, train(config, experiment="stopped", resume=stopped.folder).folder)


def test_a_run_that_was_killed_resumes_exactly(configure: Configure, tmp_path: Path) -> None:
    config = configure("training.max_steps=40", "training.save_every=3")
    seed = random.SystemRandom().randrange(10**6)
    kill_at = random.Random(seed).randrange(7, 35)
    command = [sys.executable, "main.py", "--config", str(TINY), f"output_folder={config.output_folder}"]
    command += [f"data.folder={config.data.folder}", "training.max_steps=40", "training.save_every=3"]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(f"step {kill_at}/"):
                process.kill()
    assert process.returncode == -signal.SIGKILL
    (killed,) = (config.output_folder / "tiny").iterdir()
    resumed = train(config, experiment="tiny", resume=killed)
    assert resumed.folder == killed
    assert_same_end(train(config, experiment="whole").folder, killed)


def test_a_damaged_checkpoint_is_passed_over(configure: Configure) -> None:
    config = configure("training.save_every=2", "training.max_steps=6")
    whole = train(config, experiment="whole")
    damaged = whole.folder / "checkpoints" / "step_000006" / "state.pt"
    damaged.write_bytes(damaged.read_bytes()[:-100])
    before = logged(whole.folder, "loss")
    with pytest.warns(UserWarning, match=r"step_000006 is damaged \(state.pt\)"):
        resumed = train(config, experiment="whole", resume=whole.folder)
    assert logged(resumed.folder, "loss") == before


def test_an_earlier_step_is_resumed_as_a_run_of_its_own(configure: Configure) -> None:
    config = configure("training.save_every=2", "training.max_steps=6")
    whole = train(config, experiment="whole")
    branch = train(config, experiment="whole", resume=whole.folder / "checkpoints" / "step_000002")
    assert branch.folder != whole.folder
    assert_same_end(whole.folder, branch.folder, first_step=3)


def test_a_different_run_is_not_resumed(configure: Configure, tmp_path: Path) -> None:
    run = train(configure("training.max_steps=2"), experiment="run")
    with pytest.raises(ConfigError, match=r"cannot change data.seed = 5 \(was: 0\)"):
        train(configure("data.seed=5"), experiment="run", resume=run.folder)
    with pytest.raises(ConfigError, match="checkpoint has 4 rows, of this run 8"):
        train(configure("training.accumulate=2"), experiment="run", resume=run.folder)
    with pytest.raises(ConfigError, match=r"model.n_layer = 3 \(there: 2\)"):
        train(configure("model.n_layer=3"), experiment="run", resume=run.folder)
    with pytest.raises(CheckpointError, match="holds no checkpoint"):
        train(configure(), experiment="run", resume=tmp_path / "nowhere")


def test_a_position_in_the_data_is_not_read_with_another_length(configure: Configure) -> None:
    run = train(configure("training.max_steps=1"), experiment="run")
    with pytest.raises(CheckpointError, match=r"model\.context_length is 16, in the checkpoint it is 32"):
        train(configure("model.context_length=16"), experiment="run", resume=run.folder)


def test_a_resumed_run_does_not_need_what_it_started_from(configure: Configure) -> None:
    base = train(configure("training.max_steps=1"), experiment="base")
    config = configure(f"start_from={base.folder}", "training.max_steps=1")
    run = train(config, experiment="run")
    shutil.rmtree(base.folder)
    more = configure(f"start_from={base.folder}", "training.max_steps=2")
    assert train(more, experiment="run", resume=run.folder).steps == 2


def test_runs_share_a_backup_folder_and_go_on_from_it(configure: Configure, tmp_path: Path) -> None:
    config = configure(f"training.backup_folder={tmp_path / 'backup'}", "training.max_steps=1")
    runs = [train(config, experiment=experiment).folder for experiment in ("one", "one", "two")]
    copies = [tmp_path / "backup" / run.parent.name / run.name for run in runs]
    for run, copy in zip(runs, copies, strict=True):
        saved = (run / "checkpoints" / "step_000001" / "manifest.json").read_text()
        assert (copy / "checkpoints" / "step_000001" / "manifest.json").read_text() == saved
    resumed = train(configure("training.max_steps=2"), experiment="one", resume=copies[0])
    assert (resumed.steps, resumed.folder) == (2, copies[0])


def test_lines_with_unusual_separators_survive_resuming(configure: Configure) -> None:
    run = train(configure("training.max_steps=1"), experiment="run")
    sample = json.dumps({"step": 1, "text": "a\u2028b\u2029c\u0085d"}, ensure_ascii=False)
    (run.folder / "samples.jsonl").write_text(sample + "\n" + '{"step": 1, "te', encoding="utf-8")
    train(configure("training.max_steps=2"), experiment="run", resume=run.folder)
    assert (run.folder / "samples.jsonl").read_text(encoding="utf-8") == sample + "\n"
