"""Probes of whole runs: what they learn from, what they write down, and whether they go on where they were stopped."""

import json
import math
from itertools import islice
from typing import Any

import torch

from scratch_llm.checkpoint import load_pretrained, resolve
from scratch_llm.probes import expected
from scratch_llm.probes.bench import QUIET, AnyBatch, Bench, rows_of, weights_of
from scratch_llm.probes.finding import Checks, at_most, same
from scratch_llm.training import Callback, Trainer
from scratch_llm.utils.rng import rng_state


def run_loop(bench: Bench) -> Checks:
    """A run learns from the data's batches in their order, each once, and writes down what it has done."""
    keys = {"training.max_steps": 3, "training.accumulate": 2, "training.eval_every": 2, "logging.every": 1}
    prompt = bench.quiet.tokenizer.decode(bench.rows.tokens[0, 1:6].tolist())
    trainer = bench.trainer(QUIET | keys | {"logging.sample_prompts": [prompt]})
    learned, notes = _noted(trainer), _Notes()
    trainer.callbacks.append(notes)
    trainer.run()
    wanted = [rows_of(batch) for batch in islice(bench.stepper(keys).data.train_batches(), 6)]
    reason = "steps or accumulation are not obeyed, or the model is not in training mode after a validation or a sample"
    yield same(len(learned), 6, "batches learned from", reason)
    yield same(learned == wanted, True, "they are the data's:", "batches are left out, repeated or in another order")
    yield same(trainer.step, 3, "steps", "training.max_steps is not obeyed")
    yield same(
        len(list(trainer.run_folder.checkpoints.glob("step_*"))) > 0, True, "a checkpoint was saved:", "none is there"
    )
    yield same(math.isfinite(trainer.val_loss), True, "validated:", "there is no validation loss")
    lines = [json.loads(line) for line in trainer.run_folder.metrics.read_text(encoding="utf-8").splitlines()]
    told = [(line["loss"], line["lr"]) for line in lines if "loss" in line]
    yield same(told, notes.seen, "losses and rates written down", "metrics.jsonl tells of another run")


class _Notes(Callback):
    """Notes the loss and the learning rate of each step."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, float]] = []

    def on_step(self, trainer: Trainer) -> None:
        """Note them."""
        self.seen.append((float(trainer.loss), trainer.optimizers.members[0].param_groups[0]["lr"]))


def _noted(trainer: Trainer) -> list[Any]:
    """A list that gets the rows of each batch that the trainer learns from."""
    learned: list[Any] = []
    inner = trainer.task.loss

    def loss(model: Any, batch: AnyBatch) -> Any:
        if model.training:
            learned.append(rows_of(batch))
        return inner(model, batch)

    trainer.task.loss = loss  # type: ignore[method-assign]
    return learned


class Pause(Callback):
    """Stops a run after a step, as a signal does."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, trainer: Trainer) -> None:
        """Stop when it is time."""
        if trainer.step == self.step:
            trainer.stop_reason = "signal"


def resume(bench: Bench) -> Checks:
    """A run that was stopped and goes on is, bit for bit, the run that was not."""
    keys = {"model.dropout": 0.1, "training.max_steps": 4, "training.eval_every": 3, "training.save_every": 100}
    whole = bench.trainer(keys)
    whole.run()
    stopped = bench.trainer(keys, callbacks=[Pause(2)])
    stopped.run()
    noise = rng_state()["torch"]
    folder = stopped.run_folder.path
    saved, kept = load_pretrained(resolve(folder, "last")).model, weights_of(stopped)
    gap = expected.distance(dict(saved.named_parameters()), kept)
    yield at_most(gap, 0.0, "difference of the saved weights", "a checkpoint does not hold the weights of its step")
    resumed = bench.trainer(keys, resume=folder)
    yield same(resumed.step, 2, "step", "the run begins again instead of going on")
    yield at_most(
        expected.distance(weights_of(resumed), kept), 0.0, "difference of the weights", "they are not restored"
    )
    gap = _state_distance(resumed, stopped)
    yield at_most(gap, 0.0, "difference of the optimizer's state", "the averages of the gradients are not restored")
    same_noise = torch.equal(rng_state()["torch"], noise)
    yield same(same_noise, True, "random numbers go on:", "the generators' state is not restored")
    yield same(resumed.data.state_dict(), stopped.data.state_dict(), "position", "the data begins at another place")
    resumed.run()
    gap = expected.distance(weights_of(resumed), weights_of(whole))
    yield at_most(gap, 0.0, "difference to the uninterrupted run", "the resumed run goes another way")
    yield same(float(resumed.loss), float(whole.loss), "last loss", "the resumed run goes another way")


def _state_distance(ours: Trainer, theirs: Trainer) -> float:
    states = [
        {
            f"{name}.{key}": value
            for name, state in trainer.optimizers.state_dict().items()
            for key, value in state.items()
        }
        for trainer in (ours, theirs)
    ]
    return expected.distance(*states)
