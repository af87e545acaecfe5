"""Which bugs of a set are tried."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.bugbench.bugs import Bug


def stratified(bugs: Sequence[Bug], size: int, seed: int) -> list[Bug]:
    """Choose bugs so that a quarter are silent and the classes take turns; equal seeds give equal choices."""
    rng = random.Random(seed)
    n_silent = min(round(size / 4), sum(bug.kind == "silent" for bug in bugs))
    silent = _in_turns([bug for bug in bugs if bug.kind == "silent"], rng)[:n_silent]
    crashes = _in_turns([bug for bug in bugs if bug.kind == "crash"], rng)[: size - n_silent]
    return crashes + silent


def _in_turns(bugs: Sequence[Bug], rng: random.Random) -> list[Bug]:
    """Deal one bug of each class after the other; within a class the heavier ones are likely to come first."""
    decks: dict[str, list[Bug]] = {}
    for bug in sorted(bugs, key=lambda bug: rng.random() ** (1 / bug.weight), reverse=True):
        decks.setdefault(bug.class_, []).append(bug)
    names = sorted(decks)
    rng.shuffle(names)
    rounds = max((len(deck) for deck in decks.values()), default=0)
    return [decks[name][number] for number in range(rounds) for name in names if number < len(decks[name])]
