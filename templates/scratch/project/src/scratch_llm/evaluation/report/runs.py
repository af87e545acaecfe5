"""A run's folder as a report needs it."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scratch_llm.utils.errors import DataError

Point = tuple[float, float]


@dataclass(frozen=True)
class Run:
    """One run: its config by dotted keys, and the lines that it wrote."""

    name: str
    config: Mapping[str, Any]
    metrics: tuple[Mapping[str, Any], ...]
    samples: tuple[Mapping[str, Any], ...]
    scores: tuple[Mapping[str, Any], ...]

    def curve(self, metric: str) -> list[Point]:
        """Give the values of a metric over the steps."""
        return [(line["step"], line[metric]) for line in self.metrics if isinstance(line.get(metric), int | float)]

    def last(self, metric: str) -> float | None:
        """Give the last value of a metric, or None where it was never logged."""
        curve = self.curve(metric)
        return curve[-1][1] if curve else None

    def finite_curve(self, metric: str) -> list[Point]:
        """Give the values of a metric that are numbers: a run that diverged has logged others too."""
        return [point for point in self.curve(metric) if math.isfinite(point[1])]

    def best(self, metric: str) -> float | None:
        """Give the lowest finite value of a metric."""
        return min((value for _, value in self.finite_curve(metric)), default=None)


def read_run(path: Path) -> Run:
    """Read a run, `outputs/<experiment>/<timestamp>`, or the newest one of an experiment.

    Evaluations of a run's checkpoints are found below it.
    """
    folder = _run_folder(path)
    try:
        config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
        metrics = tuple(_lines(folder / "metrics.jsonl"))
        samples = tuple(_lines(folder / "samples.jsonl")) if (folder / "samples.jsonl").exists() else ()
        scores = [
            score
            for path in sorted(folder.glob("checkpoints/*/evaluation/evaluation.json"))
            for score in json.loads(path.read_text(encoding="utf-8"))["scores"]
        ]
    except (OSError, ValueError, KeyError, yaml.YAMLError) as error:
        raise DataError(
            f"'{folder}' is no run that can be read: {error}", "give outputs/<experiment> or a run in it"
        ) from error
    name = "/".join(folder.resolve().parts[-2:])
    return Run(name, dict(_flat(config)), metrics, samples, tuple(scores))


def _run_folder(path: Path) -> Path:
    runs = [] if (path / "config.yaml").exists() else sorted(path.glob("*/metrics.jsonl"))
    return runs[-1].parent if runs else path


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file; the last one may be cut off where the run was killed."""
    lines = path.read_text(encoding="utf-8").split("\n")  # model text may hold other line breaks
    for number, line in enumerate(lines, start=1):
        try:
            yield json.loads(line)
        except ValueError:
            if number < len(lines):
                raise


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
