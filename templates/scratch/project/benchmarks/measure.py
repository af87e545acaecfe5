"""How things are measured here: all contenders in turn, CPU time, ratios with their spread.

Wall time on a shared machine measures its neighbours. CPU time on one thread is steadier, but caches and clock rates
are still shared; so the contenders take turns within every round, and a ratio is taken inside a round, where both saw
the same weather. The best round says what the code can do, the interval of the ratios how sure that is.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Contender:
    """Something that does `units` of work per call."""

    name: str
    work: Callable[[], object]
    units: float
    per_second: list[float] = field(default_factory=list)

    @property
    def best(self) -> float:
        """The round that was disturbed least."""
        return max(self.per_second)


@dataclass(frozen=True)
class Ratio:
    """How much faster the first is than the second: median of the rounds, and a range that holds most of them."""

    of: str
    to: str
    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Result:
    """One comparison."""

    name: str
    unit: str
    best: dict[str, float]
    rounds: dict[str, list[float]]
    ratios: list[Ratio]
    goal: str

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def compare(name: str, contenders: Sequence[Contender], *, unit: str, rounds: int, goal: str = "") -> Result:
    """Let all contenders work in turn; the first one is ours and is compared with each of the others."""
    for contender in contenders:
        contender.work()  # the first call allocates, compiles and fills caches
    for number in range(rounds):
        # Whoever comes second finds warmer caches: the order turns with the rounds.
        for contender in _turned(contenders, number):
            before = time.process_time()
            contender.work()
            contender.per_second.append(contender.units / (time.process_time() - before))
    ours = contenders[0]
    return Result(
        name=name,
        unit=unit,
        best={c.name: c.best for c in contenders},
        rounds={c.name: c.per_second for c in contenders},
        ratios=[
            _ratio(one, other) for one in _ours(contenders) for other in contenders if other not in _ours(contenders)
        ]
        or [_ratio(ours, other) for other in contenders[1:]],
        goal=goal,
    )


def _turned(contenders: Sequence[Contender], by: int) -> list[Contender]:
    start = by % len(contenders)
    return [*contenders[start:], *contenders[:start]]


def _ours(contenders: Sequence[Contender]) -> list[Contender]:
    return [contender for contender in contenders if contender.name.startswith("ours")]


def _ratio(one: Contender, other: Contender) -> Ratio:
    ratios = sorted(a / b for a, b in zip(one.per_second, other.per_second, strict=True))
    cut = len(ratios) // 10  # the outermost tenth on each side saw somebody else's burst
    return Ratio(one.name, other.name, statistics.median(ratios), ratios[cut], ratios[-1 - cut])
