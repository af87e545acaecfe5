"""What one optimizer step does, and what stops a run."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from scratch_llm.checkpoint import load_pretrained
from scratch_llm.config import TrainConfig
from scratch_llm.data import IGNORE, Batch
from scratch_llm.training import Callback, Trainer, train
from scratch_llm.training.run import build_trainer
from scratch_llm.training.schedule import lr_factor
from scratch_llm.training.tasks import LanguageModeling
from scratch_llm.utils.distributed import World
from scratch_llm.utils.errors import ConfigError, DivergenceError

from tests.training.conftest import Configure, logged


def trainer_for(config: TrainConfig, callbacks: Sequence[Callback] = ()) -> Trainer:
    return build_trainer(config, "run", World(), None, callbacks)


def weights(trainer: Trainer) -> dict[str, Tensor]:
    return {name: weight.detach().clone() for name, weight in trainer.decoder.named_parameters()}


def uneven_rows() -> Batch:
    """Eight rows that have from 4 to 32 targets, and one that has none."""
    ids = torch.randint(8, 40, (8, 33), generator=torch.Generator().manual_seed(0))
    targets = ids[:, 1:].clone()
    for row in range(8):
        targets[row, : 4 * row] = IGNORE
    targets[3] = IGNORE
    return Batch(ids[:, :-1].contiguous(), targets)


def cut(batch: Batch, size: int) -> list[Batch]:
    pieces = zip(batch.tokens.split(size), batch.targets.split(size), strict=True)
    return [Batch(tokens, targets) for tokens, targets in pieces]


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_how_a_step_is_cut_into_micro_batches_does_not_matter(configure: Configure, optimizer: str) -> None:
    config = configure(f"optimizer.name={optimizer}", "model.dropout=0")
    whole, pieces = trainer_for(config), trainer_for(config)
    for _ in range(2):
        whole.train_step([uneven_rows()])
        pieces.train_step(cut(uneven_rows(), 1))
    assert pieces.mean_loss() == pytest.approx(whole.mean_loss(), rel=1e-5)
    for name, weight in weights(whole).items():
        torch.testing.assert_close(weights(pieces)[name], weight, rtol=1e-4, atol=1e-5)


def test_the_last_window_may_be_shorter(configure: Configure) -> None:
    config = configure("training.max_steps=0", "training.epochs=0.05", "training.accumulate=4")
    trainer = trainer_for(config)
    trainer.run()
    n_batch = math.ceil(0.05 * trainer.data.batches_per_epoch)
    assert n_batch % 4
    assert trainer.step == math.ceil(n_batch / 4)
    assert trainer.n_token == n_batch * 4 * 32


def test_activation_checkpointing_does_not_change_a_step(configure: Configure) -> None:
    plain, frugal = trainer_for(configure()), trainer_for(configure("training.activation_checkpointing=true"))
    for trainer in (plain, frugal):
        torch.manual_seed(0)
        trainer.train_step([uneven_rows()])
    assert all(torch.equal(weights(frugal)[name], weight) for name, weight in weights(plain).items())


def test_a_compiled_model_makes_the_same_step_and_the_same_checkpoint(configure: Configure) -> None:
    plain, compiled = trainer_for(configure("model.dropout=0")), trainer_for(configure("model.dropout=0"))
    compiled.decoder.compile(backend="eager")  # traced as for any backend, without the minutes of code generation
    for trainer in (plain, compiled):
        trainer.train_step([uneven_rows()])
    for name, weight in weights(plain).items():
        torch.testing.assert_close(weights(compiled)[name], weight, rtol=1e-5, atol=1e-6)
    assert compiled.decoder.state_dict().keys() == plain.decoder.state_dict().keys()


def test_scaled_gradients_make_the_same_step_and_skip_the_same_steps(configure: Configure) -> None:
    plain, scaled = trainer_for(configure("model.dropout=0")), trainer_for(configure("model.dropout=0"))
    scaled.scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    for trainer in (plain, scaled):
        trainer.task = Broken([2])
        trainer.train_step([uneven_rows()])
        trainer.train_step([uneven_rows()])
        assert int(trainer.bad_in_a_row) == 1
    for name, weight in weights(plain).items():
        torch.testing.assert_close(weights(scaled)[name], weight, rtol=1e-4, atol=1e-6)
    assert scaled.scaler.get_scale() == 512


def test_bf16_is_close_to_fp32(configure: Configure) -> None:
    exact = trainer_for(configure("model.dropout=0"))
    rounded = trainer_for(configure("model.dropout=0", "training.precision=bf16"))
    for trainer in (exact, rounded):
        trainer.train_step([uneven_rows()])
    assert rounded.mean_loss() != exact.mean_loss()
    assert rounded.mean_loss() == pytest.approx(exact.mean_loss(), rel=1e-2)
    assert all(weight.dtype == torch.float32 for weight in weights(rounded).values())


def test_vectors_are_not_decayed_and_muon_takes_the_blocks_matrices(configure: Configure) -> None:
    trainer = trainer_for(configure("optimizer.name=muon"))
    names = {id(weight): name for name, weight in trainer.decoder.named_parameters()}
    adamw, muon = trainer.optimizers.members
    for group in adamw.param_groups:
        assert all((weight.ndim >= 2) == (group["weight_decay"] > 0) for weight in group["params"])
    by_muon = {names[id(weight)] for group in muon.param_groups for weight in group["params"]}
    assert by_muon == {
        name for name, weight in trainer.decoder.named_parameters() if "blocks." in name and weight.ndim > 1
    }


def test_the_loss_begins_at_chance_and_one_batch_can_be_learnt(configure: Configure) -> None:
    config = configure(
        "model.dropout=0", "training.max_steps=60", "scheduler.name=constant", "optimizer.params.lr=1e-2"
    )
    trainer = trainer_for(config)
    batch = next(trainer.data.train_batches())
    trainer.train_step([batch])
    assert trainer.mean_loss() == pytest.approx(math.log(trainer.decoder.config.vocab_size), rel=0.03)
    for _ in range(59):
        trainer.train_step([batch])
    assert trainer.mean_loss() < 0.5
    shuffled = Batch(batch.tokens, batch.targets.flip(1), batch.document_ids)
    assert LanguageModeling().loss(trainer.decoder, shuffled)[0] / shuffled.n_targets > 3


def test_a_run_logs_its_learning_rates_and_leaves_a_whole_folder(configure: Configure) -> None:
    config = configure("logging.tensorboard=true", "logging.sample_prompts=[Once]", "training.eval_every=3")
    result = train(config, experiment="run")
    rates = logged(result.folder, "lr")
    assert rates == {step + 1: 3e-3 * lr_factor(step, 6, config.scheduler) for step in range(6)}
    assert logged(result.folder, "val_loss") == {3: pytest.approx(4, abs=1), 6: result.val_loss}
    assert result.best_val_loss == min(logged(result.folder, "val_loss").values())
    assert logged(result.folder, "loss")[6] == result.train_loss
    assert all("mfu" not in line for line in (result.folder / "metrics.jsonl").read_text().splitlines())
    assert [json.loads(line)["step"] for line in (result.folder / "samples.jsonl").read_text().splitlines()] == [3, 6]
    assert list((result.folder / "logs").glob("events.*"))
    environment = json.loads((result.folder / "environment.json").read_text())
    assert environment["packages"]["torch"] == torch.__version__
    assert environment["device"] == "cpu"
    assert json.loads((result.folder / "data.json").read_text())["train"]["tokens"] > 0
    loaded = load_pretrained(result.folder)
    assert loaded.folder.name == "step_000006"
    assert loaded.model.config.vocab_size % 64 == 0


class Broken(LanguageModeling):
    """Gives a loss that is not a number in some steps."""

    def __init__(self, bad_calls: Sequence[int]) -> None:
        super().__init__()
        self.bad_calls, self.n_call = bad_calls, 0

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        summed, count = super().loss(model, batch)
        self.n_call += model.training
        return (summed * math.nan if self.n_call in self.bad_calls and model.training else summed), count


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_a_step_that_is_not_finite_is_skipped(configure: Configure, optimizer: str) -> None:
    trainer = trainer_for(configure(f"optimizer.name={optimizer}"))
    trainer.task = Broken([2])
    trainer.train_step([uneven_rows()])
    before, state = weights(trainer), trainer.optimizers.state_dict()
    trainer.train_step([uneven_rows()])
    assert not math.isfinite(trainer.mean_loss())
    assert all(torch.equal(weights(trainer)[name], weight) for name, weight in before.items())
    after = trainer.optimizers.state_dict()
    assert all(torch.equal(after[name][key], value) for name, values in state.items() for key, value in values.items())
    trainer.train_step([uneven_rows()])
    assert int(trainer.bad_in_a_row) == 0
    assert not any(torch.equal(weights(trainer)[name], weight) for name, weight in before.items())


def test_a_run_that_diverges_stops_with_advice_and_with_good_weights(configure: Configure) -> None:
    trainer = trainer_for(configure("training.nan_patience=1"))
    trainer.task = Broken([2, 4, 5, 6])
    with pytest.raises(DivergenceError, match=r"2 steps in a row, up to step 5(.|\n)*lower optimizer.params.lr"):
        trainer.run()
    saved = load_pretrained(trainer.run_folder.path).model
    assert all(torch.isfinite(weight).all() for weight in saved.parameters())


def test_a_run_stops_when_validation_no_longer_improves(configure: Configure) -> None:
    config = configure(
        "optimizer.params.lr=1", "scheduler.name=constant", "scheduler.warmup_steps=0", "training.max_steps=50",
        "training.eval_every=1", "training.early_stop=3",
    )  # fmt: skip
    result = train(config, experiment="run")
    losses = list(logged(result.folder, "val_loss").values())
    assert result.stop_reason == "early stop"
    assert result.steps == losses.index(min(losses)) + 1 + 3 < 50


def test_training_goes_on_from_a_checkpoints_model_and_tokenizer(configure: Configure, tmp_path: Path) -> None:
    first = train(configure("training.max_steps=2"), experiment="first")
    trainer = trainer_for(configure(f"start_from={first.folder}", "model.dropout=0"))
    loaded = load_pretrained(first.folder)
    assert all(torch.equal(weights(trainer)[name], weight) for name, weight in loaded.model.named_parameters())
    assert trainer.tokenizer.fingerprint == loaded.tokenizer.fingerprint
    assert trainer.config.start_from == loaded.folder
    with pytest.raises(ConfigError, match=r"model.d_model = 64 \(there: 32\)"):
        trainer_for(configure(f"start_from={first.folder}", "model.d_model=64"))
    with pytest.raises(ConfigError, match="dpo needs start_from"):
        trainer_for(configure("task=dpo"))
    with pytest.raises(ConfigError, match="vocab_size = 10 is less than"):
        trainer_for(configure("model.vocab_size=10"))
