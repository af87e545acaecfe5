"""Which backend computes, chosen by name."""

from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

from torch import nn

from scratch_llm.checkpoint import Pretrained, load_pretrained
from scratch_llm.inference.backend import Backend, EagerBackend
from scratch_llm.inference.compiled import CompiledBackend
from scratch_llm.inference.onnx_backend import OnnxBackend, read_manifest
from scratch_llm.inference.quantization import is_quantized, load_quantized, quantize_int8
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import Tokenizer, load_tokenizer
from scratch_llm.utils.errors import CheckpointError

BackendKind = Literal["eager", "compile", "int8", "gptq", "onnx", "onnx-int8"]
BACKENDS: Final[tuple[BackendKind, ...]] = get_args(BackendKind)
_ONNX_FILES: Final = {"onnx": "model.onnx", "onnx-int8": "model.int8.onnx"}


class Loaded(NamedTuple):
    """A model that is ready to generate."""

    backend: Backend
    tokenizer: Tokenizer


def load_backend(
    path: Path | str, kind: BackendKind = "eager", n_row: int = 1, length: int = 0, *, device: str = "cpu"
) -> Loaded:
    """Load a model for generation.

    Args:
        path: A model folder or a run (eager, compile, int8); a folder of scripts/quantize.py (int8, gptq); a folder of
            scripts/export.py (onnx, onnx-int8).
        kind: What computes. `onnx-int8` is the fastest on a CPU. Where tokens are nearly equally likely, the answers of
            the 8- and 4-bit kinds may depend on the rest of the batch: `onnx-int8` rounds the activations of all rows
            by one scale, `int8` and `gptq` round them to bf16 on a CPU as long as there are at most 16.
        n_row: Sequences that are held at once.
        length: Tokens that a sequence can have; 0: the model's context length.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`; ONNX runs on the CPU.

    Raises:
        CheckpointError: Nothing is there, or it is not made for this kind of backend.
    """
    folder = Path(path)
    if kind in _ONNX_FILES:
        read_manifest(folder)
        tokenizer = load_tokenizer(folder / "tokenizer")
        return Loaded(OnnxBackend(folder, n_row, length, file=_ONNX_FILES[kind]), tokenizer)
    loaded = _load_model(folder, kind, device)
    context = loaded.model.config.context_length
    backend = CompiledBackend if kind == "compile" else EagerBackend
    return Loaded(backend(loaded.model, n_row, min(length, context) if length else context), loaded.tokenizer)


def _load_model(folder: Path, kind: BackendKind, device: str) -> Pretrained:
    if is_quantized(folder):
        if kind not in ("int8", "gptq"):
            raise CheckpointError(f"'{folder}' is quantized, which the {kind} backend cannot use", "use int8 or gptq")
        return load_quantized(folder, kind, device)
    if kind == "gptq":
        raise CheckpointError(f"'{folder}' is not quantized", "run scripts/quantize.py --method gptq first")
    loaded = load_pretrained(folder, device)
    if kind == "int8":
        quantize_int8(loaded.model)
    elif loaded.model.embed.weight.device.type == "cpu":
        _lay_out_by_columns(loaded.model)
    return loaded


def _lay_out_by_columns(model: Decoder) -> None:
    """Store widening weights input by input: with few rows, as in generation, CPUs read them about twice as fast so."""
    for layer in model.modules():
        if isinstance(layer, nn.Linear) and layer.out_features > layer.in_features:
            layer.weight.data = layer.weight.data.t().contiguous().t()
