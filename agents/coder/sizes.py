"""The size of a model by its name: "ChatGLM3-6B", "Mixtral-8x7B", "bge-reranker-base"."""

from __future__ import annotations

import re

_SIZE = re.compile(r"(?<![a-z\d.])(?:(\d+)\s*x\s*)?(\d+(?:\.\d+)?)\s*([bm])(?![a-z])", re.IGNORECASE)
# What the sizes of the BERT family are called, and have been in its successors.
_WORDS = {"tiny": 15_000_000, "mini": 30_000_000, "small": 40_000_000, "base": 110_000_000, "large": 335_000_000}


def size_in(text: str) -> int | None:
    """The number of parameters that the name tells."""
    plain = text.lower().replace("_", "-")
    if found := _SIZE.search(plain):
        experts, number, unit = found.groups()
        return round(int(experts or 1) * float(number) * (1e9 if unit == "b" else 1e6))
    parts = re.split(r"[^a-z]+", plain)
    return next((size for word, size in _WORDS.items() if word in parts), None)
