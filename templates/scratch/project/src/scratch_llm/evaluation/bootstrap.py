"""How far a score could move if the same test were made with other examples."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Statistic = Callable[[NDArray[np.float64]], float]


class Interval(NamedTuple):
    """A score with the range that holds it with the given confidence."""

    value: float
    low: float
    high: float

    def above(self, threshold: float) -> bool:
        """Say whether the whole range lies above a threshold."""
        return self.low > threshold

    def __str__(self) -> str:
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}]"


def mean(rows: NDArray[np.float64]) -> float:
    """The mean of one column of numbers."""
    return float(rows.mean())


def ratio(rows: NDArray[np.float64]) -> float:
    """The sum of column 0 over the sum of column 1: a mean of examples with different weights."""
    return float(rows[:, 0].sum() / rows[:, 1].sum())


def interval(
    rows: ArrayLike, statistic: Statistic = mean, *, n_resample: int = 1000, confidence: float = 0.95, seed: int = 0
) -> Interval:
    """Compute a statistic and its percentile bootstrap interval.

    Args:
        rows: One row (or number) per example; examples are drawn again with replacement, rows stay whole.
        statistic: What is computed from the rows.
        n_resample: How often it is computed anew.
        confidence: Share of those values that the interval holds.
        seed: Same seed, same interval.
    """
    array = np.asarray(rows, dtype=np.float64)
    rng = np.random.default_rng(seed)
    draws = rng.integers(len(array), size=(n_resample, len(array)))
    values = [statistic(array[draw]) for draw in draws]
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(statistic(array), float(low), float(high))


def sign_test(n_win: int, n_loss: int) -> float:
    """Two-sided probability of a result at least this uneven if both sides were equally good (ties left out)."""
    n = n_win + n_loss
    tail = sum(math.comb(n, k) for k in range(min(n_win, n_loss) + 1))
    return min(1.0, tail / 2 ** (n - 1)) if n else 1.0
