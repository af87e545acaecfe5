"""A small set of combinations in which every two values meet: most faults need no more than two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product

Combination = dict[str, str]
Pair = tuple[tuple[str, str], tuple[str, str]]


def every_combination(choices: Mapping[str, Sequence[str]]) -> list[Combination]:
    """All of them."""
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


def pairs_of(combination: Combination) -> set[Pair]:
    """The pairs of values that meet in it."""
    return set(combinations(combination.items(), 2))


def pairwise(choices: Mapping[str, Sequence[str]]) -> list[Combination]:
    """A greedy cover: the combination with most pairs that have not met yet, until all have."""
    waiting = {pair for one, other in combinations(choices, 2) for pair in _pairs(choices, one, other)}
    chosen = []
    while waiting:
        best = _grown(choices, min(waiting), waiting)
        chosen.append(best)
        waiting -= pairs_of(best)
    return chosen


def _pairs(choices: Mapping[str, Sequence[str]], one: str, other: str) -> list[Pair]:
    return [((one, first), (other, second)) for first in choices[one] for second in choices[other]]


def _grown(choices: Mapping[str, Sequence[str]], seed: Pair, waiting: set[Pair]) -> Combination:
    """The pair, completed value by value with what meets most of those that wait."""
    values = dict(seed)
    for name in choices:
        if name not in values:
            met = {value: _met({**values, name: value}, choices, waiting) for value in choices[name]}
            values[name] = max(choices[name], key=met.__getitem__)
    return _ordered(values, choices)


def _met(values: Combination, choices: Mapping[str, Sequence[str]], waiting: set[Pair]) -> int:
    return len(waiting & pairs_of(_ordered(values, choices)))


def _ordered(values: Combination, choices: Mapping[str, Sequence[str]]) -> Combination:
    return {name: values[name] for name in choices if name in values}
