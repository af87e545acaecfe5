"""The kinds of work that are measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from benchmarks.llm import choosing, repairing, reviewing, telling, understanding
from benchmarks.llm.cases import Case
from benchmarks.understanding.labels import Entry, load


def _sentences(most: int) -> list[Entry]:
    """As many sentences as are wanted, from all over the file."""
    entries = load().entries
    return entries[:: max(1, len(entries) // most)][:most] if most else entries


WORK: Final[Mapping[str, Callable[[int], Iterable[Case]]]] = {
    "understanding": lambda most: understanding.cases(_sentences(most)),
    "choosing": lambda _: choosing.cases(),
    "reviewing": lambda _: reviewing.cases(),
    "telling": lambda _: telling.cases(),
    "repairing": lambda _: repairing.cases(),
}


def works(sentences: int, only: str | None) -> dict[str, list[Case]]:
    """The cases of each kind of work, or of the only one that is wanted."""
    return {name: list(cases(sentences)) for name, cases in WORK.items() if only in (None, name)}
