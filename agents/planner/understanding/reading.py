"""A text read once: its words, numbers, quantities and clauses, and how each is meant. The slots are read from this."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from agents.planner.understanding.clauses import Clause, Clauses
from agents.planner.understanding.lexicon import Term, find_terms
from agents.planner.understanding.numbers import Number
from agents.planner.understanding.quantities import Quantity, find_quantities
from agents.planner.understanding.scope import Mode, Scope
from agents.planner.understanding.source import Source
from framework.artifacts.slots import Value

# What does not count as the user's own wish.
ELSEWHERE = Mode.DENIED | Mode.PAST | Mode.OTHERS | Mode.LATER | Mode.COMPARED | Mode.ASKED


_NEAR = 120  # characters: as far as a word reaches in a clause without end


@dataclass(frozen=True)
class Mention:
    """A value that the text gives to a slot. `strength` ranks several of one slot; `certainty` is how exact it is."""

    slot: str
    value: Value
    start: int
    end: int
    strength: int = 1
    certainty: float = 1.0


def _start_of(piece: Number | Quantity) -> int:
    return piece.start


@dataclass(frozen=True)
class Reading:
    """What the extractors of the slots look at."""

    source: Source
    terms: dict[str, list[Term]]
    numbers: list[Number]
    quantities: list[Quantity]
    clauses: Clauses
    scope: Scope
    rates: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, source: Source) -> Reading:
        """Read the text: each pass once over all of it."""
        numbers, quantities = find_quantities(source.plain)
        clauses = Clauses(source.plain)
        terms = find_terms(source.plain)
        return cls(source, terms, numbers, quantities, clauses, Scope(source.plain, clauses, terms))

    @property
    def plain(self) -> str:
        return self.source.plain

    def mode(self, position: int) -> Mode:
        """How the word at the position is meant."""
        return self.scope.mode(position)

    def is_meant(self, position: int, unless: Mode = ELSEWHERE) -> bool:
        """Whether the word there speaks of what the user wants here and now."""
        return not self.scope.mode(position) & unless

    def said(self, kind: str, unless: Mode = ELSEWHERE) -> list[Term]:
        """The terms of a kind that are meant."""
        return [term for term in self.terms.get(kind, []) if not self.scope.mode(term.start) & unless]

    def denied(self, kind: str) -> list[Term]:
        """The terms of a kind that the text refuses, here and now."""
        return [term for term in self.terms.get(kind, []) if self.scope.mode(term.start) == Mode.DENIED]

    def clause(self, position: int) -> Clause:
        return self.clauses.at(position)

    def near(self, kind: str, start: int, end: int, reach: int) -> bool:
        """Whether a term of the kind stands within so many characters of the piece, in its sentence."""
        return any(True for _ in self.neighbours(kind, start, end, reach))

    def neighbours(self, kind: str, start: int, end: int, reach: int) -> Iterator[Term]:
        """The terms of a kind within so many characters, in the same sentence."""
        sentence = self.clause(start).sentence
        for term in self._between(kind, start - reach, end + reach):
            if self.clause(term.start).sentence == sentence:
                yield term

    def in_clause(self, kind: str, position: int) -> list[Term]:
        """The terms of a kind in the clause of the position, not too far away."""
        clause = self.clause(position)
        return list(self._between(kind, max(clause.start, position - _NEAR), min(clause.end, position + _NEAR)))

    def numbers_from(self, position: int, reach: int) -> Iterator[Number]:
        """The numbers that begin within so many characters behind the position."""
        for index in range(bisect_left(self.numbers, position, key=_start_of), len(self.numbers)):
            if self.numbers[index].start - position > reach:
                break
            yield self.numbers[index]

    def numbers_until(self, position: int, reach: int) -> Iterator[Number]:
        """The numbers that end before the position and begin within the reach, the nearest first."""
        index = bisect_left(self.numbers, position, key=_start_of)
        for number in reversed(self.numbers[max(0, index - 4) : index]):
            if number.end <= position and position - number.start <= reach:
                yield number

    def quantities_in(self, start: int, end: int) -> Iterator[Quantity]:
        """The quantities that overlap the piece."""
        index = bisect_left(self.quantities, start, key=_start_of)
        for quantity in islice(self.quantities, max(0, index - 2), None):
            if quantity.start >= end:
                break
            if quantity.end > start:
                yield quantity

    def terms_from(self, kind: str, position: int, reach: int) -> Iterator[Term]:
        """The terms of a kind that begin within so many characters behind the position."""
        terms = self.terms.get(kind, [])
        for index in range(bisect_left(self._starts(kind), position), len(terms)):
            if terms[index].start - position > reach:
                break
            yield terms[index]

    def terms_until(self, kind: str, position: int, reach: int) -> Iterator[Term]:
        """The terms of a kind that end within so many characters before the position, the nearest first."""
        terms = self.terms.get(kind, [])
        for index in range(bisect_left(self._starts(kind), position) - 1, -1, -1):
            if position - terms[index].end > reach:
                break
            if terms[index].end <= position:
                yield terms[index]

    def _between(self, kind: str, start: int, end: int) -> Iterator[Term]:
        terms = self.terms.get(kind, [])
        for index in range(bisect_left(self._starts(kind), start), len(terms)):
            if terms[index].end > end:
                break
            yield terms[index]

    def _starts(self, kind: str) -> list[int]:
        if kind not in self._starts_by_kind:
            self._starts_by_kind[kind] = [term.start for term in self.terms.get(kind, [])]
        return self._starts_by_kind[kind]

    @cached_property
    def _starts_by_kind(self) -> dict[str, list[int]]:
        return {}

    def text_of(self, clause: Clause) -> str:
        return self.plain[clause.start : clause.end]

    def finditer(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """The matches of a pattern that are meant."""
        return (match for match in pattern.finditer(self.plain) if self.is_meant(match.start()))


Extractor = Callable[[Reading], Iterable[Mention]]
