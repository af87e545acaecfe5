"""Stories by seed, and whether a text is one."""

import random
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Final, Literal

from scratch_llm.data.synthetic.chinese import CHINESE
from scratch_llm.data.synthetic.english import ENGLISH
from scratch_llm.data.synthetic.grammar import Grammar, Reading

Language = Literal["en", "zh", "mixed"]
GRAMMARS: Final[dict[str, tuple[Grammar, ...]]] = {
    "en": (ENGLISH,),
    "zh": (CHINESE,),
    "mixed": (ENGLISH, CHINESE),
}


def stories(n: int, *, seed: int = 0, language: Language = "en") -> Iterator[str]:
    """Write n stories; the first of n are the same for any larger n. `mixed` takes the languages in turn."""
    rng = random.Random(f"stories {language} {seed}")  # noqa: S311 - reproducible on purpose
    return (grammar.story(rng).text for grammar in islice(cycle(GRAMMARS[language]), n))


def read(text: str, language: Language = "en") -> Reading:
    """Find what a text tells, as far as it is a story."""
    return max((grammar.read(text) for grammar in GRAMMARS[language]), key=lambda reading: reading.share)


def accepts(text: str, language: Language = "en") -> bool:
    """Say whether a text is a story of the grammar, from the first sentence to the last."""
    return accepted_share(text, language) == 1.0


def accepted_share(text: str, language: Language = "en") -> float:
    """Give the share of a text's sentences that the grammar accounts for; 1.0 exactly for a story of the grammar.

    A text shorter than its plot is measured by the plot, so that a single good sentence is no story.
    """
    return read(text, language).share
