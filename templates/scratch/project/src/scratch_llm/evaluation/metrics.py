"""Scores of answers against references. Every function is pure; none knows a model."""

import string
import unicodedata
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Final

# Kept with every score: scores under different normalisations do not compare.
NORMALISATION: Final = "nfkc-casefold-nopunct-noarticles-v1"
_ARTICLES: Final = frozenset({"a", "an", "the"})


def answer_tokens(text: str) -> list[str]:
    """Split an answer into what is compared: words, and each Chinese character by itself.

    Case, width, punctuation and English articles do not count.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    spaced = "".join(_spaced(character) for character in folded)
    return [word for word in spaced.split() if word not in _ARTICLES]


def exact_match(answer: str, references: Sequence[str]) -> float:
    """Give 1 if the answer is one of the references up to normalisation, else 0."""
    return float(any(answer_tokens(answer) == answer_tokens(reference) for reference in references))


def token_f1(answer: str, references: Sequence[str]) -> float:
    """Overlap of the answer's words with the nearest reference: harmonic mean of precision and recall."""
    return max(_overlap(answer_tokens(answer), answer_tokens(reference)) for reference in references)


def accuracy(predicted: Sequence[Hashable], actual: Sequence[Hashable]) -> float:
    """Share of predictions that are right."""
    return sum(p == a for p, a in zip(predicted, actual, strict=True)) / len(actual)


def macro_f1(predicted: Sequence[Hashable], actual: Sequence[Hashable]) -> float:
    """F1 of each label, averaged with equal weight: a rare label counts as much as a frequent one."""
    labels = set(predicted) | set(actual)
    return sum(_f1(*_counts(label, predicted, actual)) for label in labels) / len(labels)


def micro_f1(predicted: Sequence[Hashable], actual: Sequence[Hashable]) -> float:
    """F1 of the counts of all labels together; equals accuracy where each example has one label."""
    counts = [_counts(label, predicted, actual) for label in set(predicted) | set(actual)]
    return _f1(*(sum(column) for column in zip(*counts, strict=True)))


def _spaced(character: str) -> str:
    if "\u4e00" <= character <= "\u9fff":
        return f" {character} "
    is_mark = character in string.punctuation or unicodedata.category(character).startswith("P")
    return " " if is_mark else character


def _overlap(answer: Sequence[str], reference: Sequence[str]) -> float:
    if not answer or not reference:
        return float(answer == reference)
    shared = (Counter(answer) & Counter(reference)).total()
    return 2 * shared / (len(answer) + len(reference))


def _counts(label: Hashable, predicted: Sequence[Hashable], actual: Sequence[Hashable]) -> tuple[int, int, int]:
    """True positives, false positives and false negatives of a label."""
    pairs = Counter((p == label, a == label) for p, a in zip(predicted, actual, strict=True))
    return pairs[True, True], pairs[True, False], pairs[False, True]


def _f1(true_positive: int, false_positive: int, false_negative: int) -> float:
    wrong = false_positive + false_negative
    return 2 * true_positive / (2 * true_positive + wrong) if true_positive + wrong else 0.0
