"""When a run saves, and what."""

import math
from pathlib import Path

import torch

from scratch_llm.checkpoint import CheckpointStore, save_model
from scratch_llm.checkpoint.store import STATE
from scratch_llm.training.engine import Callback, Trainer
from scratch_llm.training.parallel import whole_weights
from scratch_llm.training.state import trainer_state
from scratch_llm.utils.distributed import from_first


class Checkpoints(Callback):
    """Saves every `training.save_every` steps and when the run ends, however it ends.

    A checkpoint's score is the validation loss at its step, so a validation comes before it; except where somebody
    waits for the process to end.
    """

    def __init__(self) -> None:
        self._saved_step = -1

    def on_start(self, trainer: Trainer) -> None:
        """Open the store."""
        loop = trainer.config.training
        backup = loop.backup_folder and trainer.run_folder.below(loop.backup_folder).checkpoints
        self._store = CheckpointStore(trainer.run_folder.checkpoints, loop.keep, backup)
        if trainer.world.is_first:
            self._store.clear_drafts()
        self._saved_step = trainer.step  # where it was resumed from, or nothing yet

    def on_step(self, trainer: Trainer) -> None:
        """Save when it is time."""
        if trainer.step % trainer.config.training.save_every == 0:
            trainer.validate()
            self._save(trainer)

    def on_end(self, trainer: Trainer) -> None:
        """Save what was not saved yet."""
        if self._saved_step != trainer.step:
            self._save(trainer)

    def _save(self, trainer: Trainer) -> None:
        with trainer.paused():
            state, weights = trainer_state(trainer), whole_weights(trainer.decoder)

            def write(folder: Path) -> None:
                save_model(folder, trainer.decoder, trainer.tokenizer, trainer.config, weights)
                torch.save(state, folder / STATE)

            scored = trainer.validated_step == trainer.step and math.isfinite(trainer.val_loss)
            score = trainer.val_loss if scored else None
            if trainer.world.is_first:
                self._store.save(trainer.step, write, score)
            self._saved_step = from_first(trainer.step)
