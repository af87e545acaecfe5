"""A run's figures: to metrics.jsonl, to TensorBoard, to the log and to the progress bar."""

import json
import sys
import time
from typing import Any

from tqdm import tqdm

from scratch_llm.models import flops_per_token
from scratch_llm.training.engine import Callback, Trainer
from scratch_llm.training.flops import peak_flops
from scratch_llm.training.tell import append_json, tell
from scratch_llm.utils.files import write_text

# What a log line shows, in this order, where it is known.
_SHOWN = {
    "loss": "{:.4f}",
    "val_loss": "{:.4f}",
    "lr": "{:.2e}",
    "reward_margin": "{:.3f}",
    "reward_accuracy": "{:.2f}",
    "tokens_per_second": "{:,.0f}",
    "mfu": "{:.1%}",
    "gflops": "{:.1f}",
}


class Metrics(Callback):
    """Logs a line every `logging.every` steps, at the end, and after each validation."""

    def on_start(self, trainer: Trainer) -> None:
        """Open the files; a resumed run drops the lines of steps that it is going to repeat."""
        self._mark(trainer)
        self._flops_per_token = flops_per_token(trainer.decoder.config, trainer.decoder.config.context_length)
        self._peak = peak_flops(trainer.device, trainer.dtype)
        self._writer: Any = None
        if not trainer.world.is_first:
            return
        for path in (trainer.run_folder.metrics, trainer.run_folder.samples):
            if path.exists():
                write_text(path, "".join(line for line in _whole_lines(path.read_text("utf-8"), trainer.step)))
        if trainer.config.logging.tensorboard:
            from torch.utils.tensorboard import SummaryWriter  # slow to import

            self._writer = SummaryWriter(str(trainer.run_folder.logs), purge_step=trainer.step + 1)

    def on_step(self, trainer: Trainer) -> None:
        """Log when it is time."""
        if trainer.step % trainer.config.logging.every and trainer.step != trainer.n_step:
            return
        loss = trainer.mean_loss()
        speed = (trainer.n_token - self._n_token) / self._elapsed(trainer)
        rate = speed * self._flops_per_token
        self._write(
            trainer,
            {
                "epoch": round(trainer.epoch, 4),
                "loss": loss,
                "grad_norm": float(trainer.grad_norm),
                "lr": trainer.optimizers.lr,
                "tokens": trainer.n_token,
                "tokens_per_second": round(speed, 1),
                **{name: float(value) for name, value in trainer.task.observed.items()},
                **({"mfu": rate / (self._peak * trainer.world.size)} if self._peak else {"gflops": rate / 1e9}),
            },
        )
        self._mark(trainer)

    def on_validation(self, trainer: Trainer) -> None:
        """Log the validation loss."""
        self._write(trainer, {"val_loss": trainer.val_loss, "best_val_loss": trainer.best_val_loss})

    def on_end(self, trainer: Trainer) -> None:
        """Close the files."""
        if self._writer is not None:
            self._writer.close()

    def _write(self, trainer: Trainer, record: dict[str, Any]) -> None:
        if not trainer.world.is_first:
            return
        append_json(trainer.run_folder.metrics, {"step": trainer.step, **record})
        tell(f"step {trainer.step}/{trainer.n_step}  {_line(record)}")
        if self._writer is not None:
            for name, value in record.items():
                self._writer.add_scalar(name, value, trainer.step)

    def _mark(self, trainer: Trainer) -> None:
        self._since, self._paused, self._n_token = time.perf_counter(), trainer.paused_seconds, trainer.n_token

    def _elapsed(self, trainer: Trainer) -> float:
        paused = trainer.paused_seconds - self._paused
        return max(1e-9, time.perf_counter() - self._since - paused)


class ProgressBar(Callback):
    """A bar with what is left of the time; only in a terminal."""

    def on_start(self, trainer: Trainer) -> None:
        """Show the bar."""
        shown = trainer.config.logging.progress and trainer.world.is_first and sys.stderr.isatty()
        self._bar = tqdm(total=trainer.n_step, initial=trainer.step, disable=not shown, unit="step")

    def on_step(self, trainer: Trainer) -> None:
        """Move on."""
        self._bar.update()

    def on_end(self, trainer: Trainer) -> None:
        """Leave the bar as it is."""
        self._bar.close()


def _line(record: dict[str, Any]) -> str:
    return "  ".join(f"{name} {form.format(record[name])}" for name, form in _SHOWN.items() if name in record)


def _whole_lines(text: str, last_step: int) -> list[str]:
    """The lines up to a step; one that was cut off by a crash is dropped."""
    kept = []
    for line in text.split("\n"):  # splitlines would also cut at separators that the model wrote
        try:
            if json.loads(line)["step"] <= last_step:
                kept.append(line + "\n")
        except ValueError:
            continue
    return kept
