"""What the weights of a service are, as their own files tell it: how large, and what they have learned from."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from framework.artifacts.document import parse_mapping
from framework.artifacts.files import ProjectFiles, read_text
from framework.artifacts.image import FOLDER, Image, ImageWeights
from framework.artifacts.mini_dataset import FOLDER as MINI
from framework.artifacts.running import Served
from framework.errors import InvalidDocument, UsageError
from framework.runtime.weights import Weights, look_at

_COPIED = f"{FOLDER}/weights"  # what lies ready for the next image
_CONFIG = "config.yaml"  # that a run writes beside its checkpoint
_TENSORS = ".safetensors"
_LENGTH = ("epochs", "max_steps")


class _Tensor(BaseModel):
    shape: list[int]


class _Run(BaseModel):
    """A run's config, as far as it says what the weights are."""

    task: str = Field(default="pretrain", pattern=r"^[a-z_]+$")
    model: dict[str, Any] = Field(default_factory=dict)
    data: dict[str, Any] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)


_HEADER = TypeAdapter(dict[str, _Tensor])


def served_weights(files: ProjectFiles, image: Image) -> Served | None:
    """Those that the image was made with; what its files do not show any more stays open."""
    weights = image.weights
    if weights is None:
        return None
    small = weights.trained_by == "debug"
    found = _found(files, weights, image)
    if found is None:
        return Served(path=weights.path, small=small)
    run = _run(found.folder / _CONFIG)
    full = _run(files.root / f"configs/{run.task}/full.yaml")
    # The model is that of the pretraining: what comes after it says nothing of its shape.
    large, tiny = (_run(files.root / f"configs/pretrain/{name}.yaml").model for name in ("full", "mini"))
    shaped = _agree(run.model, large)
    tried = run.data.get("path") == MINI or (_agree(run.model, tiny) and not shaped)
    return Served(
        path=weights.path,
        small=small or tried,
        parameters=_parameters(found.file),
        context=_whole(run.model.get("context_length")),
        data=" ".join(str(run.data[key]) for key in ("dataset_name", "path") if run.data.get(key)),
        shaped=shaped,
        learned=_agree(run.data, full.data) and _agree(run.training, _length(full)),
    )


def _found(files: ProjectFiles, weights: ImageWeights, image: Image) -> Weights | None:
    """Where they still lie as they were served: at their own place, or where the image was made."""
    for place in (weights.path, _COPIED):
        try:
            found = look_at(files.root, place, image.language)
        except UsageError:
            continue
        if found.sha256 == weights.sha256:
            return found
    return None


def _run(path: Path) -> _Run:
    """What is not there, or is nothing that one can read, says nothing."""
    try:
        return parse_mapping(_Run, read_text(path), path.name) if path.is_file() else _Run()
    except InvalidDocument:
        return _Run()


def _length(run: _Run) -> dict[str, Any]:
    """How long it is to train: that the batch is another one does not matter."""
    return {key: run.training[key] for key in _LENGTH if key in run.training} or {"epochs": 1.0}


def _agree(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether all that is wanted was so; nothing is no agreement. A run's own config has every default besides."""
    return bool(wanted) and all(_same(found.get(key), value) for key, value in wanted.items())


def _same(found: Any, wanted: Any) -> bool:
    return _agree(found, wanted) if isinstance(found, dict) and isinstance(wanted, dict) else bool(found == wanted)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _parameters(file: Path) -> int | None:
    """Counted in the header, which names the shape of every tensor; tied weights stand there once."""
    if file.suffix != _TENSORS:
        return None
    with file.open("rb") as stream:
        text = stream.read(int.from_bytes(stream.read(8), "little"))
    try:
        tensors = _HEADER.validate_python({k: v for k, v in json.loads(text).items() if k != "__metadata__"})
    except (ValueError, ValidationError):
        return None
    return sum(math.prod(one.shape) for one in tensors.values())
