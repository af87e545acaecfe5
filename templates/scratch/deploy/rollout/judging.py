"""Is a new version as good as the one that serves? Errors, time, and answers, each beside those of the old version.

Answers are judged without knowing what is right: the share of their letter triples that occur in real text, times the
share of triples that are not repetitions. A model that has lost its weights writes triples that no text has; one that
is stuck writes the same ones. Both versions are asked the same, so that only the difference counts.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request

from live_metrics import Figures, Reading, between, fetch, read

_NOISE_S = 0.05  # a difference that says nothing on a busy machine
_FEW_ERRORS = 3  # are enough to go back at once, if they are too large a share
_TOKENS = 48
_SEEDS = (1, 2)
_LONGEST_TEXT = 2_000_000
OUTSIDE = (URLError, HTTPException, OSError)


@dataclass(frozen=True)
class Bar:
    """What a new version must reach."""

    latency_s: float
    quantile: float
    most_errors: float
    slower: float
    quality: float
    least_requests: int


@dataclass(frozen=True)
class Version:
    """One running version."""

    name: str
    url: str
    key: str

    def ready(self) -> bool:
        """Whether it takes requests."""
        try:
            with fetch(f"{self.url}/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OUTSIDE:
            return False

    def reading(self) -> Reading:
        """Its measures now."""
        return read(f"{self.url}/metrics")

    def idle(self) -> bool:
        """Whether nothing is in work; a version that does not answer has nothing either."""
        try:
            now = self.reading()
        except OUTSIDE:
            return True
        return not (now.value("llm_active_requests") or now.value("llm_queue_depth"))

    def answer(self, prompt: str, seed: int, timeout: float = 60) -> str:
        """Its continuation of a text."""
        wish = {"prompt": prompt, "max_new_tokens": _TOKENS, "temperature": 0.8, "seed": seed}
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.key}"} if self.key else {})
        asked = Request(f"{self.url}/generate", json.dumps(wish).encode(), headers)  # noqa: S310
        with fetch(asked, timeout=timeout) as answer:
            return str(json.load(answer)["text"])


@dataclass(frozen=True)
class Probed:
    """What a version did with the fixed prompts."""

    errors: int
    asked: int
    seconds: float  # the median
    quality: float


@dataclass(frozen=True)
class Judge:
    """Compares a new version with the one that serves."""

    bar: Bar
    prompts: list[str]
    reference: frozenset[str]  # the triples of real text

    def compare(self, new: Version, old: Version) -> Iterator[str]:
        """Ask both the same; the reasons to refuse the new one."""
        mine, theirs = self.probe(new), self.probe(old)
        if mine.errors:
            yield f"{mine.errors} of {mine.asked} questions were not answered"
            return
        if self._slow(mine.seconds, theirs.seconds):
            yield f"an answer takes {mine.seconds:.2f} s, the old version's {theirs.seconds:.2f} s"
        if mine.quality < self.bar.quality * theirs.quality:
            yield f"answers are worth {mine.quality:.2f}, the old version's {theirs.quality:.2f}"

    def probe(self, version: Version) -> Probed:
        """The fixed prompts, one after the other."""
        texts: list[str] = []
        times: list[float] = []
        asked = [(prompt, seed) for prompt in self.prompts for seed in _SEEDS]
        for prompt, seed in asked:
            began = time.monotonic()
            try:
                texts.append(version.answer(prompt, seed))
                times.append(time.monotonic() - began)
            except (*OUTSIDE, ValueError, KeyError, TypeError):
                continue
        seconds = statistics.median(times) if times else 0.0
        return Probed(len(asked) - len(texts), len(asked), seconds, quality(texts, self.reference))

    def broken(self, figures: Figures) -> str:
        """Why it must go back at once, while a step is still on; empty if it need not."""
        share = figures.error_share or 0.0
        if figures.errors >= _FEW_ERRORS and share > self.bar.most_errors:
            return f"{figures.errors:.0f} of {figures.requests:.0f} requests have failed"
        return ""

    def reasons(self, new: Figures, old: Figures) -> Iterator[str]:
        """What speaks against it at the end of a step."""
        share = new.error_share
        if share is None:
            yield "it has answered nothing"
            return
        if share > self.bar.most_errors:
            yield f"{new.errors:.0f} of {new.requests:.0f} requests have failed"
        mine, theirs = new.latency(self.bar.quantile), old.latency(self.bar.quantile)
        if mine is not None and self._slow(mine, mine if theirs is None else theirs):
            yield f"p{100 * self.bar.quantile:g} is {mine:.2f} s, the old version's {theirs or mine:.2f} s"

    def _slow(self, mine: float, theirs: float) -> bool:
        """Beyond what is required where the old one is not, or clearly slower than it."""
        late = mine > self.bar.latency_s >= theirs
        return late or mine > max(self.bar.slower * theirs, theirs + _NOISE_S)


def triples(text: str) -> list[str]:
    """Three letters each."""
    return [text[place : place + 3] for place in range(len(text) - 2)]


def quality(texts: list[str], reference: frozenset[str]) -> float:
    """From 0 to 1, of all answers together."""
    found = [triple for text in texts for triple in triples(text)]
    if not found:
        return 0.0
    known = sum(triple in reference for triple in found) / len(found)
    return known * _fresh(texts)


def _fresh(texts: list[str]) -> float:
    """The share of triples that an answer has not written before."""
    counts = [(len(set(triples(text))), len(triples(text))) for text in texts if len(text) > 2]
    return sum(own for own, _ in counts) / max(1, sum(total for _, total in counts))


def reference_of(path: Path, otherwise: Version, prompts: list[str]) -> frozenset[str]:
    """The triples of real text; without any, those of what the serving version writes."""
    if path.is_file():
        lines = path.read_text(encoding="utf-8")[:_LONGEST_TEXT].splitlines()
        return frozenset(triple for line in lines for text in _texts(line) for triple in triples(text))
    answers = (otherwise.answer(prompt, seed) for prompt in prompts for seed in range(10, 14))
    return frozenset(triple for answer in answers for triple in triples(answer))


def _texts(line: str) -> Iterator[str]:
    try:
        yield from _strings(json.loads(line))
    except ValueError:
        yield line


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for part in data.values() if isinstance(data, dict) else data:
            yield from _strings(part)


def since(version: Version, before: Reading) -> Figures:
    """What has happened to a version since then."""
    return between(before, version.reading())
