"""How far raters agree beyond chance.

Cohen's kappa is for two raters, Fleiss' kappa for any fixed number of them; Krippendorff's alpha takes any number, gaps
too, and knows that 4 is nearer to 5 than 1 is. 1 is full agreement, 0 is what chance gives.
"""

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Level = Literal["nominal", "ordinal", "interval"]
Matrix = NDArray[np.float64]


def cohen_kappa(
    first: Sequence[int], second: Sequence[int], *, weights: Literal["none", "quadratic"] = "none"
) -> float:
    """Agreement of two raters who both rated every item.

    Args:
        first: One rater's values.
        second: The other's values of the same items.
        weights: `quadratic` forgives near misses on an ordered scale.
    """
    values = sorted(set(first) | set(second))
    place = {value: index for index, value in enumerate(values)}
    observed = np.zeros((len(values), len(values)))
    for a, b in zip(first, second, strict=True):
        observed[place[a], place[b]] += 1
    observed /= len(first)
    expected = np.outer(observed.sum(1), observed.sum(0))
    scale = np.asarray(values, dtype=np.float64)
    distance = np.not_equal.outer(scale, scale) if weights == "none" else np.subtract.outer(scale, scale) ** 2
    return _beyond_chance(float((distance * observed).sum()), float((distance * expected).sum()))


def fleiss_kappa(counts: Sequence[Sequence[int]]) -> float:
    """Agreement of several raters.

    Args:
        counts: For each item, how many raters chose each category; every item has the same number of raters.
    """
    table = np.asarray(counts, dtype=np.float64)
    n_item, n_rater = table.shape[0], table[0].sum()
    shares = table.sum(0) / (n_item * n_rater)
    agreement = (table * (table - 1)).sum(1) / (n_rater * (n_rater - 1))
    return _beyond_chance(1 - float(agreement.mean()), 1 - float((shares**2).sum()))


def krippendorff_alpha(ratings: Sequence[Sequence[int | None]], level: Level = "ordinal") -> float:
    """Agreement of any number of raters, of whom each may have left items out.

    Args:
        ratings: One row per rater, one column per item; None where a rater gave no value.
        level: What the values mean: names, ranks, or numbers with meaningful distances.

    Returns:
        Alpha; NaN where no item has two values, so that nothing can agree or disagree.
    """
    values = sorted({value for row in ratings for value in row if value is not None})
    coincidences = _coincidences(ratings, values)
    totals = coincidences.sum(1)
    if not (n := totals.sum()):
        return math.nan
    expected = (np.outer(totals, totals) - np.diag(totals)) / (n - 1)
    distance = _DISTANCES[level](np.asarray(values, dtype=np.float64), totals)
    return _beyond_chance(float((coincidences * distance).sum()), float((expected * distance).sum()))


def _beyond_chance(observed: float, expected: float) -> float:
    """1 minus observed over expected disagreement; where only one value was ever given, all agree."""
    return 1 - observed / expected if expected else 1.0


def _coincidences(ratings: Sequence[Sequence[int | None]], values: Sequence[int]) -> Matrix:
    """How often two values meet in one item, each item weighted by the number of its values."""
    place = {value: index for index, value in enumerate(values)}
    matrix = np.zeros((len(values), len(values)))
    for column in zip(*ratings, strict=True):
        given = np.zeros(len(values))
        for value in column:
            if value is not None:
                given[place[value]] += 1
        if (n := given.sum()) > 1:
            matrix += (np.outer(given, given) - np.diag(given)) / (n - 1)
    return matrix


def _nominal(values: Matrix, totals: Matrix) -> Matrix:
    return np.not_equal.outer(values, values).astype(np.float64)


def _interval(values: Matrix, totals: Matrix) -> Matrix:
    return np.asarray(np.subtract.outer(values, values) ** 2)


def _ordinal(values: Matrix, totals: Matrix) -> Matrix:
    """Squared number of values that lie between two ranks, half of the ranks themselves included."""
    middle = np.cumsum(totals) - totals / 2
    return np.asarray(np.subtract.outer(middle, middle) ** 2)


_DISTANCES: dict[Level, Callable[[Matrix, Matrix], Matrix]] = {
    "nominal": _nominal,
    "ordinal": _ordinal,
    "interval": _interval,
}
