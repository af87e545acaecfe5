"""Typing errors mended before anything is read: one slip in a word of six letters, two in one of nine.

Only words that the lexicons do not know are looked at, and only towards long words that the lexicons do know. The first
letter must be right, as it nearly always is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

from agents.planner.rules import rule_text
from agents.planner.understanding.lexicon import vocabulary
from agents.planner.understanding.source import Edit, Source
from framework.resources import parse_yaml

_WORD = re.compile(r"(?<![a-z0-9_/.@\\])[a-z](?:[a-z\-]*[a-z])?(?:/(?:out|o|c)?)?(?![a-z0-9_@\\])")
_SHORTEST = 6
_LONGEST = 24
_TWO_SLIPS = 9
# Fields of work have thousands of words, many a slip away from ordinary ones (insect, insert): only a few are mended to.
_FIELDS = frozenset({"domain", "kind_of_text", "in_passing"})


def corrected(source: Source) -> Source:
    """The source with its short forms spelt out and its misspelt terms mended."""
    return source.edited(_edits(source.plain))


def _edits(plain: str) -> Iterator[Edit]:
    short_forms: dict[str, str] = _rules()["short_forms"]
    for match in _WORD.finditer(plain):
        word = match[0]
        replacement = short_forms.get(word) or short_forms.get(word.rstrip("/")) if len(word) < 5 else _mended(word)
        if replacement and replacement != word:
            yield match.start(), match.end(), replacement


@cache
def _rules() -> dict[str, Any]:
    return cast(dict[str, Any], parse_yaml(rule_text("spelling.yaml")))


@cache
def _known() -> frozenset[str]:
    words = vocabulary()
    return words | {word + "s" for word in words} | frozenset(_rules()["ordinary"])


@cache
def _by_deletion() -> dict[str, list[str]]:
    """Every long word under itself and under each of its forms that lack one letter."""
    index: dict[str, list[str]] = {}
    targets = vocabulary(_FIELDS) | frozenset(_rules()["fields_of_work"])
    for word in sorted(targets | {word + "s" for word in targets if len(word) >= _SHORTEST}):
        if len(word) >= _SHORTEST and word.isalpha():
            for form in _deletions(word):
                index.setdefault(form, []).append(word)
    return index


def _deletions(word: str) -> set[str]:
    return {word} | {word[:at] + word[at + 1 :] for at in range(1, len(word))}


@cache
def _mended(word: str) -> str | None:
    """The term that the word was meant to be, if there is exactly one nearest."""
    if word in _known() or not _SHORTEST - 1 <= len(word) <= _LONGEST or not word.isalpha():
        short_forms: dict[str, str] = _rules()["short_forms"]
        return short_forms.get(word)
    candidates = {known for form in _deletions(word) for known in _by_deletion().get(form, [])}
    allowed = {known: distance for known in candidates if (distance := _distance(word, known)) <= _slips(word, known)}
    best = min(allowed.values(), default=0)
    nearest = sorted(known for known, distance in allowed.items() if distance == best)
    return nearest[0] if nearest and word not in (nearest[0] + "s", nearest[0] + "ed", nearest[0] + "ing") else None


def _slips(word: str, known: str) -> int:
    """A long word may have two slips; a shorter one only if it begins right."""
    return 2 if len(known) >= _TWO_SLIPS or (len(word) > len(known) >= 7 and word[:3] == known[:3]) else 1


def _distance(first: str, second: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours (optimal string alignment); 3 means more than 2."""
    if abs(len(first) - len(second)) > 2:
        return 3
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
