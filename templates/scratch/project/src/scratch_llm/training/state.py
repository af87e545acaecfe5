"""A trainer's whole state as plain types: what exact resume needs."""

import warnings
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from scratch_llm.checkpoint.store import STATE
from scratch_llm.training.engine import Trainer
from scratch_llm.utils.distributed import gather
from scratch_llm.utils.errors import CheckpointError, ConfigError
from scratch_llm.utils.rng import restore_rng, rng_state


def trainer_state(trainer: Trainer) -> dict[str, Any]:
    """Collect the state of all processes. All of them must call it."""
    return {
        "step": trainer.step,
        "rows_per_step": trainer.rows_per_step,
        "n_token": trainer.n_token,
        "best_val_loss": trainer.best_val_loss,
        "optimizer": trainer.optimizers.state_dict(),
        "scaler": trainer.scaler.state_dict(),
        "callbacks": {type(callback).__name__: callback.state_dict() for callback in trainer.callbacks},
        "processes": gather({"rng": rng_state(), "data": trainer.data.state_dict()}),
    }


def restore_trainer(trainer: Trainer, step_folder: Path) -> None:
    """Put a trainer to where its checkpoint was; the weights are loaded already."""
    state = read_state(step_folder)
    if state["rows_per_step"] != trainer.rows_per_step:
        raise ConfigError(
            f"a step of the checkpoint has {state['rows_per_step']} rows, of this run {trainer.rows_per_step}",
            "keep training.batch_size * training.accumulate * processes",
        )
    trainer.step, trainer.n_token = state["step"], state["n_token"]
    trainer.best_val_loss = state["best_val_loss"]
    trainer.optimizers.load_state_dict(state["optimizer"])
    if trainer.scaler.is_enabled() and state["scaler"]:
        trainer.scaler.load_state_dict(state["scaler"])
    for callback in trainer.callbacks:
        callback.load_state_dict(state["callbacks"].get(type(callback).__name__, {}))
    processes = state["processes"]
    if len(processes) == trainer.world.size:
        own = processes[trainer.world.rank]
        restore_rng(own["rng"])
    else:
        own = processes[0]
        warnings.warn(
            f"the checkpoint is of {len(processes)} processes and goes on with {trainer.world.size}: "
            "weights and data go on exactly, random numbers (dropout) do not",
            stacklevel=2,
        )
    trainer.data.load_state_dict(own["data"])


def read_state(step_folder: Path) -> dict[str, Any]:
    """Read a state file; nothing in it is executed."""
    path = step_folder / STATE
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, UnpicklingError) as error:
        raise CheckpointError(f"{path} is missing or damaged: {error}", "resume from an earlier checkpoint") from error
    return state
