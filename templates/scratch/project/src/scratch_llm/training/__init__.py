"""One engine for pre-training, instruction fine-tuning and preference optimization."""

from scratch_llm.training.engine import Callback, Trainer
from scratch_llm.training.run import RunResult, train

__all__ = ["Callback", "RunResult", "Trainer", "train"]
