"""What the words stand for: wished here and now, or denied, past, somebody else's, a comparison, a mere thought.

A denial reaches from its word to the end of the clause, or to a word that turns back ("no LoRA, just full", "不是聊天
机器人，而是分类器"). A past, foreign or later thing fills its clause and those that follow in the sentence, until the
speaker comes back to the present. A comparison covers the few words behind it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

from agents.planner.understanding.clauses import Clause, Clauses
from agents.planner.understanding.lexicon import Term

Terms = dict[str, list[Term]]

# Reaches, in characters. They keep a text without punctuation from being denied whole.
_DENIED_REACH = 64
_BEHIND_REACH = 40
_DRIFT_REACH = 160
_COMPARED_REACH = 32  # "better than GPT-4 on our tickets" compares with GPT-4, not with the tickets
_BOUND = re.compile(r"\b(?:more than|over|exceed|longer than|above|beyond)\b|超过|高于|大于|多于|超出|超")


class Mode:
    """How a piece of text is meant: bits, as they are read for every word. None set is plainly meant."""

    DENIED = 1
    PAST = 2
    OTHERS = 4
    LATER = 8
    COMPARED = 16
    ASKED = 32
    REJECTED = 64  # found wanting: too dear, not allowed


class Scope:
    """The mode of every position of a text."""

    def __init__(self, plain: str, clauses: Clauses, terms: Terms) -> None:
        self._plain = plain
        self._clauses = clauses
        self._terms = terms
        self._modes = bytearray(len(plain) + 1)
        self._marked: dict[
            tuple[int, bool], int
        ] = {}  # how far each mode has been marked, so that the work stays linear
        self._shields = _positions(plain, terms.get("cpu_only", []), terms.get("offline", []), terms.get("privacy", []))
        self._deny()
        self._deny_behind()
        self._drift()
        self._compare()

    def mode(self, position: int) -> int:
        """How the word there is meant."""
        return self._modes[position]

    def _mark(self, start: int, end: int, mode: int, looks_back: bool = False) -> None:
        done = self._marked.get((mode, looks_back), 0)
        for position in range(max(start, done), end):
            self._modes[position] |= mode
        self._marked[mode, looks_back] = max(end, done)

    def _plain_terms(self, kind: str) -> Iterable[Term]:
        return (term for term in self._terms.get(kind, []) if term.value == "plain")

    def _deny(self) -> None:
        limits = _Ahead(self._terms.get("limit", []))
        for term in self._plain_terms("deny"):
            if self._shields[term.start]:
                continue  # part of a phrase that means something as a whole: 没有显卡, "data must not leave"
            clause = self._clauses.at(term.start)
            limit = limits.after(term.end + 2)
            end = min(clause.end, term.end + _DENIED_REACH, limit.start if limit else clause.end)
            bound = _BOUND.search(self._plain, term.end, end)
            self._mark(term.end, bound.start() if bound else end, Mode.DENIED)

    def _deny_behind(self) -> None:
        for term in self._plain_terms("deny_behind"):
            clause = self._clauses.at(term.start)
            if term.start - clause.start <= 1 and (index := self._clauses.index_at(term.start)):
                before = self._clauses.all[index - 1]  # "租 A100，太贵了"
                clause = before if before.sentence == clause.sentence else clause
            self._mark(max(clause.start, term.start - _BEHIND_REACH), term.start, Mode.REJECTED, looks_back=True)
        for term in self._terms.get("deny_behind", []):
            clause = self._clauses.at(term.start)
            if (
                term.value == "attached" and term.end >= clause.end - 1 and term.start > clause.start + 1
            ):  # Lightning 不用
                self._mark(max(clause.start, term.start - _BEHIND_REACH), term.start, Mode.REJECTED, looks_back=True)

    def _drift(self) -> None:
        """Past, foreign, later and asked-about things, until the present comes back."""
        present = _Ahead(self._terms.get("present", []))
        kinds = {"past": Mode.PAST, "others": Mode.OTHERS, "later": Mode.LATER, "if": Mode.LATER, "asking": Mode.ASKED}
        shared = [term.start for term in self._terms.get("shared", [])]
        for term in self._terms.get("asking", []):
            if term.value == "brief":  # "do I need an A100 for a 7B?" asks about the A100
                clause = self._clauses.at(term.start)
                purpose = self._plain.find(" for ", term.end, clause.end)
                self._mark(term.end, min(purpose if purpose > 0 else clause.end, term.end + _BEHIND_REACH), Mode.ASKED)
        for kind, mode in kinds.items():
            for term in self._plain_terms(kind):
                clause = self._clauses.at(term.start)
                if mode is Mode.OTHERS and any(clause.start <= at < clause.end + _BEHIND_REACH for at in shared):
                    continue
                start = max(clause.start, term.start - _DRIFT_REACH)
                start = term.start if self._wishes_before(clause, term, present) else start
                self._mark(start, self._until_present(clause, term, present, mode), mode)

    def _wishes_before(self, clause: Clause, term: Term, present: _Ahead) -> bool:
        """ "we need a T4 now and 8 H100 later": only what follows the word belongs to it."""
        back = present.after(clause.start)
        return back is not None and back.end <= term.start and term.end < clause.end - 3

    def _until_present(self, clause: Clause, term: Term, present: _Ahead, mode: int) -> int:
        end = clause.end
        back = present.after(term.end)
        index = self._clauses.index_at(term.start)
        if mode is not Mode.ASKED:
            for later in self._clauses.all[index + 1 : index + 6]:
                if later.sentence != clause.sentence or (back and back.start < later.end):
                    break
                end = later.end
        end = min(end, term.end + _DRIFT_REACH)
        return min(end, back.start) if back else end

    def _compare(self) -> None:
        for term in self._plain_terms("compare"):
            clause = self._clauses.at(term.start)
            self._mark(term.end, min(clause.end, term.end + _COMPARED_REACH), Mode.COMPARED)


class _Ahead:
    """Finds the first term from a position on."""

    def __init__(self, terms: list[Term]) -> None:
        self._terms = terms
        self._starts = [term.start for term in terms]

    def after(self, position: int) -> Term | None:
        index = bisect_left(self._starts, position)
        return self._terms[index] if index < len(self._terms) else None


def _positions(plain: str, *groups: list[Term]) -> bytearray:
    """Which positions lie in one of the terms."""
    covered = bytearray(len(plain) + 1)
    for terms in groups:
        for term in terms:
            covered[term.start : term.end] = b"\x01" * (term.end - term.start)
    return covered
