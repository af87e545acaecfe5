"""What the proxy saw of each version: its access log, read while it grows. No version can embellish it."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from live_metrics import ROUTES

ALONE = "_alone"  # a version without the other behind it: so only the rollout itself asks
_LEFT = 499  # nginx' status for a client that did not wait


@dataclass
class Tally:
    """The requests that a version got first, whoever answered them in the end."""

    requests: int = 0
    errors: int = 0  # 5xx, or nothing at all
    refused: int = 0  # 4xx
    broken_off: int = 0  # the answer was cut short, or the client did not wait for it
    seconds: list[float] = field(default_factory=list)
    sizes: dict[str, list[int]] = field(default_factory=dict)  # bytes of whole answers, by route

    def add(self, line: dict[str, Any], asked_by_us: bool) -> None:
        """One request. What we ask ourselves may be refused: not every model can do everything."""
        first = line["asked"].split(", ")[0]
        status = int(first) if first.isdigit() else _LEFT if line["status"] == _LEFT else 502
        self.requests += 1
        self.errors += status >= 500
        if status < 400:
            self.seconds.append(float(line["took"].split(", ")[0]))
        if asked_by_us:
            return
        announced = line["length"].isdigit() and status < 400
        whole = announced and line["got"] == line["length"]
        self.refused += 400 <= status < 500 and status != _LEFT
        self.broken_off += status == _LEFT or (announced and not whole)
        if whole:
            self.sizes.setdefault(line["uri"], []).append(int(line["length"]))

    def latency(self, quantile: float) -> float | None:
        """Seconds."""
        times = sorted(self.seconds)
        return times[min(len(times) - 1, math.floor(quantile * len(times)))] if times else None

    def size(self, route: str, least: int) -> float | None:
        """The median size of an answer, of that many at least."""
        found = self.sizes.get(route, [])
        return statistics.median(found) if len(found) >= least else None


class Log:
    """Goes on where the last look has ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0

    def empty(self) -> None:
        """Begin anew; the proxy appends. Its group may write: the proxy has no more rights in a container."""
        self._path.parent.mkdir(exist_ok=True)
        self._path.open("w").close()
        self._path.chmod(0o660)
        self._at = 0

    def count(self) -> dict[str, Tally]:
        """What has been asked since the last call, by version."""
        found: dict[str, Tally] = {}
        for line in self._new():
            if line["method"] == "POST" and line["uri"] in ROUTES:
                version: str = line["version"]
                colour = version.removesuffix(ALONE)
                found.setdefault(colour, Tally()).add(line, colour != version)
        return found

    def _new(self) -> Iterator[dict[str, Any]]:
        if not self._path.is_file():
            return
        with self._path.open("rb") as file:
            file.seek(self._at)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._at += len(whole)
        yield from (json.loads(line) for line in whole.decode("utf-8", "replace").splitlines())


def joined(one: Tally, other: Tally) -> Tally:
    """Both."""
    sizes = {
        route: [*one.sizes.get(route, []), *other.sizes.get(route, [])] for route in one.sizes.keys() | other.sizes
    }
    return Tally(
        one.requests + other.requests,
        one.errors + other.errors,
        one.refused + other.refused,
        one.broken_off + other.broken_off,
        one.seconds + other.seconds,
        sizes,
    )
