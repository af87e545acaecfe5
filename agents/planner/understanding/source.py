"""The user's text as the rules see it: folded and corrected, with the way back to the original words.

Rules match `plain`: half-width, lower case, simplified characters, typing errors mended. Evidence is always a piece of
`original`, character by character as the user typed it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

from agents.planner.rules import rule_text
from framework.messages import Lang
from framework.resources import parse_yaml

Edit = tuple[int, int, str]  # start, end, replacement

_STRAIGHT = {
    **dict.fromkeys("‘’ʼ`´", "'"),
    **dict.fromkeys("“”„«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("×✕✖", "x"),
    **dict.fromkeys("～〜≈", "~"),
    **dict.fromkeys("→⇒➡⟶", ">"),
    "≤": "<=",
    "≥": ">=",
    "。": "。",
    "\u2044": "/",
    "\t": " ",
    "\r": "\n",
}


_GAP = re.compile(r"\s{9,}")
# A full line that goes on below, with no list mark, label or blank line there. Chinese lines are half as long.
_WRAPPED = re.compile(
    r"^(?=[^\n]{60}|[^\n]*[\u4e00-\u9fff][^\n]{28})[^\n]*[^\n.!?。;:]\n(?=\s*[^\s\-*•·#>\d【\[]|\d{2,})", re.MULTILINE
)


@dataclass(frozen=True)
class Source:
    """A text and its plain form; `starts[i]` and `ends[i]` are where the plain character i lies in the original."""

    original: str
    plain: str
    starts: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def of(cls, text: str) -> Source:
        """The folded text."""
        return cls._folded(text)._squeezed()

    @classmethod
    def _folded(cls, text: str) -> Source:
        if text.isascii():
            plain = text.lower().replace("\t", " ").replace("\r", "\n").replace("`", "'")
            return cls(text, _unwrapped(plain), range(len(text)), range(1, len(text) + 1))
        folded = [_fold(character) for character in text]
        starts = [index for index, piece in enumerate(folded) for _ in piece]
        return cls(text, _unwrapped("".join(folded)), starts, [start + 1 for start in starts])

    def _squeezed(self) -> Source:
        """With every long gap cut short, so that no pattern that skips spaces can lose itself in one."""
        return self.edited(
            (gap.start(), gap.end(), "\n" if "\n" in gap[0] else " ") for gap in _GAP.finditer(self.plain)
        )

    def edited(self, edits: Iterable[Edit]) -> Source:
        """The source with pieces of its plain text replaced; edits come in order and do not overlap."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for start, end, replacement in edits:
            pieces += (self.plain[at:start], replacement)
            starts += [*self.starts[at:start], *[self.starts[start]] * len(replacement)]
            ends += [*self.ends[at:start], *[self.ends[end - 1]] * len(replacement)]
            at = end
        if not pieces:
            return self
        rest = self.plain[at:]
        return Source(self.original, "".join(pieces) + rest, [*starts, *self.starts[at:]], [*ends, *self.ends[at:]])

    def plain_at(self, original: int) -> int:
        """Where the plain text goes on from a place in the original."""
        return bisect_left(self.starts, original)

    def quote(self, start: int, end: int) -> str:
        """The original words behind a piece of the plain text."""
        while start < end and self.plain[start].isspace():
            start += 1
        while start < end and self.plain[end - 1].isspace():
            end -= 1
        return self.original[self.starts[start] : self.ends[end - 1]] if start < end else ""

    @property
    def lang(self) -> Lang:
        """Chinese when Chinese characters carry the text: one of them says about as much as a short English word."""
        han = sum("\u4e00" <= character <= "\u9fff" for character in self.plain)
        words = sum(len(word) > 1 and word.isascii() for word in self.plain.split())
        return "zh" if han > words else "en"


def _unwrapped(plain: str) -> str:
    """With the line breaks taken for spaces that only keep lines short; a new item or paragraph stays one."""
    return _WRAPPED.sub(lambda match: match[0][:-1] + " ", plain)


@cache
def _simplified() -> dict[str, str]:
    pairs = cast(dict[str, str], parse_yaml(rule_text("traditional.yaml")))
    return dict(zip(pairs["traditional"], pairs["simplified"], strict=True))


@cache
def _fold(character: str) -> str:
    """One character in its plain form; nothing for those that cannot be seen."""
    if character in _STRAIGHT:
        return _STRAIGHT[character]
    if unicodedata.category(character) in ("Cf", "Cc", "Cs") and character != "\n":
        return "" if unicodedata.category(character) == "Cf" else " "
    folded = unicodedata.normalize("NFKC", character).lower()
    return "".join(_STRAIGHT.get(c, _simplified().get(c, c)) for c in folded)
