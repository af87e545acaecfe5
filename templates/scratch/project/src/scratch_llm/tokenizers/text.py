"""What all kinds do with text and ids alike."""

from collections import Counter
from collections.abc import Iterable, Sequence

from scratch_llm.tokenizers.base import BOS, EOS, SPECIAL_TOKENS

N_SPECIAL = len(SPECIAL_TOKENS)


def whole_characters(text: str) -> str:
    """Replace halves of surrogate pairs, which are no characters, by U+FFFD; all other text stays as it is."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def framed(rows: list[list[int]], *, bos: bool, eos: bool) -> list[list[int]]:
    """Put BOS before and EOS after each row, where asked."""
    if not (bos or eos):
        return rows
    before, after = [BOS] * bos, [EOS] * eos
    return [before + row + after for row in rows]


def plain_ids(ids: Sequence[int], vocab_size: int) -> list[int]:
    """Leave out special tokens and ids beyond the vocabulary."""
    return [i for i in ids if N_SPECIAL <= i < vocab_size]


def most_frequent_characters(texts: Iterable[str], limit: int) -> list[str]:
    """Give the most frequent characters, most frequent first; ties go by code point, so that runs agree."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    return sorted(counts, key=lambda character: (-counts[character], character))[:limit]
