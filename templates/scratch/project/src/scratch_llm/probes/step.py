"""Probes of one optimizer step: its loss, its gradient, and what becomes of the weights."""

from dataclasses import replace

import torch

from scratch_llm.data import Batch
from scratch_llm.probes import expected
from scratch_llm.probes.bench import (
    UNCLIPPED,
    AnyBatch,
    Bench,
    cut,
    disturb,
    expected_gradients,
    expected_loss,
    n_item,
    plain,
    watch_gradients,
    weights_of,
    with_targets,
)
from scratch_llm.probes.finding import Check, Checks, at_most, none_of, same, unused

_CLOSE = 2e-3  # single precision against double, through a whole model


def loss_value(bench: Bench) -> Checks:
    """The project's loss is the cross-entropy of its logits; of pairs, DPO's."""
    trainer = disturb(bench.stepper(UNCLIPPED))
    for batch in bench.batches[:2]:
        with torch.no_grad():
            wanted = float(expected_loss(trainer, batch))
            summed, count = trainer.task.loss(trainer.module, batch)
        gap = abs(float(summed) - wanted) / max(abs(wanted), 1e-9)
        yield at_most(gap, 1e-4, "difference to the cross-entropy", f"loss {float(summed):.3f} should be {wanted:.3f}")
        yield same(int(count), n_item(batch), "targets counted", "the loss is divided by a wrong number of targets")


def step_gradient(bench: Bench) -> Checks:
    """What the optimizer gets in each of three steps is the gradient of that step's loss alone."""
    trainer = disturb(bench.stepper(UNCLIPPED))
    seen = watch_gradients(trainer)
    for number, batch in enumerate(bench.batches[:3]):
        wanted = expected_gradients(trainer, [batch])
        loss = float(expected_loss(trainer, batch)) / max(1, n_item(batch))
        trainer.train_step([batch])
        told = f"difference in step {number + 1}"
        if len(seen) <= number:
            yield Check(False, f"no optimizer step in step {number + 1}", "a step", "the optimizer does not step")
            return
        yield at_most(expected.distance(seen[-1], wanted), _CLOSE, told, _gradient_reason(seen, wanted, number))
        yield at_most(
            abs(float(trainer.loss) - loss) / abs(loss), 1e-3, "difference of the loss", "another loss is told"
        )


def _gradient_reason(seen: list[expected.Gradients], wanted: expected.Gradients, number: int) -> str:
    ratio = expected.norm(seen[-1].values()) / (expected.norm(wanted.values()) or 1.0)
    if number:
        return "the gradient of an earlier step is still in it, or the weights are not those that the loss was taken of"
    worst = max(wanted, key=lambda name: expected.norm([seen[-1][name].double() - wanted[name].double()]))
    return f"it is {ratio:.3g} times as long as it should be; most wrong: {worst}"


def accumulation(bench: Bench) -> Checks:
    """Cut into single rows, with unequal numbers of targets, a batch gives the same loss and gradient as whole."""
    batch = _uneven(bench.batch)
    results = {}
    for name, window in (("whole", [batch]), ("in rows", cut(batch))):
        trainer = bench.stepper(UNCLIPPED | {"training.accumulate": len(window)})
        seen, wanted = watch_gradients(trainer), expected_gradients(trainer, [batch])
        trainer.train_step(window)
        yield at_most(
            expected.distance(seen[-1], wanted), _CLOSE, f"difference {name}", "the gradient is scaled wrongly"
        )
        results[name] = float(trainer.loss)
    gap = abs(results["whole"] - results["in rows"]) / max(abs(results["whole"]), 1e-9)
    yield at_most(gap, 1e-4, "difference of the losses", "how a batch is cut changes its loss")


def _uneven(batch: AnyBatch) -> AnyBatch:
    """The same rows with fewer targets from row to row; pairs all count alike."""
    if not isinstance(batch, Batch):
        return batch
    targets = batch.targets.clone()
    for row in range(1, len(targets)):
        asked = (targets[row] >= 0).nonzero()[:, 0]
        targets[row, asked[: len(asked) * row // len(targets)]] = -100
    return replace(batch, targets=targets)


def masked_labels(bench: Bench) -> Checks:
    """A masked target has no loss and no gradient, a fully masked row does no harm, nor does a fully masked batch."""
    if bench.config.task == "dpo":
        yield unused("pairs have no masked rows; loss_mask looks at their targets")
        return
    trainer, rows = bench.stepper(UNCLIPPED), plain(bench.batch)
    masked = rows.targets.clone()
    masked[0] = -100
    batch = with_targets(rows, masked)
    wanted = expected_gradients(trainer, [batch])
    summed, count = trainer.task.loss(trainer.module, batch)
    summed.backward()  # type: ignore[no-untyped-call]
    found = {
        n: torch.zeros_like(w) if w.grad is None else w.grad / max(1, int(count))
        for n, w in trainer.decoder.named_parameters()
    }
    yield at_most(expected.distance(found, wanted), _CLOSE, "difference of the gradient", "masked targets are learned")
    trainer.optimizers.zero_grad()
    before = weights_of(trainer)
    trainer.train_step([with_targets(rows, torch.full_like(rows.targets, -100))])
    yield at_most(abs(float(trainer.loss)), 0.0, "loss of masked rows", "rows without a target have a loss")
    bad = [name for name, weight in weights_of(trainer).items() if not bool(weight.isfinite().all())]
    yield none_of(bad, "weights that are not finite", "a fully masked batch destroys the weights")
    decay = trainer.config.optimizer.params.weight_decay * trainer.config.optimizer.params.lr
    if trainer.config.optimizer.name == "adamw":
        moved = expected.distance(weights_of(trainer), before)
        yield at_most(moved, 2 * decay + 1e-6, "change by masked rows", "rows without a target move the weights")


def clipping(bench: Bench) -> Checks:
    """The gradient that reaches the optimizer is as long as `training.grad_clip` allows, and no shorter by more."""
    length = expected.norm(expected_gradients(bench.quiet, [bench.batch]).values())
    for limit in (length / 10, length * 10):
        trainer = bench.stepper(UNCLIPPED | {"training.grad_clip": limit})
        seen = watch_gradients(trainer)
        trainer.train_step([bench.batch])
        found, wanted = expected.norm(seen[-1].values()), min(limit, length)
        yield at_most(abs(found / wanted - 1), 0.01, "wrong by", f"with grad_clip {limit:.3g} it is {found:.3g} long")
        yield at_most(abs(float(trainer.grad_norm) / length - 1), 0.01, "told wrong by", "grad_norm is another number")
