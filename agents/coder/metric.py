"""Success metrics that no candidate of that size has ever reached."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.coder.findings import Findings
from framework.knowledge.catalog import models

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%?")
_CHANCE = {"MMLU": 25.0}


def out_of_reach(known: Findings) -> Iterator[tuple[str, str]]:
    """Each metric that is out of reach, with the best that a model of that size or smaller has shown."""
    size = 1.2 * known.best.params
    for metric in known.need.wanted.texts("success_metric"):
        for bench, chance in _CHANCE.items():
            wanted = _wanted(metric, bench)
            shown = [
                quality.score
                for model in models()
                for quality in model.quality
                if quality.name == bench and model.published_params <= size
            ]
            scratch = known.best.draft.option.method == "scratch"
            best = chance + 5 if scratch or not shown else max(shown)
            if wanted and wanted > best:
                yield metric, f"{best:g}"


def _wanted(metric: str, bench: str) -> float | None:
    if bench.lower() not in metric.lower():
        return None
    numbers = [float(found) for found in _PERCENT.findall(metric)]
    bounds = [number * 100 if number < 1 else number for number in numbers if number <= 100]
    return max(bounds, default=None)
