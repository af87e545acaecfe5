"""Quantized models: making them, and keeping them in a folder.

model.safetensors    quantized weights, and what stays as it was
model.yaml           ModelConfig
quantization.json    how: {"method": "int8"} or {"method": "gptq", "group": 32}
tokenizer/           what `load_tokenizer` reads
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from scratch_llm.checkpoint import Pretrained, read_model_config
from scratch_llm.inference.gptq import gptq
from scratch_llm.inference.quantized_linear import Int4Linear, Int8Linear, rounded_layers
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import load_tokenizer
from scratch_llm.utils.device import pick_device
from scratch_llm.utils.errors import CheckpointError, ConfigError
from scratch_llm.utils.files import whole_folder, write_json, write_text
from scratch_llm.utils.weights import write_weights

Method = Literal["int8", "gptq"]
GROUPS: Final = (32, 64, 128, 256)
NOTE: Final = "quantization.json"


def quantize_int8(model: Decoder) -> None:
    """Replace every linear layer, in place, by one with 8-bit weights."""
    for name, layer in rounded_layers(model).items():
        model.set_submodule(name, Int8Linear.of(layer))


def quantize_gptq(model: Decoder, calibration: Sequence[Tensor], group: int = 32) -> None:
    """Replace the blocks' linear layers, in place, by 4-bit ones that are fitted to the calibration texts.

    Args:
        model: A decoder in eval mode.
        calibration: Batches of token ids [B, T].
        group: Inputs that share a scale: 32, 64, 128 or 256. Smaller is more exact and takes more space.
    """
    if group not in GROUPS:
        raise ConfigError(f"group {group} is not one of {GROUPS}", "use 32 for small models, 128 for large ones")
    gptq(model, calibration, group)


def save_quantized(quantized: Pretrained, folder: Path) -> None:
    """Write a model after `quantize_int8` or `quantize_gptq`, so that `load_quantized` gives it back."""
    model = quantized.model
    with whole_folder(folder, NOTE) as draft:
        weights = model.state_dict()
        if model.config.tie_embeddings and isinstance(model.head, nn.Linear):
            del weights["head.weight"]
        write_weights(draft / "model.safetensors", weights)
        write_text(draft / "model.yaml", yaml.safe_dump(model.config.model_dump(mode="json"), sort_keys=False))
        write_json(draft / NOTE, _describe(model))
        quantized.tokenizer.save(draft / "tokenizer")


def is_quantized(folder: Path) -> bool:
    """Whether `save_quantized` wrote this folder."""
    return (folder / NOTE).is_file()


def load_quantized(folder: Path, method: Method, device: str = "cpu") -> Pretrained:
    """Load a folder of `save_quantized`.

    Raises:
        CheckpointError: The folder is damaged, or was quantized by another method.
    """
    note = _read_note(folder)
    if note["method"] != method:
        raise CheckpointError(f"'{folder}' is quantized by {note['method']}, not {method}", f"use {note['method']}")
    model = Decoder(read_model_config(folder))
    _prepare(model, note)
    try:
        missing, unexpected = model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise CheckpointError(f"{folder / 'model.safetensors'} is damaged: {error}", "quantize again") from error
    if unexpected or set(missing) - {"head.weight"}:
        raise CheckpointError(f"{folder / 'model.safetensors'} does not fit model.yaml beside it", "quantize again")
    return Pretrained(model.to(pick_device(device)).eval(), load_tokenizer(folder / "tokenizer"), folder)


def _describe(model: Decoder) -> dict[str, Any]:
    groups = [layer.group for layer in model.modules() if isinstance(layer, Int4Linear)]
    return {"method": "gptq", "group": groups[0]} if groups else {"method": "int8"}


def _prepare(model: Decoder, note: dict[str, Any]) -> None:
    """Put empty quantized layers where the file has them."""
    if note["method"] == "int8":
        for name, layer in rounded_layers(model).items():
            model.set_submodule(name, Int8Linear(layer.in_features, layer.out_features))
    else:
        for name, layer in rounded_layers(model.blocks).items():
            model.blocks.set_submodule(name, Int4Linear(layer.in_features, layer.out_features, note["group"]))


def _read_note(folder: Path) -> dict[str, Any]:
    try:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        known = note["method"] == "int8" or (note["method"] == "gptq" and note["group"] in GROUPS)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"'{folder}' holds no quantized model: {error}", "see scripts/quantize.py") from error
    if not known:
        raise CheckpointError(f"{folder / NOTE} names a method that is unknown here", "quantize the model again")
    return dict(note)
