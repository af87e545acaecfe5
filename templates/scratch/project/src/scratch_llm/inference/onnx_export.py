"""Export to ONNX, checked against the model that it came from.

model.onnx         the decoder; cache and batch of any size
model.int8.onnx    the same with 8-bit weights
manifest.json      vocabulary, context, and for each file its sha256, its tolerance and the error that was measured
tokenizer/         what `load_tokenizer` reads
"""

import contextlib
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from scratch_llm.checkpoint import Pretrained
from scratch_llm.inference.backend import Backend, EagerBackend
from scratch_llm.inference.onnx_backend import OnnxBackend
from scratch_llm.inference.stateless import StatelessDecoder
from scratch_llm.models import Decoder
from scratch_llm.models.registry import ATTENTION
from scratch_llm.utils.errors import (
    CheckpointError,
    ConfigError,
    MissingError,
    install_command,
)
from scratch_llm.utils.files import sha256, whole_folder, write_json

_OPSET = 23  # the first one with operators for attention and RMSNorm
# Largest root mean square error of the logits, as a share of their standard deviation.
TOLERANCE: Final = {"model.onnx": 1e-3, "model.int8.onnx": 0.1}


def export_onnx(pretrained: Pretrained, folder: Path) -> dict[str, float]:
    """Write a model for ONNX Runtime, once as it is and once with 8-bit weights.

    Args:
        pretrained: The model and its tokenizer.
        folder: Where to; an earlier export there is replaced.

    Returns:
        The measured error of each file; see TOLERANCE.

    Raises:
        CheckpointError: The exported model computes something else; nothing is written then.
        ConfigError: The folder holds something else, or the model cannot be exported.
    """
    model, config = pretrained.model, pretrained.model.config
    if config.feed_forward == "moe":
        raise ConfigError("a mixture of experts cannot be exported to ONNX", "its routing depends on values; use eager")
    with whole_folder(folder, "model.onnx") as draft, _silence():
        _export(model, draft / "model.onnx")
        _quantize(draft / "model.onnx", draft / "model.int8.onnx")
        pretrained.tokenizer.save(draft / "tokenizer")
        shape = {"format": 1, "vocab_size": config.vocab_size, "context_length": config.context_length}
        write_json(draft / "manifest.json", shape)
        errors = {file: _verify(model, draft, file) for file in TOLERANCE}
        files = {
            file: {"sha256": sha256(draft / file), "tolerance": TOLERANCE[file], "error": error}
            for file, error in errors.items()
        }
        write_json(draft / "manifest.json", {**shape, "opset": _OPSET, "files": files})
    return errors


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep from the person what the exporter and the quantizer warn about: their own workings."""
    root, nowhere = logging.getLogger(), logging.NullHandler()
    root.addHandler(nowhere)  # the quantizer would set up logging for the whole process if nobody had
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
        root.removeHandler(nowhere)


def _export(model: Decoder, path: Path) -> None:
    n_kept = model.config.n_layer * len(ATTENTION[model.config.attention].cache_shapes(model.config))
    dynamic = torch.export.Dim.DYNAMIC
    try:
        with torch.no_grad():
            program = torch.onnx.export(
                StatelessDecoder(model).eval(),
                _example(model),
                dynamo=True,
                opset_version=_OPSET,
                verbose=False,
                input_names=["tokens", "starts", "n_new", *(f"past_{i}" for i in range(n_kept))],
                output_names=["logits", *(f"new_{i}" for i in range(n_kept))],
                dynamic_shapes=(
                    {0: dynamic, 1: dynamic},
                    {0: dynamic},
                    {0: dynamic},
                    [{0: dynamic, 1: dynamic}] * n_kept,
                ),
            )
    except ModuleNotFoundError as error:
        raise MissingError(f"{error.name} is not installed", install_command("export")) from error
    assert program is not None  # noqa: S101  # with dynamo=True there is always a program
    program.save(path)


def _example(model: Decoder) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
    """Inputs whose sizes are all different and above one, so that none is taken for a constant."""
    n_row, n_token, capacity = 2, 3, 5
    shapes = ATTENTION[model.config.attention].cache_shapes(model.config) * model.config.n_layer
    past = [torch.zeros(n_row, capacity, *shape) for shape in shapes]
    return torch.ones(n_row, n_token, dtype=torch.long), torch.zeros(n_row).long(), torch.full((n_row,), n_token), past


def _quantize(source: Path, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # Unsigned weights: signed ones overflow in the 16-bit sums of CPUs that have AVX2 and nothing newer.
    quantize_dynamic(source, target, op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QUInt8)


def _verify(model: Decoder, folder: Path, file: str) -> float:
    """Compare the logits of prompts of unequal length and of steps after them with the model's own."""
    length = min(48, model.config.context_length)
    expected = _probe(EagerBackend(model, 2, length), length)
    found = _probe(OnnxBackend(folder, 2, length, file=file), length)
    error = ((found - expected).square().mean().sqrt() / expected.std()).item()
    if not error <= TOLERANCE[file]:
        raise CheckpointError(
            f"the logits of {file} are off by {error:.3g} of their standard deviation, more than {TOLERANCE[file]}",
            "use the eager backend for this model, and report its config",
        )
    return error


def _probe(backend: Backend, length: int) -> Tensor:
    """Logits of two rows: a ragged prefill, then single tokens until the rows are full."""
    prompt = length // 2
    tokens = torch.randint(0, backend.vocab_size, (2, length), generator=torch.Generator().manual_seed(0))
    logits = [backend.last_logits(tokens[:, :prompt], [0, 1], [prompt, prompt - 1])]
    for place in range(prompt, length):
        logits.append(backend.last_logits(tokens[:, place : place + 1], [0, 1], [1, 1]))
    return torch.stack(logits)
