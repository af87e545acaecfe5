"""What raters see: prompts, and answers whose authors they do not know."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from scratch_llm.utils.errors import DataError
from scratch_llm.utils.files import fingerprint

SCALES: Final = ("quality", "relevance", "harmlessness")
LOWEST, HIGHEST = 1, 5
_LETTERS: Final = "bcdfghjkmnpqrstvwxz23456789"  # nothing that looks alike, and no words


@dataclass(frozen=True)
class RatingItem:
    """A prompt with the answer of each model."""

    prompt: str
    answers: Mapping[str, str]


class BlindAnswer(NamedTuple):
    """An answer under a code that says nothing about its model."""

    code: str
    text: str


class BlindItem(NamedTuple):
    """A prompt with blind answers, in the order in which one rater sees them."""

    number: int
    prompt: str
    answers: tuple[BlindAnswer, ...]


class Origin(NamedTuple):
    """What a code stands for; only the key file knows."""

    item: int
    model: str


@dataclass(frozen=True)
class Study:
    """The items of one rating, and the key to their codes."""

    items: tuple[RatingItem, ...]
    key: Mapping[str, Origin]
    seed: int

    @property
    def fingerprint(self) -> str:
        """Ties sheets to their key."""
        return fingerprint([self.key, [item.prompt for item in self.items], [dict(i.answers) for i in self.items]])

    def sheet_of(self, rater: str) -> list[BlindItem]:
        """Give one rater's items; each rater sees items and answers in an order of its own, which evens out bias."""
        rng = random.Random(f"sheet {self.seed} {rater}")  # noqa: S311 - reproducible on purpose
        codes = {origin: code for code, origin in self.key.items()}
        numbers = rng.sample(range(len(self.items)), len(self.items))
        return [BlindItem(number, self.items[number].prompt, self._blind(number, codes, rng)) for number in numbers]

    def _blind(self, number: int, codes: Mapping[Origin, str], rng: random.Random) -> tuple[BlindAnswer, ...]:
        answers = self.items[number].answers
        models = rng.sample(sorted(answers), len(answers))
        return tuple(BlindAnswer(codes[Origin(number, model)], answers[model]) for model in models)


def make_study(items: Sequence[RatingItem], seed: int = 0) -> Study:
    """Hide which model gave which answer."""
    models = {frozenset(item.answers) for item in items}
    if len(models) != 1 or len(next(iter(models))) < 2:
        raise DataError("every item needs the answers of the same two or more models", "answer all prompts with each")
    rng = random.Random(f"codes {seed}")  # noqa: S311 - reproducible on purpose
    key: dict[str, Origin] = {}
    for number, item in enumerate(items):
        for model in sorted(item.answers):
            key[_new_code(rng, key)] = Origin(number, model)
    return Study(tuple(items), key, seed)


def _new_code(rng: random.Random, taken: Mapping[str, Origin]) -> str:
    while True:
        code = "".join(rng.choice(_LETTERS) for _ in range(5))
        if code not in taken and not code.isdigit():
            return code
