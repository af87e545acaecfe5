"""What a run of one epoch has left on disk: read from its own files, not from what it says."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from framework.artifacts.base import Strict, sha256
from framework.artifacts.files import outside_failures, read_text
from framework.resources import parse_yaml

_WEIGHTS, _MANIFEST = "model.safetensors", "manifest.json"


class Saved(Strict):
    """A checkpoint: its weights, and whether every file is the one that its manifest names."""

    path: str
    sha256: str
    step: int
    whole: bool
    parameters: int


class _Part(BaseModel):
    """What is needed of a section of the run's config; the rest is the project's own affair."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Model(_Part):
    context_length: int = Field(gt=0)


class _Loop(_Part):
    batch_size: int = Field(gt=0)
    accumulate: int = Field(gt=0)


class _Config(_Part):
    model: _Model
    training: _Loop


class Epoch(Strict):
    """One run, as far as its files tell."""

    folder: str
    config: dict[str, Any]
    sizes: _Config
    rows: int
    steps: int
    tokens: int
    losses: list[float]
    validations: dict[int, float]
    speeds: list[float]
    threads: int
    saved: Saved | None

    @property
    def wanted_steps(self) -> int:
        """What the data and the batch size demand of one epoch."""
        loop = self.sizes.training
        return math.ceil(math.ceil(self.rows / loop.batch_size) / loop.accumulate)

    @property
    def wanted_tokens(self) -> int:
        """Every row once."""
        return self.rows * self.sizes.model.context_length


def runs(root: Path) -> set[str]:
    """The folders of all runs that there are."""
    return {path.parent.relative_to(root).as_posix() for path in (root / "outputs").glob("**/metrics.jsonl")}


def read_epoch(root: Path, before: set[str]) -> Epoch | None:
    """The run that has come since; None where none has, or where it broke off too early to tell."""
    new = sorted(runs(root) - before)
    if not new:
        return None
    folder = root / new[-1]
    try:
        config = parse_yaml(read_text(folder / "config.yaml"))
        data = json.loads(read_text(folder / "data.json"))
        threads = json.loads(read_text(folder / "environment.json"))["threads"]
        lines = list(_lines(folder / "metrics.jsonl"))
        return _epoch(root, folder, config, data, threads, lines)
    except (ValueError, KeyError, TypeError, yaml.YAMLError):
        return None


def saved_at(root: Path, path: str) -> Saved | None:
    """The checkpoint whose weights lie there."""
    weights = root / path
    if not weights.is_file():
        return None
    with outside_failures(weights):
        data = weights.read_bytes()
        return Saved(
            path=path,
            sha256=sha256(data),
            step=int(weights.parent.name.rpartition("_")[2]),
            whole=_is_whole(weights.parent),
            parameters=_parameters(data),
        )


def _epoch(root: Path, folder: Path, config: Any, data: Any, threads: int, lines: list[dict[str, Any]]) -> Epoch:
    trained = [line for line in lines if "loss" in line]
    weights = sorted(folder.glob(f"checkpoints/step_*/{_WEIGHTS}"))
    return Epoch(
        folder=folder.relative_to(root).as_posix(),
        config=config,
        sizes=_Config.model_validate(config),
        rows=data["train"]["rows"],
        steps=max((line["step"] for line in trained), default=0),
        tokens=max((line["tokens"] for line in trained), default=0),
        losses=[line["loss"] for line in trained],
        validations={line["step"]: line["val_loss"] for line in lines if "val_loss" in line},
        speeds=[line["tokens_per_second"] for line in trained],
        threads=threads,
        saved=saved_at(root, weights[-1].relative_to(root).as_posix()) if weights else None,
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in read_text(path).splitlines():
        if line.strip():
            yield json.loads(line)


def _is_whole(step: Path) -> bool:
    try:
        manifest = json.loads(read_text(step / _MANIFEST))
        return _WEIGHTS in manifest and all(
            sha256((step / name).read_bytes()) == wanted for name, wanted in manifest.items()
        )
    except (ValueError, OSError, AttributeError):
        return False


def _parameters(data: bytes) -> int:
    """How many numbers a safetensors file holds: its header says the shape of each tensor."""
    try:
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        shapes = [tensor["shape"] for name, tensor in header.items() if name != "__metadata__"]
        return sum(math.prod(shape) for shape in shapes)
    except (ValueError, KeyError, TypeError):
        return 0
