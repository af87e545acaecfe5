"""Models on disk: saving, finding and loading them, and the checkpoints of a run."""

from scratch_llm.checkpoint.pretrained import (
    Pretrained,
    load_pretrained,
    read_model_config,
    save_model,
)
from scratch_llm.checkpoint.store import CheckpointStore, resolve

__all__ = ["CheckpointStore", "Pretrained", "load_pretrained", "read_model_config", "resolve", "save_model"]
