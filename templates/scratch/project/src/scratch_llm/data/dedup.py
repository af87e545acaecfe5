"""Near-duplicate removal: MinHash signatures, compared where locality-sensitive hashing brings them together.

The share of equal entries of two signatures estimates the Jaccard similarity of their texts' pieces. A text is compared
only with texts that agree with it on all rows of some band, so the work grows with the texts, not with their pairs.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scratch_llm.data.shingles import Hashes, piece_length, shingles, units

THRESHOLD: Final = 0.8
N_WORD: Final = 5
N_BAND: Final = 16
N_ROW: Final = 8  # 16 bands of 8 rows find 95 % of the pairs of similarity 0.8, and 3 % of those of similarity 0.45
_N_HASH: Final = N_BAND * N_ROW

Signature = NDArray[np.uint32]


@dataclass(frozen=True)
class Duplicate:
    """A text that is left out because it resembles an earlier one; `exact` where it is the very same."""

    index: int
    original: int
    similarity: float
    exact: bool


@dataclass
class Deduplicated:
    """Which texts are kept, and which earlier texts the others resemble."""

    kept: list[int] = field(default_factory=list)
    removed: list[Duplicate] = field(default_factory=list)

    def summary(self) -> dict[str, int]:
        """Counts for a report."""
        exact = sum(duplicate.exact for duplicate in self.removed)
        n = len(self.kept) + len(self.removed)
        near = len(self.removed) - exact
        return {"documents": n, "kept": len(self.kept), "exact_duplicates": exact, "near_duplicates": near}


class NearDuplicates:
    """Remembers texts by their signatures (half a kilobyte each) and recognises what resembles one of them."""

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self.threshold = threshold
        self._factors = np.random.default_rng(2024).integers(1, 2**63, (1, _N_HASH), dtype=np.uint64) | np.uint64(1)
        self._signatures: list[Signature] = []
        self._indices: list[int] = []
        self._hashes: list[int] = []
        self._bands: dict[bytes, list[int]] = {}
        self._n_seen = 0

    def add(self, text: str) -> Duplicate | None:
        """Remember a text, or say which earlier one it duplicates. A text of punctuation alone is never one."""
        index = self._n_seen
        self._n_seen += 1
        found = units(text)
        pieces = shingles(found, piece_length(found, N_WORD))
        if not len(pieces):
            return None
        signature = self._sign(pieces)
        keys = [bytes([band]) + signature[band::N_BAND].tobytes() for band in range(N_BAND)]
        nearest = self._most_similar(signature, keys)
        if nearest is not None and nearest[0] >= self.threshold:
            similarity, place = nearest
            return Duplicate(index, self._indices[place], similarity, self._hashes[place] == hash(text))
        self._remember(index, signature, keys)
        self._hashes.append(hash(text))
        return None

    def _sign(self, pieces: Hashes) -> Signature:
        """Take the smallest of all pieces under each of the hash functions [N_BAND * N_ROW]."""
        signature: Signature = ((pieces[:, None] * self._factors) >> np.uint64(32)).min(axis=0).astype(np.uint32)
        return signature

    def _most_similar(self, signature: Signature, keys: list[bytes]) -> tuple[float, int] | None:
        places = sorted({place for key in keys for place in self._bands.get(key, ())})
        if not places:
            return None
        candidates = np.stack([self._signatures[place] for place in places])
        similarities = (candidates == signature).mean(axis=1)
        best = int(similarities.argmax())
        return float(similarities[best]), places[best]

    def _remember(self, index: int, signature: Signature, keys: list[bytes]) -> None:
        for key in keys:
            self._bands.setdefault(key, []).append(len(self._signatures))
        self._signatures.append(signature)
        self._indices.append(index)


def deduplicate(texts: Iterable[str], threshold: float = THRESHOLD) -> Deduplicated:
    """Find the texts to keep: of texts whose similarity is at least `threshold`, the first."""
    seen, result = NearDuplicates(threshold), Deduplicated()
    for i, text in enumerate(texts):
        duplicate = seen.add(text)
        if duplicate is None:
            result.kept.append(i)
        else:
            result.removed.append(duplicate)
    return result
