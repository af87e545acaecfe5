"""One reason why a repair is refused: a sentence of guard.yaml with its fields."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from framework.messages import Lang, say

Code = ast.Module | None  # None: the file is not there, or is no Python


@dataclass(frozen=True)
class Breach:
    """The key of a sentence, and what is put into it."""

    key: str
    fields: tuple[tuple[str, Any], ...]

    def text(self, lang: Lang) -> str:
        return say(lang, self.key, **dict(self.fields))


def breach(key: str, **fields: object) -> Breach:
    return Breach(key, tuple(sorted(fields.items())))


def newcomers(before: Iterable[str], after: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """What is there more often than it was, each with the line of its last places."""
    there = Counter(before)
    for word, line in after:
        there[word] -= 1
        if there[word] < 0:
            yield word, line
