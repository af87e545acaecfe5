"""What a run of one epoch has left on disk: read from its own files, not from what it says."""

from __future__ import annotations

import hashlib
import json
import math
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from framework.artifacts.base import Strict
from framework.artifacts.files import outside_failures
from framework.resources import parse_with_nodes

_WEIGHTS, _MANIFEST, _METRICS = "model.safetensors", "manifest.json", "metrics.jsonl"
_LONGEST, _LARGEST = 1 << 24, 1 << 36  # bytes of a text, and of weights: a run is not trusted with the memory
_AXES, _AXIS = 16, 1 << 48  # of a tensor: more is no shape
_TICK = 2.0  # seconds by which a file system may round its times
# What a run can have in its files that is none: the project's code wrote them, or was killed while it did.
_NO_RUN = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError, yaml.YAMLError)


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
    task: str = "pretrain"
    start_from: str | None = None


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
    fresh: bool  # whether the command wrote it, and did not take it from an earlier run

    @property
    def wanted_steps(self) -> int:
        """What the data and the batch size demand of one epoch."""
        loop = self.sizes.training
        return math.ceil(math.ceil(self.rows / loop.batch_size) / loop.accumulate)

    @property
    def begins_from_nothing(self) -> bool:
        """Whether the model knew nothing before it."""
        return self.sizes.task == "pretrain" and self.sizes.start_from is None

    @property
    def wanted_tokens(self) -> int:
        """Every row once."""
        return self.rows * self.sizes.model.context_length


def runs(root: Path) -> set[str]:
    """The folders of all runs that there are."""
    return {path.parent.relative_to(root).as_posix() for path in (root / "outputs").glob(f"**/{_METRICS}")}


def moment(root: Path) -> float:
    """Now, by the clock of the disk that the project lies on."""
    with outside_failures(root), TemporaryFile(dir=root) as file:
        return os.fstat(file.fileno()).st_mtime


def read_epoch(root: Path, before: set[str], since: float = 0.0) -> Epoch | None:
    """The run that has come since; None where none has, or where it broke off too early to tell."""
    new = sorted(runs(root) - before)
    if not new:
        return None
    folder = root / new[-1]
    try:
        config = parse_with_nodes(_text(folder / "config.yaml"))[0]
        data = json.loads(_text(folder / "data.json"))
        threads = json.loads(_text(folder / "environment.json"))["threads"]
        lines = list(_lines(folder / _METRICS))
        fresh = _is_fresh(folder, [root / one for one in before], since)
        return _epoch(root, folder, config, data, threads, lines, fresh)
    except _NO_RUN:
        return None


def saved_at(root: Path, path: str) -> Saved | None:
    """The checkpoint whose weights lie there; None where none can be read."""
    weights = root / path
    try:
        return Saved(
            path=path,
            sha256=_digest(weights),
            step=int(weights.parent.name.rpartition("_")[2]),
            whole=_is_whole(weights.parent),
            parameters=_parameters(weights),
        )
    except (OSError, ValueError):
        return None


def _epoch(
    root: Path, folder: Path, config: Any, data: Any, threads: int, lines: list[dict[str, Any]], fresh: bool
) -> Epoch:
    trained = [line for line in lines if "loss" in line]
    weights = _weights(folder)
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
        fresh=fresh,
    )


def _weights(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"checkpoints/step_*/{_WEIGHTS}"))


def _is_fresh(folder: Path, earlier: Iterable[Path], since: float) -> bool:
    """By its times, and by its speeds: the same seed gives the same weights again, but no clock the same seconds."""
    written = [folder / _METRICS, folder / "data.json", *_weights(folder)[-1:]]
    if any(path.lstat().st_mtime < since - _TICK for path in written):
        return False
    return all(_metrics(one) != _metrics(folder) for one in earlier)


def _metrics(folder: Path) -> str:
    """What an earlier run has measured; nothing where that cannot be read."""
    try:
        return _text(folder / _METRICS)
    except (OSError, ValueError):
        return ""


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in _text(path).splitlines():
        if line.strip():
            yield json.loads(line)


def _plain(path: Path, most: int) -> Path:
    """A file and nothing that only looks like one: a pipe would never end, a link leads anywhere."""
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > most:
        raise ValueError(f"{path} is no plain file of at most {most} bytes")
    return path


def _text(path: Path) -> str:
    return _plain(path, _LONGEST).read_text(encoding="utf-8", errors="replace")


def _digest(path: Path) -> str:
    with _plain(path, _LARGEST).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_whole(step: Path) -> bool:
    try:
        manifest = json.loads(_text(step / _MANIFEST))
        return _WEIGHTS in manifest and all(_digest(step / name) == wanted for name, wanted in manifest.items())
    except _NO_RUN:
        return False


def _parameters(weights: Path) -> int:
    """How many numbers a safetensors file holds: its header says the shape of each tensor."""
    try:
        with _plain(weights, _LARGEST).open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(length, _LONGEST)))
        return sum(_size(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")
    except _NO_RUN:
        return 0


def _size(shape: list[int]) -> int:
    if len(shape) > _AXES or not all(type(axis) is int and 0 <= axis < _AXIS for axis in shape):
        raise ValueError("no shape of a tensor")
    return math.prod(shape)
