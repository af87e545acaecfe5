"""Names as people type them: "rtx4090", "A100 80G", "昇腾910B", "qwen2.5 7b instruct"."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")
_MEMORY = re.compile(r"(?<![a-z\d.])(\d+)\s*(?:gib|gb|g)\b|(?<![a-z\d.])(\d+)\s*[Gg](?=[^\x00-\x7f]|$)", re.IGNORECASE)


def key(text: str) -> str:
    """The name without case, spaces and punctuation. A point between digits stays: Qwen2.5 is not Qwen25."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[^\w.]|_|(?<!\d)\.|\.(?!\d)", "", folded)


def key_without(text: str, ignored: Iterable[str]) -> str:
    """The key of the name without the words that tell no two things apart."""
    words = re.split(r"[\s_\-/()]+", unicodedata.normalize("NFKC", text).lower())
    dropped = frozenset(ignored)
    kept = " ".join(word for word in words if word not in dropped)
    for word in dropped:
        if not word.isascii():  # Chinese sets no spaces between words
            kept = kept.replace(word, "")
    return key(kept)


def memory_in(text: str) -> int | None:
    """The memory that a card's name mentions: 80 in "A100 80G"."""
    found = _MEMORY.search(text)
    return int(found.group(1)) if found else None


def without_memory(text: str) -> str:
    """The card's name alone: "A100" in "A100 80G"."""
    return _MEMORY.sub(" ", text)


def nearest(text: str, known: Mapping[str, T], at_most: int = 4) -> list[T]:
    """The things whose keys look most like the text, best first, each once."""
    close = difflib.get_close_matches(key(text), list(known), n=3 * at_most, cutoff=0.4)
    return list({id(known[name]): known[name] for name in close}.values())[:at_most]
