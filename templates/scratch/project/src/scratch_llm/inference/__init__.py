"""Generation: sampling, continuous batching, and the ways to compute (eager, compiled, quantized, ONNX)."""

from scratch_llm.inference.backend import Backend, EagerBackend
from scratch_llm.inference.batcher import ContinuousBatcher, Update
from scratch_llm.inference.generation import generate
from scratch_llm.inference.load import BACKENDS, BackendKind, Loaded, load_backend
from scratch_llm.inference.request import Completion, FinishReason, SamplingParams
from scratch_llm.inference.text_stream import TextStream

__all__ = [
    "BACKENDS",
    "Backend",
    "BackendKind",
    "Completion",
    "ContinuousBatcher",
    "EagerBackend",
    "FinishReason",
    "Loaded",
    "SamplingParams",
    "TextStream",
    "Update",
    "generate",
    "load_backend",
]
