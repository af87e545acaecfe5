"""The training loop. It knows steps, gradients and validation; all else is a callback's."""

import contextlib
import itertools
import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import nn

from scratch_llm.config import TrainConfig
from scratch_llm.data import Batch, DataModule, PreferenceBatch
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import Tokenizer
from scratch_llm.training.optimizers import Optimizers
from scratch_llm.training.parallel import clip_gradients, sync_gradients
from scratch_llm.training.run_folder import RunFolder
from scratch_llm.training.schedule import lr_factor
from scratch_llm.training.tasks import Task
from scratch_llm.utils.distributed import World, add_up, in_any
from scratch_llm.utils.errors import DivergenceError

AnyBatch = Batch | PreferenceBatch


class Callback:
    """Something that happens beside the training. Override what you need; the engine calls each in turn."""

    def on_start(self, trainer: "Trainer") -> None:
        """Called once before the first step, after a resumed state was loaded."""

    def on_step(self, trainer: "Trainer") -> None:
        """Called after each optimizer step; `trainer.step` counts the finished ones."""

    def on_validation(self, trainer: "Trainer") -> None:
        """Called after each validation; `trainer.val_loss` is new."""

    def on_end(self, trainer: "Trainer") -> None:
        """Called once after the last step, also when the run was stopped."""

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run must know, in plain types."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""


class Trainer:
    """Runs one training from its parts."""

    def __init__(
        self,
        *,
        config: TrainConfig,
        decoder: Decoder,
        module: nn.Module,
        tokenizer: Tokenizer,
        task: Task,
        data: DataModule,
        run: RunFolder,
        dtype: torch.dtype,
        world: World,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        """Take the parts; `module` is the decoder, or what wraps it to share the work."""
        self.config, self.run_folder, self.world = config, run, world
        self.decoder, self.module, self.tokenizer = decoder, module, tokenizer
        self.task, self.data, self.callbacks = task, data, list(callbacks)
        self.device, self.dtype = next(decoder.parameters()).device, dtype
        self.parameters = [parameter for parameter in decoder.parameters() if parameter.requires_grad]
        self.optimizers = Optimizers(decoder, config.optimizer)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=dtype == torch.float16)
        loop = config.training
        self.n_batch = loop.max_steps * loop.accumulate or math.ceil(loop.epochs * data.batches_per_epoch)
        self.n_step = math.ceil(self.n_batch / loop.accumulate)
        self.rows_per_step = loop.batch_size * loop.accumulate * world.size
        self.step = self.n_token = 0
        self.stop_reason = ""
        self.stop_requested = False
        self.loss = self.grad_norm = self.bad_in_a_row = torch.zeros((), device=self.device)
        self.val_loss = self.best_val_loss = math.inf
        self.validated_step = -1
        self.paused_seconds = 0.0

    def run(self) -> None:
        """Train to the end, or until a callback or a signal stops it."""
        self._tell("on_start")
        batches = self.data.train_batches()
        while self.step < self.n_step and not self.stop_reason:
            n_micro = min(self.config.training.accumulate, self.n_batch - self.step * self.config.training.accumulate)
            self.train_step(list(itertools.islice(batches, n_micro)))
            self._tell("on_step")
        self._tell("on_end")
        if self.stop_reason == "diverged":
            raise DivergenceError(
                f"the gradient was not finite for {int(self.bad_in_a_row)} steps in a row, up to step {self.step}",
                "lower optimizer.params.lr, lengthen scheduler.warmup_steps, use training.precision=fp32; "
                f"the last good weights are in {self.run_folder.path}",
            )

    def train_step(self, window: Sequence[AnyBatch]) -> None:
        """Make one optimizer step from the micro-batches of a window.

        The loss is divided once, by the targets of all micro-batches on all processes, so that how they are cut into
        micro-batches and processes does not change it.
        """
        self.optimizers.set_lr(lr_factor(self.step, self.n_step, self.config.scheduler))
        n_target, n_asked = add_up([sum(batch.n_targets for batch in window), self.stop_requested])
        share = self.world.size / max(n_target, 1)  # gradients are averaged over the processes, hence their number
        loss = torch.zeros((), device=self.device)
        for number, batch in enumerate(window, start=1):
            sync_gradients(self.module, now=number == len(window))
            with self.computing():
                summed, _ = self.task.loss(self.module, batch.to(self.device))
            self.scaler.scale(summed * share).backward()  # type: ignore[no-untyped-call]
            loss += summed.detach() * share
        self.loss = loss
        self._update()
        self.step += 1
        self.n_token += sum(n_tokens(batch) for batch in window) * self.world.size
        if n_asked:
            self.stop_reason = "signal"

    def _update(self) -> None:
        for optimizer in self.optimizers.members:
            self.scaler.unscale_(optimizer)
        self.grad_norm = clip_gradients(self.parameters, self.config.training.grad_clip)
        # With fp16 an infinite gradient is the scaler's daily work; only an infinite loss is bad.
        # All processes must decide alike: the gradient's norm is common to them, the loss is each one's own.
        bad = in_any(~torch.isfinite(self.loss)) if self.scaler.is_enabled() else ~torch.isfinite(self.grad_norm)
        self.optimizers.step(self.scaler, bad.float())
        self.optimizers.zero_grad()
        self.bad_in_a_row = (self.bad_in_a_row + 1) * bad

    def validate(self) -> None:
        """Measure the mean loss on validation batches."""
        if self.validated_step == self.step:
            return
        with self.paused():
            self.decoder.eval()
            total = count = torch.zeros((), device=self.device)
            with torch.no_grad(), self.computing():
                for batch in itertools.islice(self.data.val_batches(), self.config.training.eval_batches):
                    summed, counted = self.task.loss(self.decoder, batch.to(self.device))
                    total, count = total + summed, count + counted
            self.decoder.train()
            loss, n_target = add_up([float(total), float(count)])
        self.val_loss = loss / n_target if n_target else math.nan
        self.best_val_loss = min(self.best_val_loss, self.val_loss)
        self.validated_step = self.step
        self._tell("on_validation")

    def mean_loss(self) -> float:
        """The last step's loss over all processes. All of them must call it; it waits for the device."""
        return add_up([float(self.loss)])[0] / self.world.size

    @property
    def epoch(self) -> float:
        """Passes over the data so far."""
        n_batch = min(self.step * self.config.training.accumulate, self.n_batch)
        return n_batch / max(1, self.data.batches_per_epoch)

    def computing(self) -> contextlib.AbstractContextManager[Any]:
        """Compute in the run's precision."""
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the time of the block out of the training's speed."""
        start = time.perf_counter()
        yield
        self.paused_seconds += time.perf_counter() - start

    def _tell(self, event: str) -> None:
        for callback in self.callbacks:
            getattr(callback, event)(self)


def n_tokens(batch: AnyBatch) -> int:
    """Tokens that go through the model for a batch."""
    if isinstance(batch, PreferenceBatch):
        return batch.chosen.tokens.numel() + batch.rejected.tokens.numel()
    return batch.tokens.numel()
