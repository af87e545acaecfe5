"""Sentences and clauses: how far a word of denial or comparison can reach."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

_SENTENCE_END = re.compile(r"[!?;。\n]+|\.+(?=\s|$)")
_NEW_THOUGHT = (
    r"(?:(?:but|however|although|though|whereas|while|because|otherwise|then)\b"
    r"|(?:and|so)\s+(?=(?:i|we|it|they|then|no|not|have|has|had|need|needs|want|should|must|can|could|would|there|the"
    r"|please|my|our|only|just|use|run|budget|also)\b))"
)
_CLAUSE_END = re.compile(
    rf"[,:()\[\]{{}}|]|(?<=\s)-+(?=\s)|(?=\b{_NEW_THOUGHT})|(?=但是|但|不过|可是|然而|而且|所以|因为|然后|只有|只能)"
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


@dataclass(frozen=True)
class Clause:
    """A piece of a sentence, without the punctuation around it."""

    start: int
    end: int
    sentence: int


class Clauses:
    """The clauses of a text, found by position."""

    def __init__(self, plain: str) -> None:
        self.all: list[Clause] = []
        kept = _THOUSANDS.sub(".", plain)  # the comma of 12,000 ends nothing
        at = 0
        for sentence, end in enumerate([*_SENTENCE_END.finditer(plain), None]):
            stop = end.start() if end else len(plain)
            self._split(kept, at, stop, sentence)
            at = end.end() if end else stop
        self._starts = [clause.start for clause in self.all]

    def _split(self, plain: str, start: int, stop: int, sentence: int) -> None:
        at = start
        for mark in _CLAUSE_END.finditer(plain, start, stop):
            if mark.start() > at:
                self.all.append(Clause(at, mark.start(), sentence))
            at = mark.end()
        if stop > at:
            self.all.append(Clause(at, stop, sentence))

    def index_at(self, position: int) -> int:
        """The clause that holds the position (or the last one before it)."""
        return max(0, bisect_right(self._starts, position) - 1)

    def at(self, position: int) -> Clause:
        """The clause that holds the position."""
        return self.all[self.index_at(position)] if self.all else Clause(0, 0, 0)
