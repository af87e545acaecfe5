"""A language model from scratch: tokenizer, pre-training, SFT, DPO, evaluation and serving."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scratch_llm.checkpoint import Pretrained, load_pretrained, save_model
    from scratch_llm.config import ModelConfig, TrainConfig, load_config
    from scratch_llm.inference import Completion, SamplingParams, generate
    from scratch_llm.models import Decoder
    from scratch_llm.tokenizers import Tokenizer, load_tokenizer
    from scratch_llm.training import RunResult, train

__version__ = "0.1.0"

# Loaded at first use, so that importing the package costs nothing and does not bring PyTorch in.
_HOME = {
    "Completion": "inference",
    "Decoder": "models",
    "ModelConfig": "config",
    "Pretrained": "checkpoint",
    "RunResult": "training",
    "SamplingParams": "inference",
    "Tokenizer": "tokenizers",
    "TrainConfig": "config",
    "generate": "inference",
    "load_config": "config",
    "load_pretrained": "checkpoint",
    "load_tokenizer": "tokenizers",
    "save_model": "checkpoint",
    "train": "training",
}

__all__ = [
    "Completion",
    "Decoder",
    "ModelConfig",
    "Pretrained",
    "RunResult",
    "SamplingParams",
    "Tokenizer",
    "TrainConfig",
    "generate",
    "load_config",
    "load_pretrained",
    "load_tokenizer",
    "save_model",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
