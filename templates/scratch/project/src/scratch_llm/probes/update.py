"""Probes of the optimizer: what it holds, what it makes of a gradient, at which learning rate, and for whom."""

import math

import torch

from scratch_llm.data import Batch
from scratch_llm.models import Decoder
from scratch_llm.probes import expected
from scratch_llm.probes.bench import (
    QUIET,
    UNCLIPPED,
    AnyBatch,
    Bench,
    expected_loss,
    watch_gradients,
    weights_of,
)
from scratch_llm.probes.finding import Checks, at_least, at_most, none_of, same, unused
from scratch_llm.training import Trainer


def update(bench: Bench) -> Checks:
    """One step changes every weight, and by AdamW's own rule where that is the optimizer."""
    trainer = bench.stepper(UNCLIPPED)
    seen, before = watch_gradients(trainer), weights_of(trainer)
    trainer.train_step([bench.batch])
    after, params, lr = weights_of(trainer), trainer.config.optimizer.params, trainer.optimizers.lr
    still = [n for n, weight in before.items() if bool(seen[-1][n].any()) and torch.equal(weight, after[n])]
    yield none_of(still, "weights that stay as they are", "a step does not change them")
    for name, weight in before.items() if trainer.config.optimizer.name == "adamw" else []:
        decay = params.weight_decay if weight.ndim > 1 else 0.0
        wanted = expected.adamw_start(weight, seen[-1][name], lr, decay, params.eps)
        gap = float((after[name] - wanted).abs().max()) / lr
        yield at_most(gap, 0.02, f"difference of {name}, in learning rates", "the update is not AdamW's by the config")


def optimizer(bench: Bench) -> Checks:
    """Every weight is updated by exactly one optimizer, with the numbers of the config; tied weights are one."""
    trainer = bench.stepper()
    groups = [group for member in trainer.optimizers.members for group in member.param_groups]
    held = [id(weight) for group in groups for weight in group["params"]]
    named = {id(weight): name for name, weight in trainer.decoder.named_parameters()}
    yield none_of([named[i] for i in named if i not in held], "forgotten weights", "no optimizer updates them")
    yield none_of(len(held) - len(set(held)), "weights updated twice", "they are in two groups")
    yield none_of([i for i in held if i not in named], "foreign weights", "an optimizer holds what the model has not")
    params = trainer.config.optimizer.params
    each = [(named[id(w)], w.ndim, group["weight_decay"]) for group in groups for w in group["params"]]
    decayed = [name for name, ndim, decay in each if ndim < 2 and decay]
    yield none_of(decayed, "decayed vectors", "weight decay belongs to matrices")
    wrong = [name for name, ndim, decay in each if ndim > 1 and decay != params.weight_decay]
    yield none_of(wrong, "matrices with another decay", f"optimizer.params.weight_decay is {params.weight_decay}")
    told = [tuple(g["betas"]) for g in groups if "betas" in g and tuple(g["betas"]) != tuple(params.betas)]
    yield none_of(told, "other betas", f"optimizer.params.betas is {params.betas}")
    yield from _tied(trainer, bench)


def _tied(trainer: Trainer, bench: Bench) -> Checks:
    decoder: Decoder = trainer.decoder
    wanted = decoder.config.tie_embeddings
    trainer.train_step([bench.batch])
    is_one = decoder.head.weight.data_ptr() == decoder.embed.weight.data_ptr()
    yield same(is_one, wanted, "embedding and output layer are one:", f"model.tie_embeddings is {wanted}")


def schedule(bench: Bench) -> Checks:
    """The learning rate of real steps follows the config's schedule over the config's number of steps."""
    loop, params = bench.config.training, bench.config.optimizer.params
    length = {f"training.{key}": getattr(loop, key) for key in ("epochs", "max_steps", "accumulate")}
    trainer = bench.stepper(QUIET | length)
    n_batch = math.ceil(loop.epochs * trainer.data.batches_per_epoch)
    total = loop.max_steps or math.ceil(n_batch / loop.accumulate)
    yield same(trainer.n_step, total, "steps of the run", "training.max_steps, epochs or accumulate is not obeyed")
    peaks = {"adamw": [params.lr], "muon": [params.lr, params.muon_lr]}[bench.config.optimizer.name]
    batch = _short(bench.batch)
    for step in _telling_steps(total, bench.config.scheduler.warmup_steps):
        trainer.step = step
        trainer.train_step([batch])
        for member, peak in zip(trainer.optimizers.members, peaks, strict=True):
            wanted = expected.learning_rate(step, total, peak, bench.config.scheduler)
            worst = max(abs(group["lr"] - wanted) for group in member.param_groups) / peak
            found = member.param_groups[0]["lr"]
            yield at_most(worst, 1e-4, f"wrong at step {step} by", f"it is {found:.3g} and should be {wanted:.3g}")


def _telling_steps(total: int, warmup: int) -> list[int]:
    """Steps at which a schedule shows its shape."""
    wanted = {0, 1, 2, warmup - 1, warmup, warmup + 1, total // 2, total * 9 // 10, total - 2, total - 1}
    return sorted(step for step in wanted if 0 <= step < total)


def _short(batch: AnyBatch) -> AnyBatch:
    """The first tokens of the first row: where only the step counts, not what is learned."""
    if not isinstance(batch, Batch):
        return batch
    ids = None if batch.document_ids is None else batch.document_ids[:1, :16]
    return Batch(batch.tokens[:1, :16], batch.targets[:1, :16], ids)


def preference_start(bench: Bench) -> Checks:
    """DPO begins at ln 2, holds the policy by `dpo.beta`, and never trains its reference."""
    if bench.config.task != "dpo":
        yield unused("this config is not dpo")
        return
    trainer = bench.stepper(UNCLIPPED)
    trainer.train_step([bench.batch])
    yield at_most(abs(float(trainer.loss) - math.log(2)), 1e-4, "distance from ln 2", "the policy is not the reference")
    reference = trainer.task.reference  # type: ignore[attr-defined]
    learns = [n for n, w in reference.named_parameters() if w.requires_grad or w.grad is not None]
    yield none_of(learns, "trained weights of the reference", "the reference learns")
    for _ in range(3):
        trainer.train_step([bench.batch])
    with torch.no_grad():
        wanted = float(expected_loss(trainer, bench.batches[1]))
        found = float(trainer.task.loss(trainer.module, bench.batches[1])[0])
    yield at_most(abs(found - wanted) / abs(wanted), 1e-4, "difference to DPO's loss", "dpo.beta or a sign is wrong")
    own, fixed = weights_of(trainer), dict(reference.named_parameters())
    yield at_least(expected.distance(own, fixed), 1e-7, "distance to the reference", "the reference is the policy")
