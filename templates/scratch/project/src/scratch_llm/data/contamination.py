"""How much of an evaluation set a model has already read: pieces of its documents that occur in the training data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from scratch_llm.data.shingles import Hashes, piece_length, shingles, units

N_WORD: Final = 13  # long enough that two authors hardly ever write the same piece
THRESHOLD: Final = 0.5


@dataclass(frozen=True)
class Contamination:
    """For each evaluation document, the share of its pieces that the training data holds."""

    shares: tuple[float, ...]
    threshold: float

    @property
    def contaminated(self) -> list[int]:
        """The documents that the training data holds to a large part; leave them out of a score."""
        return [i for i, share in enumerate(self.shares) if share >= self.threshold]

    def summary(self) -> dict[str, float | int]:
        """Numbers for a report."""
        mean = sum(self.shares) / len(self.shares) if self.shares else 0.0
        return {
            "documents": len(self.shares),
            "contaminated": len(self.contaminated),
            "mean_overlap": round(mean, 4),
            "threshold": self.threshold,
        }


def find_contamination(
    train: Iterable[str], evaluation: Sequence[str], *, n_word: int = N_WORD, threshold: float = THRESHOLD
) -> Contamination:
    """Compare the documents of an evaluation set with training data, which is read once and may be of any size.

    Args:
        train: Documents the model was trained on.
        evaluation: Documents it is measured by.
        n_word: Length of a piece; Chinese takes twice as many characters. A shorter document is one piece.
        threshold: Share from which on a document counts as contaminated.
    """
    documents = [units(text) for text in evaluation]
    lengths = [piece_length(found, n_word) for found in documents]
    pieces = [shingles(found, length) for found, length in zip(documents, lengths, strict=True)]
    marked = {
        length: _Pieces([own for own, n_unit in zip(pieces, lengths, strict=True) if n_unit == length])
        for length in set(lengths) - {0}
    }
    for text in train:
        found = units(text)
        for length, wanted in marked.items():
            wanted.mark(shingles(found, length))
    shares = (marked[n_unit].share(own) if n_unit else 0.0 for own, n_unit in zip(pieces, lengths, strict=True))
    return Contamination(tuple(shares), threshold)


class _Pieces:
    """The pieces of one length that the evaluation documents hold, and which of them the training data holds too."""

    def __init__(self, pieces: Sequence[Hashes]) -> None:
        self._wanted = np.unique(np.concatenate(pieces))
        self._read = np.zeros(len(self._wanted), np.bool_)

    def mark(self, pieces: Hashes) -> None:
        """Note pieces of the training data."""
        places = np.searchsorted(self._wanted, pieces).clip(max=len(self._wanted) - 1)
        self._read[places[self._wanted[places] == pieces]] = True

    def share(self, pieces: Hashes) -> float:
        """Give the share of a document's pieces that were noted."""
        return float(self._read[np.searchsorted(self._wanted, pieces)].mean())
