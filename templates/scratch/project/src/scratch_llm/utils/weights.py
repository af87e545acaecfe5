"""Tensors in a file."""

from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor


def write_weights(path: Path, weights: Mapping[str, Tensor]) -> None:
    """Write tensors by name as safetensors, readable by whom the umask lets read.

    The library makes files that only their owner can read; a server often runs as somebody else.
    """
    path.touch()
    mode = path.stat().st_mode
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    save_file(plain, path, {"format": "pt"})
    path.chmod(mode)
