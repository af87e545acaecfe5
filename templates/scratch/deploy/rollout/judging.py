"""Is a new version as good as the one that serves? Errors, time, and answers, each beside those of the old version.

What counts is what the proxy saw, and what is answered to questions that come as users' questions come; never what a
version says of itself. Answers are judged without knowing what is right: the share of their letter triples that occur
in real text, times the share of triples that are not repetitions. A model that has lost its weights writes triples
that no text has; one that is stuck writes the same ones. Both versions are asked the same, so that only the difference
counts.
"""

from __future__ import annotations

import json
import math
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asking import WRONG, Said, Version, working
from live_metrics import ROUTES
from traffic import Tally

_NOISE = 0.1  # of the latency that is promised: on a busy machine so small a difference says nothing
_FEW = 3  # are enough to go back at once, if they are too large a share
_SHORTER = 0.5  # an answer of half the size: nothing else than emptiness halves the median of all users
_SEEDS = (1, 2)
_LONGEST_TEXT = 2_000_000


@dataclass(frozen=True)
class Bar:
    """What a new version must reach."""

    latency_s: float
    quantile: float
    most_errors: float
    slower: float
    quality: float
    least_requests: int
    stuck_s: float  # without an answer for so long, a version hangs


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
        yield from self._by_route(new, old)

    def probe(self, version: Version) -> Probed:
        """The fixed prompts, one after the other."""
        texts: list[str] = []
        times: list[float] = []
        asked = [(prompt, seed) for prompt in self.prompts for seed in _SEEDS]
        for prompt, seed in asked:
            began = time.monotonic()
            try:
                texts.append(version.answer(prompt, seed, self.bar.stuck_s))
                times.append(time.monotonic() - began)
            except TimeoutError:
                break  # the others would take as long
            except WRONG:
                continue
        seconds = statistics.median(times) if times else 0.0
        return Probed(len(asked) - len(texts), len(asked), seconds, quality(texts, self.reference))

    def _by_route(self, new: Version, old: Version) -> Iterator[str]:
        """Every route, whole and as a stream; what the old version cannot do either is no reason."""
        prompt, same = self.prompts[0], False
        for route in ROUTES:
            mine, theirs = (one.said(route, prompt, self.bar.stuck_s) for one in (new, old))
            same = mine.whole == theirs.whole if route == ROUTES[0] else same
            if not theirs.why and (why := _worse(mine, theirs, same)):
                yield f"{route}: {why}"

    def hangs(self, new: Version, route: str) -> str:
        """Why it must go back at once, of a question that is asked now; what is answered wrongly the proxy counts."""
        why = new.said(route, self.prompts[0], self.bar.stuck_s).why
        return f"{route}: {why}" if why.startswith("no answer") else ""

    def routes(self, old: Version) -> list[str]:
        """Those that can be asked."""
        return working(old, self.prompts[0], self.bar.stuck_s)

    def broken(self, new: Tally, old: Tally) -> str:
        """Why it must go back at once, while a step is still on; empty if it need not."""
        if new.errors >= _FEW and new.errors > self.bar.most_errors * new.requests:
            return f"{new.errors} of {new.requests} requests have failed"
        for mine, theirs, what in (
            (new.refused, old.refused, "were refused (4xx)"),
            (new.broken_off, old.broken_off, "were cut short or not waited for"),
        ):
            if mine >= _FEW and mine > self._expected(theirs, old.requests, new.requests):
                return f"{mine} of {new.requests} requests {what}, of the old version's {theirs} of {old.requests}"
        for route in ROUTES:
            size, wanted = (one.size(route, self.bar.least_requests) for one in (new, old))
            if size is not None and wanted is not None and size < _SHORTER * wanted:
                return f"{route}: an answer has {size:.0f} bytes, the old version's {wanted:.0f}"
        return ""

    def _expected(self, errors: int, of: int, requests: int) -> float:
        """The most that is no worse than the old version's, chance included: users make mistakes and leave."""
        mean = errors / of * requests if of else 0.0
        return mean + 3 * math.sqrt(mean) + self.bar.most_errors * requests

    def reasons(self, new: Tally, old: Tally) -> Iterator[str]:
        """What speaks against it at the end of a step."""
        if not new.requests:
            yield "it has answered nothing"
            return
        if new.errors > self.bar.most_errors * new.requests:
            yield f"{new.errors} of {new.requests} requests have failed"
        elif why := self.broken(new, old):
            yield why
        mine, theirs = new.latency(self.bar.quantile), old.latency(self.bar.quantile)
        if mine is not None and self._slow(mine, mine if theirs is None else theirs):
            yield f"p{100 * self.bar.quantile:g} is {mine:.2f} s, the old version's {theirs or mine:.2f} s"

    def _slow(self, mine: float, theirs: float) -> bool:
        """Beyond what is required where the old one is not, or clearly slower than it."""
        late = mine > self.bar.latency_s >= theirs
        return late or mine > max(self.bar.slower * theirs, theirs + _NOISE * self.bar.latency_s)


def _worse(mine: Said, theirs: Said, same: bool) -> str:
    """Than the old version's answer to the same question. `same`: they have the same weights, as it seems."""
    if mine.why:
        return mine.why
    if theirs.whole.strip() and not (mine.whole.strip() and mine.streamed.strip()):
        return "the answer is empty"
    if theirs.whole == theirs.streamed and mine.whole != mine.streamed:
        return "a stream says something else than a whole answer"
    return "the answer is another one, though /generate gives the same" if same and mine.whole != theirs.whole else ""


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
