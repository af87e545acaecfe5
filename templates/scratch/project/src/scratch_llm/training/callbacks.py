"""What happens beside the training: validation, stopping, samples, profiling."""

import math
import signal
import threading
from types import FrameType
from typing import Any

import torch

from scratch_llm.inference import SamplingParams, generate
from scratch_llm.tokenizers.chat import Message, encode_chat
from scratch_llm.training.engine import Callback, Trainer
from scratch_llm.training.sharded import is_fsdp
from scratch_llm.training.tell import append_json, tell


class Validation(Callback):
    """Measures the validation loss every `training.eval_every` steps and at the end."""

    def on_step(self, trainer: Trainer) -> None:
        """Validate when it is time."""
        if trainer.step % trainer.config.training.eval_every == 0 or trainer.step == trainer.n_step:
            trainer.validate()


class EarlyStop(Callback):
    """Stops after `training.early_stop` validations in a row without improvement."""

    def __init__(self) -> None:
        self.best = math.inf
        self.without_improvement = 0

    def on_validation(self, trainer: Trainer) -> None:
        """Count, and ask for the stop."""
        improved = trainer.val_loss < self.best
        self.without_improvement = 0 if improved else self.without_improvement + 1
        self.best = min(self.best, trainer.val_loss)
        if self.without_improvement >= trainer.config.training.early_stop:
            trainer.stop_reason = trainer.stop_reason or "early stop"

    def state_dict(self) -> dict[str, Any]:
        """The count so far."""
        return {"best": self.best, "without_improvement": self.without_improvement}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on counting."""
        self.best = state.get("best", math.inf)
        self.without_improvement = state.get("without_improvement", 0)


class NanGuard(Callback):
    """Stops a run whose steps were skipped for non-finite numbers more than `training.nan_patience` times in a row.

    The engine skips such a step without waiting for the GPU; asking about it does wait, so a GPU is asked only when a
    line is logged.
    """

    def on_step(self, trainer: Trainer) -> None:
        """Look at the count of skipped steps."""
        if trainer.device.type != "cpu" and trainer.step % trainer.config.logging.every:
            return
        n_bad = int(trainer.bad_in_a_row)
        if n_bad > trainer.config.training.nan_patience:
            trainer.stop_reason = "diverged"
        elif n_bad:
            tell(f"step {trainer.step}: the gradient is not finite; the step was skipped ({n_bad} in a row)")


class StopOnSignal(Callback):
    """Turns the first SIGTERM or SIGINT into a stop after the next step; a second one kills as usual."""

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}

    def on_start(self, trainer: Trainer) -> None:
        """Listen; only a main thread can."""
        if threading.current_thread() is not threading.main_thread():
            return

        def stop(number: int, frame: FrameType | None) -> None:
            trainer.stop_requested = True
            self.on_end(trainer)

        self._before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}

    def on_end(self, trainer: Trainer) -> None:
        """Give the signals back to whoever had them."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}


class Samples(Callback):
    """Continues `logging.sample_prompts` after each validation, so that progress can be read.

    Under fsdp2 no process has the whole model; then nothing is sampled, and the first process says so.
    """

    def on_start(self, trainer: Trainer) -> None:
        """Say that there will be no samples, where there can be none."""
        if is_fsdp(trainer.decoder):
            tell("logging.sample_prompts is left out: under fsdp2 no process has the whole model to sample from")

    def on_validation(self, trainer: Trainer) -> None:
        """Generate and write down; the same seed each time, so that only the weights differ."""
        prompts = trainer.config.logging.sample_prompts
        if not trainer.world.is_first or is_fsdp(trainer.decoder):
            return
        length = trainer.decoder.config.context_length
        ids = [self._ids(trainer, text)[-length // 2 :] for text in prompts]
        n_new = min(64, length - max(len(row) for row in ids))
        params = SamplingParams(max_new_tokens=n_new, temperature=0.8, seed=trainer.config.seed)
        with trainer.paused():
            trainer.decoder.eval()
            answers = generate(trainer.decoder, trainer.tokenizer, ids, params)
            trainer.decoder.train()
        for prompt, answer in zip(prompts, answers, strict=True):
            append_json(trainer.run_folder.samples, {"step": trainer.step, "prompt": prompt, "text": answer.text})
            tell(f"  sample | {prompt} | {answer.text}")

    def _ids(self, trainer: Trainer, text: str) -> list[int]:
        if trainer.config.task == "pretrain":
            return trainer.tokenizer.encode(text, bos=True)
        return encode_chat(trainer.tokenizer, [Message("user", text)], add_generation_prompt=True).ids


class Profile(Callback):
    """Records three steps after two of warm-up with PyTorch's profiler: profile/trace.json and profile/table.txt."""

    def on_start(self, trainer: Trainer) -> None:
        """Begin to watch."""
        activities = [torch.profiler.ProfilerActivity.CPU]
        if trainer.device.type == "cuda":
            activities.append(torch.profiler.ProfilerActivity.CUDA)
        self._profiler = torch.profiler.profile(
            activities=activities,
            schedule=torch.profiler.schedule(wait=1, warmup=1, active=3, repeat=1),
            on_trace_ready=lambda profiler: self._write(trainer, profiler),
            record_shapes=True,
        )
        self._profiler.start()

    def on_step(self, trainer: Trainer) -> None:
        """Mark the step."""
        self._profiler.step()

    def on_end(self, trainer: Trainer) -> None:
        """Write what was seen, if the run was too short for all of it."""
        self._profiler.stop()
        del self._profiler  # it holds the trainer, which holds this

    def _write(self, trainer: Trainer, profiler: torch.profiler.profile) -> None:
        folder = trainer.run_folder.path / "profile"
        folder.mkdir(exist_ok=True)
        table = profiler.key_averages().table(sort_by=f"self_{trainer.device.type}_time_total", row_limit=30)
        name = f"_{trainer.world.rank}" if trainer.world.size > 1 else ""
        (folder / f"table{name}.txt").write_text(table, encoding="utf-8")
        profiler.export_chrome_trace(str(folder / f"trace{name}.json"))
        tell(f"profile written to {folder}")
