"""Generation with ONNX Runtime: on a CPU the fastest way that this project has."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from scratch_llm.inference.buffered import BufferedBackend
from scratch_llm.utils.errors import CheckpointError, MissingError, install_command


class Manifest(NamedTuple):
    """What one must know of an exported model to use it."""

    context_length: int
    vocab_size: int


class OnnxBackend(BufferedBackend):
    """An exported model."""

    def __init__(self, folder: Path, n_row: int, length: int, *, file: str = "model.onnx") -> None:
        """Open a folder of `export_onnx`.

        Args:
            folder: Where it lies.
            n_row: Sequences that are held at once.
            length: Tokens that a sequence can have; 0: the model's context length.
            file: `model.onnx`, or `model.int8.onnx` for the quantized one.
        """
        manifest = read_manifest(folder)
        self._session = _open(folder / file)
        self._names = [entry.name for entry in self._session.get_inputs()][3:]
        kept = [tuple(entry.shape[2:]) for entry in self._session.get_inputs()][3:]
        context = manifest.context_length
        super().__init__(
            kept, n_row, min(length, context) if length else context, manifest.vocab_size, torch.device("cpu")
        )

    def compute(self, tokens: Tensor, starts: Tensor, n_new: Tensor, past: list[Tensor]) -> list[Tensor]:
        """Run the session; on the CPU tensors and arrays share their memory."""
        feed = {"tokens": tokens.numpy(), "starts": starts.numpy(), "n_new": n_new.numpy()}
        feed |= {name: tensor.numpy() for name, tensor in zip(self._names, past, strict=True)}
        return [torch.from_numpy(array) for array in self._session.run(None, feed)]


def read_manifest(folder: Path) -> Manifest:
    """Read what `export_onnx` wrote about a folder."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return Manifest(int(manifest["context_length"]), int(manifest["vocab_size"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"'{folder}' holds no exported model: {error}",
            "make one: python scripts/export.py --format onnx --checkpoint RUN --output FOLDER",
        ) from error


def _open(path: Path) -> Any:
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise MissingError("onnxruntime is not installed", install_command("export")) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.inter_op_num_threads = 1
    if not path.is_file():
        raise CheckpointError(f"'{path}' does not exist", "export the model again")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
