"""Probes of learning: whether what is shown is learned, and whether two equal starts learn alike."""

from dataclasses import replace

import torch

from scratch_llm.data import Batch
from scratch_llm.probes import expected
from scratch_llm.probes.bench import (
    QUIET,
    AnyBatch,
    Bench,
    expected_loss,
    n_item,
    weights_of,
)
from scratch_llm.probes.finding import Checks, at_least, at_most, none_of, same, unused
from scratch_llm.training import Trainer

_N_STEP, _OVERFIT_LR, _OVERFIT_ROWS = 120, 3e-3, 2
_LEARNED, _KNOWN = 0.4, 0.25  # of the first loss: what must be reached, and where to stop


def overfit(bench: Bench) -> Checks:
    """One small batch can be learned by heart, with the project's own loss, optimizer and step."""
    trainer, _, losses = _learned(bench)
    limit = _LEARNED * losses[0]
    reason = f"the loss goes from {losses[0]:.2f} to {losses[-1]:.2f} in {len(losses)} steps on the same rows"
    yield at_most(losses[-1], limit, "last loss", reason)
    bad = [name for name, weight in weights_of(trainer).items() if not bool(weight.isfinite().all())]
    yield none_of(bad, "weights that are not finite", "training has destroyed them")


def shuffled_targets(bench: Bench) -> Checks:
    """What was learned by heart is the order of the tokens: with shuffled targets the loss is clearly worse."""
    trainer, batch, _ = _learned(bench)
    if not isinstance(batch, Batch):
        yield unused("pairs are compared, not predicted")
        return
    targets = batch.targets.clone()
    torch.manual_seed(0)
    for row in targets:
        asked = (row >= 0).nonzero()[:, 0]
        row[asked] = row[asked[torch.randperm(len(asked))]]
    with torch.no_grad():
        right, wrong = (float(expected_loss(trainer, b)) / n_item(b) for b in (batch, replace(batch, targets=targets)))
    yield at_least(wrong - right, 0.5, "difference", f"the loss is {right:.2f}, with shuffled targets {wrong:.2f}")


def _learned(bench: Bench) -> tuple[Trainer, AnyBatch, list[float]]:
    """A trainer that has seen one batch again and again."""
    if bench.learned is None:
        lr = max(bench.config.optimizer.params.lr, _OVERFIT_LR)
        keys = {"optimizer.params.lr": lr, "scheduler.name": "constant", "scheduler.warmup_steps": 2}
        trainer = bench.stepper(QUIET | keys | {"training.batch_size": _OVERFIT_ROWS, "training.max_steps": _N_STEP})
        batch = next(trainer.data.train_batches())
        losses: list[float] = []
        for _ in range(_N_STEP):
            trainer.train_step([batch])
            losses.append(float(trainer.loss))
            if losses[-1] < _KNOWN * losses[0]:
                break
        bench.learned = trainer, batch, losses
    return bench.learned


def seed(bench: Bench) -> Checks:
    """Two equal starts are equal to the last bit; another seed gives other weights."""
    ways = []
    for _ in range(2):
        trainer = bench.stepper({"model.dropout": 0.1})
        batches = trainer.data.train_batches()
        losses = []
        for _ in range(3):
            trainer.train_step([next(batches)])
            losses.append(float(trainer.loss))
        ways.append(losses)
    yield same(ways[0] == ways[1], True, "the losses are equal:", f"{ways[0]} and {ways[1]}: something is not seeded")
    if bench.config.start_from is None:
        other = weights_of(bench.stepper({"seed": bench.config.seed + 1}))
        yield at_least(
            expected.distance(other, weights_of(bench.quiet)), 1e-3, "effect of the seed", "it has no effect"
        )
