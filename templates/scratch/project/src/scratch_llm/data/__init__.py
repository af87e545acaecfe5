"""Data: from a source's records to batches, with a position that can be saved."""

import importlib
from typing import TYPE_CHECKING, Any

from scratch_llm.data.tokenizer_for import tokenizer_for

if TYPE_CHECKING:
    from scratch_llm.data.batch import IGNORE, Batch, PreferenceBatch
    from scratch_llm.data.module import DataModule

# Loaded at first use: the processes that tokenize import this package, and have no need of PyTorch.
_HOME = {"IGNORE": "batch", "Batch": "batch", "DataModule": "module", "PreferenceBatch": "batch"}

__all__ = ["IGNORE", "Batch", "DataModule", "PreferenceBatch", "tokenizer_for"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
