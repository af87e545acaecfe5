"""A text read once: its words, numbers, quantities and clauses, and how each is meant. The slots are read from this."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Protocol, TypeVar, cast

from agents.planner.understanding.clauses import Clause, Clauses
from agents.planner.understanding.lexicon import Term, find_terms
from agents.planner.understanding.numbers import Number
from agents.planner.understanding.quantities import Quantity, find_quantities
from agents.planner.understanding.scope import Mode, Scope
from agents.planner.understanding.source import Source
from framework.artifacts.slots import Value

# What does not count as the user's own wish.
ELSEWHERE = Mode.DENIED | Mode.REJECTED | Mode.PAST | Mode.OTHERS | Mode.LATER | Mode.COMPARED | Mode.ASKED


T = TypeVar("T")
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


class Piece(Protocol):
    """Anything that has a place in the text."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class Spans:
    """Pieces of a text that do not overlap, found by position."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        ordered = sorted((piece.start, piece.end) for piece in pieces)
        self._starts = [start for start, _ in ordered]
        self._ends = list(accumulate((end for _, end in ordered), max))

    def covers(self, position: int) -> bool:
        """Whether the position lies in one of them."""
        index = bisect_right(self._starts, position) - 1
        return index >= 0 and position < self._ends[index]

    def touches(self, start: int, end: int) -> bool:
        """Whether one of them overlaps the piece."""
        index = bisect_left(self._starts, end) - 1
        return index >= 0 and start < self._ends[index]


P = TypeVar("P", bound=Piece)


def _start_of(piece: Piece) -> int:
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

    def once(self, find: Callable[[Reading], T]) -> T:
        """What `find` makes of the text, worked out the first time it is needed."""
        if find not in self._found:
            self._found[find] = find(self)
        return cast(T, self._found[find])

    def spans(self, *kinds: str) -> Spans:
        """Where the terms of the kinds stand, meant or not."""
        if kinds not in self._spans:
            self._spans[kinds] = Spans(term for kind in kinds for term in self.terms.get(kind, []))
        return self._spans[kinds]

    def spans_of(self, find: Callable[[Reading], Sequence[Piece]]) -> Spans:
        """Where the things stand that `find` finds."""
        if find not in self._spans_found:
            self._spans_found[find] = Spans(self.once(find))
        return self._spans_found[find]

    def pieces_near(self, find: Callable[[Reading], list[P]], start: int, end: int) -> Iterator[P]:
        """The things that `find` finds, in order, which overlap the piece."""
        found = self.once(find)
        for index in range(max(0, bisect_left(found, start, key=_start_of) - 1), len(found)):
            if found[index].start >= end:
                break
            if found[index].end > start:
                yield found[index]

    def has_unit(self, number: Number) -> bool:
        """Whether the number belongs to a quantity."""
        return any(True for _ in self.quantities_in(number.start, number.end))

    @cached_property
    def _spans_found(self) -> dict[Callable[[Reading], Sequence[Piece]], Spans]:
        return {}

    @cached_property
    def _spans(self) -> dict[tuple[str, ...], Spans]:
        return {}

    @cached_property
    def _found(self) -> dict[Callable[[Reading], object], object]:
        return {}

    @property
    def plain(self) -> str:
        return self.source.plain

    def mode(self, position: int) -> int:
        """How the word at the position is meant."""
        return self.scope.mode(position)

    def is_meant(self, position: int, unless: int = ELSEWHERE) -> bool:
        """Whether the word there speaks of what the user wants here and now."""
        return not self.scope.mode(position) & unless

    def counts(self, position: int) -> bool:
        """Whether a figure there is meant. "More than 50" compares and is a wish all the same."""
        return not self.scope.mode(position) & ELSEWHERE & ~Mode.COMPARED

    def said(self, kind: str, unless: int = ELSEWHERE) -> list[Term]:
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
        for position in range(max(0, index - 2), len(self.quantities)):
            quantity = self.quantities[position]
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

    def finditer(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """The matches of a pattern that are meant."""
        return (match for match in pattern.finditer(self.plain) if self.is_meant(match.start()))
