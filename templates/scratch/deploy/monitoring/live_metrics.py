"""What a server's /metrics says, read with Python alone: two readings, and the figures that lie between them."""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from urllib.request import ProxyHandler, build_opener

ROUTES = ("/generate", "/v1/completions", "/v1/chat/completions")  # those that generate
_SAMPLE = re.compile(r"^([A-Za-z_:][\w:]*)(?:\{(.*)\})? ([+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|Inf)|NaN)(?= |$)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

fetch = build_opener(ProxyHandler({})).open  # straight there, whatever proxies the machine knows
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Reading:
    """All samples of one moment."""

    at: float
    samples: dict[tuple[str, Labels], float]

    def value(self, name: str) -> float | None:
        """The sum over all labels; None where there is no such measure."""
        found = [value for (of, _), value in self.samples.items() if of == name]
        return sum(found) if found else None


@dataclass(frozen=True)
class Figures:
    """What happened between two readings."""

    seconds: float
    requests: float
    errors: float
    answers: float
    buckets: list[tuple[float, float]]  # upper bound, and how many requests took no longer
    waiting: float  # the smaller number of those that waited, at the beginning and at the end

    @property
    def error_share(self) -> float | None:
        """The share of requests that failed by the server's own fault."""
        return self.errors / self.requests if self.requests else None

    def latency(self, quantile: float) -> float | None:
        """Seconds, interpolated between the bounds of the histogram as Prometheus does it."""
        total = self.buckets[-1][1] if self.buckets else 0
        if not total:
            return None
        rank, below, low = quantile * total, 0.0, 0.0
        for bound, count in self.buckets:
            if count >= rank:
                inside = (rank - below) / (count - below) if count > below else 1.0
                return low if math.isinf(bound) else low + (bound - low) * inside
            below, low = count, bound
        return low


def read(url: str, timeout: float = 10) -> Reading:
    """Ask a server for its measures."""
    with fetch(url, timeout=timeout) as answer:
        return parse(answer.read().decode("utf-8", "replace"), time.monotonic())


def parse(text: str, at: float = 0.0) -> Reading:
    """Prometheus' text format."""
    samples: dict[tuple[str, Labels], float] = {}
    for line in text.splitlines():
        if found := _SAMPLE.match(line):
            samples[found[1], tuple(sorted(_LABEL.findall(found[2] or "")))] = float(found[3])
    return Reading(at, samples)


def between(before: Reading, after: Reading) -> Figures:
    """The difference; after a restart counters begin anew, and what they hold then is all there is."""
    statuses: dict[str, float] = {}
    buckets: dict[float, float] = {}
    for (name, labels), value in after.samples.items():
        of = dict(labels)
        if of.get("route") not in ROUTES:
            continue
        old = before.samples.get((name, labels), 0.0)
        grown = value - old if value >= old else value
        if name == "llm_requests_total":
            statuses[of["status"]] = statuses.get(of["status"], 0.0) + grown
        elif name == "llm_request_seconds_bucket":
            buckets[float(of["le"])] = buckets.get(float(of["le"]), 0.0) + grown
    return Figures(
        seconds=after.at - before.at,
        requests=sum(statuses.values()),
        errors=sum(count for status, count in statuses.items() if status.startswith("5")),
        answers=statuses.get("200", 0.0),
        buckets=sorted(buckets.items()),
        waiting=min(before.value("llm_queue_depth") or 0.0, after.value("llm_queue_depth") or 0.0),
    )
