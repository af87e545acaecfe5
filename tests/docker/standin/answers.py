"""What the stand-in answers: words that depend on the prompt and the seed alone, as those of a model do."""

from __future__ import annotations

import hashlib

_WORDS = "the fox went to a river and slept under old trees while rain fell on small houses".split()


def answer(prompt: str, tokens: int, seed: int | None = None) -> list[str]:
    """So many pieces."""
    drawn = hashlib.sha256(f"{prompt} {seed}".encode()).digest()
    return [f" {_WORDS[drawn[number % len(drawn)] % len(_WORDS)]}" for number in range(tokens)]
