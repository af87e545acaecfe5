"""From a config to a finished run."""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from scratch_llm.checkpoint.pretrained import load_weights
from scratch_llm.config import TrainConfig, load_config
from scratch_llm.data import DataModule
from scratch_llm.models import Decoder, count_parameters
from scratch_llm.training.callbacks import (
    EarlyStop,
    NanGuard,
    Profile,
    Samples,
    StopOnSignal,
    Validation,
)
from scratch_llm.training.checkpoints import Checkpoints
from scratch_llm.training.engine import Callback, Trainer
from scratch_llm.training.metrics import Metrics, ProgressBar
from scratch_llm.training.parallel import replicate, shard
from scratch_llm.training.run_folder import RunFolder, new_run_folder
from scratch_llm.training.start import Start, begin, check_same_run, find_resume
from scratch_llm.training.state import restore_trainer
from scratch_llm.training.tasks import PreferenceOptimization, build_task
from scratch_llm.training.tell import speak, tell
from scratch_llm.utils.device import pick_device, pick_precision
from scratch_llm.utils.distributed import World, first_goes_first, from_first, join_world
from scratch_llm.utils.environment import describe_environment
from scratch_llm.utils.errors import DataError
from scratch_llm.utils.rng import seed_all


@dataclass(frozen=True)
class RunResult:
    """What came out of a run."""

    folder: Path
    steps: int
    train_loss: float  # NaN: no step was left to make
    val_loss: float
    best_val_loss: float
    stop_reason: str  # empty: all steps were made


def train(
    config: TrainConfig,
    *,
    experiment: str,
    resume: Path | None = None,
    callbacks: Sequence[Callback] = (),
    profile: bool = False,
) -> RunResult:
    """Run one training; under torchrun, this process's share of it.

    Args:
        config: What to do.
        experiment: Name of the folder of runs, below `config.output_folder`.
        resume: A run folder, or a step folder in one, to go on from exactly.
        callbacks: Further callbacks; they are called after the standard ones.
        profile: Record a few steps with PyTorch's profiler.

    Returns:
        Where the run is, and its last losses.

    Raises:
        ProjectError: Something is wrong with the config, the data, the device or the numbers.
    """
    with join_world() as world:
        speak(logging.INFO if world.is_first else logging.WARNING)
        extra = [*callbacks, *([Profile()] if profile else [])]
        return _finish(build_trainer(config, experiment, world, resume, extra))


def _finish(trainer: Trainer) -> RunResult:
    """Train. What a process group is used by must be gone before the group, hence a function of its own."""
    made_steps = trainer.step < trainer.n_step
    trainer.run()
    return RunResult(
        folder=trainer.run_folder.path,
        steps=trainer.step,
        train_loss=trainer.mean_loss() if made_steps else math.nan,
        val_loss=trainer.val_loss,
        best_val_loss=trainer.best_val_loss,
        stop_reason=trainer.stop_reason,
    )


def build_trainer(
    config: TrainConfig, experiment: str, world: World, resume: Path | None, callbacks: Sequence[Callback] = ()
) -> Trainer:
    """Put all parts of a run together."""
    device = world.own(pick_device(config.device))
    dtype = pick_precision(config.training.precision, device)
    torch.set_float32_matmul_precision("high")
    step_folder, run_folder = (None, None) if resume is None else from_first(find_resume(resume))
    if step_folder is not None:
        check_same_run(config, load_config(step_folder / "config.yaml"))
    seed_all(config.seed)
    start = begin(config, world, step_folder)
    config, decoder = start.config, start.decoder.to(device)
    task = build_task(config, decoder)
    if step_folder is not None:
        load_weights(decoder, step_folder)
    module = _spread(config, decoder, world, dtype)
    if isinstance(task, PreferenceOptimization) and module is decoder and world.size > 1:
        shard(task.reference, world, dtype)
    data = _load_data(start, world)
    run = _open_run(config, experiment, world, device, run_folder)
    trainer = Trainer(
        config=config,
        decoder=decoder.train(),
        module=module,
        tokenizer=start.tokenizer,
        task=task,
        data=data,
        run=run,
        dtype=dtype,
        world=world,
        callbacks=[*_standard_callbacks(config), *callbacks],
    )
    seed_all(config.seed + world.rank)  # processes that drop the same units would see half of the noise
    if step_folder is not None:
        restore_trainer(trainer, step_folder)
    _introduce(trainer, step_folder)
    return trainer


def _spread(config: TrainConfig, decoder: Decoder, world: World, dtype: torch.dtype) -> nn.Module:
    decoder.checkpoint_activations = config.training.activation_checkpointing
    module: nn.Module = decoder
    if world.size > 1 and config.training.strategy == "fsdp2":
        shard(decoder, world, dtype)
    if config.training.compile:
        decoder.compile()  # in place, so that the names of the weights stay
    if world.size > 1 and config.training.strategy != "fsdp2":
        module = replicate(decoder)
    return module


def _load_data(start: Start, world: World) -> DataModule:
    data = DataModule(
        start.config,
        start.tokenizer,
        context_length=start.decoder.config.context_length,
        rank=world.rank,
        world_size=world.size,
    )
    with first_goes_first(world):
        if world.is_first:
            data.prepare()
    data.setup()
    if data.batches_per_epoch < 1:
        raise DataError("the data does not fill one batch", "raise data.n_documents or lower training.batch_size")
    return data


def _open_run(
    config: TrainConfig, experiment: str, world: World, device: torch.device, existing: Path | None
) -> RunFolder:
    path = existing or Path()
    if world.is_first and existing is None:
        path = new_run_folder(config.output_folder, experiment).path
    run = RunFolder(from_first(path))
    if world.is_first:
        run.describe(config, describe_environment(device, world.size))
    return run


def _standard_callbacks(config: TrainConfig) -> list[Callback]:
    """The order matters: what stops the run and what measures it comes before what saves it."""
    optional: list[Callback] = [EarlyStop()] if config.training.early_stop else []
    if config.logging.sample_prompts:
        optional.append(Samples())
    return [ProgressBar(), StopOnSignal(), NanGuard(), Metrics(), *optional, Validation(), Checkpoints()]


def _summary(report: dict[str, Any]) -> str:
    if "train" not in report:
        return f"{report['streaming']}, streamed"
    train, val = report["train"], report["val"]
    documents = f"{train['documents']:,} documents to train on and {val['documents']:,} to validate on"
    return f"{report['provenance']['dataset']}, {documents}, {train['tokens']:,} tokens to train on"


def _introduce(trainer: Trainer, step_folder: Path | None) -> None:
    """Tell what begins."""
    parameters = count_parameters(trainer.decoder).total
    began = f"goes on from {step_folder}" if step_folder else f"writes to {trainer.run_folder.path}"
    tell(f"{trainer.config.task}: {parameters:,} parameters on {trainer.device}, {trainer.n_step} steps; {began}")
    report = trainer.data.report()
    trainer.run_folder.describe_data(report)
    tell(f"data: {_summary(report)}; more in data.json")
    random_loss = math.log(trainer.decoder.config.vocab_size)
    if trainer.step == 0 and trainer.config.start_from is None:
        tell(f"a model that knows nothing has the loss ln(vocabulary) = {random_loss:.2f}")
