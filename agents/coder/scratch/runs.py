"""The runs of each stage: steps, batches and learning rates, on little data and in full."""

from __future__ import annotations

import math
from dataclasses import dataclass

from agents.coder.scratch.case import Case
from agents.coder.scratch.sources import StageTask, Supply, mini_data
from framework.rendering.context import Optimizer, Run, Scheduler, Stage

_MINI: dict[StageTask, Run] = {
    "pretrain": Run(
        batch_size=16, accumulate=1, epochs=1, max_steps=100, lr=3e-3, warmup_steps=10, eval_every=50, save_every=50
    ),
    "sft": Run(
        batch_size=16, accumulate=1, epochs=1, max_steps=50, lr=1e-3, warmup_steps=5, eval_every=25, save_every=25
    ),
    "dpo": Run(
        batch_size=8, accumulate=1, epochs=1, max_steps=30, lr=1e-4, warmup_steps=5, eval_every=15, save_every=30
    ),
}
_PATIENCE = 5  # validations without improvement, where early stopping is wanted and nothing more is said


@dataclass(frozen=True)
class _Tuning:
    """A full run after the pre-training: rates by the size of the model."""

    rates: tuple[tuple[int, float], ...]
    smallest_rate: float
    epochs: int
    in_step: int
    memory: int  # times what a row of pre-training takes


_TUNINGS: dict[StageTask, _Tuning] = {
    "sft": _Tuning(((50_000_000, 3e-4), (500_000_000, 1e-4)), 2e-5, epochs=2, in_step=64, memory=1),
    "dpo": _Tuning(((50_000_000, 1e-5), (500_000_000, 5e-6)), 1e-6, epochs=1, in_step=32, memory=4),
}


def stage_of(case: Case, supply: Supply) -> Stage:
    """One kind of training, small and in full."""
    task = supply.task
    full = _pretraining(case) if task == "pretrain" else _tuning(case, supply, _TUNINGS[task])
    mini = _MINI[task]
    if task == "pretrain":
        mini = mini.model_copy(update={"optimizer": optimizer_of(case), "scheduler": scheduler_of(case)})
    return Stage(task=task, mini_data=mini_data(case, task), mini_run=mini, full_data=supply.data, full_run=full)


def planned_steps(case: Case) -> int:
    """As many as are stated, or as the tokens of tech.md need."""
    in_step = math.prod((*_batches(case), case.machine.count, case.training.context))
    return case.whole("steps") or max(1, -(-case.training.tokens // in_step))


def optimizer_of(case: Case) -> Optimizer:
    """AdamW unless Muon is named."""
    return "muon" if "muon" in case.features else "adamw"


def scheduler_of(case: Case) -> Scheduler:
    """The first one that is named; cosine."""
    kinds: tuple[Scheduler, ...] = ("wsd", "constant", "cosine")
    return next((kind for kind in kinds if kind in case.features), "cosine")


def _batches(case: Case) -> tuple[int, int]:
    """A stated batch is that of a step: it is worked through in parts that are no larger than planned."""
    planned, stated = case.training.batch, case.whole("batch")
    if stated is None:
        return planned, case.training.accumulation
    share = stated // case.machine.count
    part = next(size for size in range(min(planned, share), 0, -1) if share % size == 0)
    return part, share // part


def _pretraining(case: Case) -> Run:
    """The run that the figures of tech.md are for, with the settings that are stated."""
    training = case.training
    rate, epochs = case.number("lr") or training.learning_rate, case.number("epochs") or training.epochs
    run = _run(case, *_batches(case), planned_steps(case), rate, epochs)
    stated = {
        "warmup_steps": case.whole("warmup"),
        "save_every": case.whole("save_every"),
        "eval_every": case.whole("eval_every"),
        "weight_decay": case.number("weight_decay"),
        "early_stop": case.whole("patience") or (_PATIENCE if "early_stop" in case.features else None),
        "max_steps": 0 if "epochs" in case.settings else None,
    }
    kinds = {"optimizer": optimizer_of(case), "scheduler": scheduler_of(case)}
    return run.model_copy(update=kinds | {key: value for key, value in stated.items() if value is not None})


def _tuning(case: Case, supply: Supply, tuning: _Tuning) -> Run:
    """As many steps as two readings of the examples, or one of the pairs, need."""
    params = case.choice.params or 0
    rate = next((rate for size, rate in tuning.rates if params <= size), tuning.smallest_rate)
    batch = max(1, min(32, case.training.batch // tuning.memory))
    accumulate = max(1, round(tuning.in_step / (batch * case.machine.count)))
    steps = max(1, round(tuning.epochs * supply.data.n_documents / (batch * accumulate * case.machine.count)))
    run = _run(case, batch, accumulate, steps, rate, tuning.epochs)
    return run.model_copy(update={"max_steps": 0})


def _run(case: Case, batch: int, accumulate: int, steps: int, rate: float, epochs: float) -> Run:
    """Twenty validations and ten checkpoints; a fiftieth of the steps to warm up."""
    several = case.machine.count > 1
    return Run(
        batch_size=batch,
        accumulate=accumulate,
        epochs=epochs,
        max_steps=steps,
        lr=rate,
        warmup_steps=min(2000, max(1, steps // 50)),
        eval_every=max(1, min(500, steps // 20)),
        save_every=max(1, min(1000, steps // 10)),
        activation_checkpointing=case.training.checkpointing,
        seed=case.whole("seed") or 0,
        strategy="auto" if not several else "fsdp2" if case.training.sharded else "ddp",
    )
