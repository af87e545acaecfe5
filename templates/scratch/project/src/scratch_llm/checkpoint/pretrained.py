"""A model with its tokenizer in one folder.

model.safetensors   weights; tied ones are stored once
model.yaml          ModelConfig
tokenizer/          what `load_tokenizer` reads
config.yaml         TrainConfig of the run, where there was one
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import yaml
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from scratch_llm.checkpoint.store import MANIFEST, WEIGHTS, resolve, verify
from scratch_llm.config import ModelConfig, TrainConfig, dump_config
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import Tokenizer, load_tokenizer
from scratch_llm.utils.device import pick_device
from scratch_llm.utils.errors import CheckpointError
from scratch_llm.utils.files import write_text
from scratch_llm.utils.weights import write_weights


@dataclass(frozen=True)
class Pretrained:
    """What a checkpoint gives to inference and to further training."""

    model: Decoder
    tokenizer: Tokenizer
    folder: Path


def save_model(
    folder: Path,
    decoder: Decoder,
    tokenizer: Tokenizer,
    config: TrainConfig | None = None,
    weights: Mapping[str, Tensor] | None = None,
) -> None:
    """Write a model so that `load_pretrained(folder)` gives it back.

    Args:
        folder: Where to; made if it is not there.
        decoder: The model.
        tokenizer: The tokenizer that it was trained with.
        config: The run that made it.
        weights: Full weights by name, for a decoder that holds only a shard of them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = decoder.state_dict() if weights is None else weights
    repeated = _repeated_names(decoder)
    kept = {name: tensor for name, tensor in weights.items() if name not in repeated}
    write_weights(folder / WEIGHTS, kept)
    write_text(folder / "model.yaml", yaml.safe_dump(decoder.config.model_dump(mode="json"), sort_keys=False))
    tokenizer.save(folder / "tokenizer")
    if config is not None:
        write_text(folder / "config.yaml", dump_config(config))


def load_pretrained(path: Path | str, device: str = "cpu") -> Pretrained:
    """Load a model in eval mode.

    Args:
        path: A folder of `save_model`, a run's `checkpoints`, or a run: then its best checkpoint, else its last.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.

    Raises:
        CheckpointError: Nothing is there, or it is damaged or does not fit the model.
    """
    folder = resolve(Path(path))
    decoder = Decoder(read_model_config(folder))
    load_weights(decoder, folder)
    tokenizer = load_tokenizer(folder / "tokenizer")
    return Pretrained(decoder.to(pick_device(device)).eval(), tokenizer, folder)


def read_model_config(folder: Path) -> ModelConfig:
    """Read the shape of the model in a folder."""
    path = folder / "model.yaml"
    try:
        return ModelConfig.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise CheckpointError(f"{path} is missing or damaged: {error}", "use another checkpoint") from error


def load_weights(decoder: Decoder, folder: Path) -> None:
    """Fill a decoder with the weights of a folder; where it has a manifest, they are checked against it."""
    path = folder / WEIGHTS
    if (folder / MANIFEST).is_file():
        verify(folder, to_resume=False)
    try:
        weights = load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path} is missing or damaged: {error}", "use another checkpoint") from error
    wanted = {name: tensor.shape for name, tensor in decoder.state_dict().items()}
    found = {name: tensor.shape for name, tensor in weights.items()}
    for name in _repeated_names(decoder):
        wanted.pop(name, None)
    if wrong := sorted(name for name in wanted | found if wanted.get(name) != found.get(name)):
        raise CheckpointError(
            f"{path} does not fit model.yaml beside it: {', '.join(wrong[:5])}", "the two come from different models"
        )
    with torch.no_grad():
        decoder.load_state_dict(weights, strict=False)


def _repeated_names(decoder: Decoder) -> set[str]:
    """Names under which a tied weight appears again."""
    every = {name for name, _ in decoder.named_parameters(remove_duplicate=False)}
    return every - {name for name, _ in decoder.named_parameters()}
