"""The rows of a prepared split, each reachable by its number."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from scratch_llm.data.batch import Batch, PreferenceBatch
from scratch_llm.data.corpus import Corpus
from scratch_llm.data.encoding import Document
from scratch_llm.data.packing import (
    best_fit,
    collate,
    collate_padded,
    collate_pairs,
    pair_starts,
)


class Rows(Protocol):
    """Rows that a sampler can choose from."""

    def __len__(self) -> int: ...

    def __getitem__(self, numbers: Sequence[int]) -> Batch | PreferenceBatch:
        """Build the batch of these rows."""
        ...

    def report(self) -> dict[str, Any]:
        """Say what became of the documents."""
        ...


class WindowRows:
    """Texts: the pairs of all documents in one line, cut every `length` pairs. Only the last row can have padding."""

    def __init__(self, corpus: Corpus, length: int, *, isolate: bool) -> None:
        self.corpus = corpus
        self.length = length
        self.isolate = isolate
        self._starts = pair_starts(corpus.starts)

    def __len__(self) -> int:
        return int(-(-self._starts[-1] // self.length))

    def __getitem__(self, numbers: Sequence[int]) -> Batch:
        """Build the batch of these rows."""
        return collate([self._pieces(number) for number in numbers], self.length, isolate=self.isolate)

    def report(self) -> dict[str, Any]:
        """Say what became of the documents."""
        return _fill_report(len(self), int(self._starts[-1]), self.length)

    def _pieces(self, row: int) -> list[Document]:
        start = row * self.length
        stop = min(start + self.length, int(self._starts[-1]))
        first = int(np.searchsorted(self._starts, start, side="right")) - 1
        last = int(np.searchsorted(self._starts, stop, side="left"))
        pieces = []
        for document in range(first, last):
            begin = int(self._starts[document])
            until = min(stop, int(self._starts[document + 1])) - begin
            pieces.append(self.corpus.piece(document, max(start - begin, 0), until + 1))
        return pieces


class DocumentRows:
    """Whole documents: several beside each other in a row, or one per row with padding.

    Args:
        corpus: The documents.
        length: Places of a row.
        packing: Fill rows with several documents.
        isolate: Keep the documents of a row apart.
        split_long: Lay a document that is too long into several rows; else its end is cut off, and a document of which
            no learned token is left is dropped.
    """

    def __init__(self, corpus: Corpus, length: int, *, packing: bool, isolate: bool, split_long: bool) -> None:
        self.corpus = corpus
        self.length = length
        self.packing = packing
        self.isolate = isolate
        self.fit = None if split_long else Fit(corpus, length)
        self._pieces = _split(corpus, length) if self.fit is None else self.fit.pieces
        sizes = [stop - start - 1 for _, start, stop in self._pieces]
        self._n_pair = sum(sizes)
        self._rows = best_fit(sizes, length) if packing else [[number] for number in range(len(sizes))]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, numbers: Sequence[int]) -> Batch:
        """Build the batch of these rows."""
        rows = [[self.corpus.piece(*self._pieces[piece]) for piece in self._rows[number]] for number in numbers]
        if self.packing:
            return collate(rows, self.length, isolate=self.isolate)
        return collate_padded([pieces[0] for pieces in rows], self.length)

    def report(self) -> dict[str, Any]:
        """Say what became of the documents."""
        lost = {} if self.fit is None else self.fit.report()
        return _fill_report(len(self), self._n_pair, self.length) | lost


class PairRows:
    """Pairs of answers: documents 2i (chosen) and 2i + 1 (rejected) are a row, if they still differ after the cut."""

    def __init__(self, corpus: Corpus, length: int) -> None:
        self.corpus = corpus
        self.length = length
        self.fit = Fit(corpus, length, pairs=True)

    def __len__(self) -> int:
        return len(self.fit.pieces) // 2

    def __getitem__(self, numbers: Sequence[int]) -> PreferenceBatch:
        """Build the batch of these rows."""
        chosen = [self.corpus.piece(*self.fit.pieces[2 * number]) for number in numbers]
        rejected = [self.corpus.piece(*self.fit.pieces[2 * number + 1]) for number in numbers]
        return collate_pairs(chosen, rejected, self.length)

    def report(self) -> dict[str, Any]:
        """Say what became of the documents."""
        return {"rows": len(self)} | self.fit.report()


class Fit:
    """Which documents fit into a row of `length` places, whole or cut at the end, and what is lost with the others.

    A document is usable where a learned token is left after the cut; of a pair, both must be, and they must differ.
    """

    def __init__(self, corpus: Corpus, length: int, *, pairs: bool = False) -> None:
        lengths = np.diff(corpus.starts)
        kept = np.minimum(lengths, length + 1)
        usable = corpus.first_trained() < kept
        if pairs:
            usable = (usable[::2] & usable[1::2] & _different(corpus, kept)).repeat(2)
        self.pieces = [(document, 0, int(kept[document])) for document in np.flatnonzero(usable).tolist()]
        self.n_cut = int((usable & (lengths > kept)).sum())
        self.n_dropped = int((~usable).sum())
        self.tokens_lost = int(lengths.sum() - kept[usable].sum())

    def report(self) -> dict[str, Any]:
        """Say what does not fit."""
        return {"documents_cut": self.n_cut, "documents_dropped": self.n_dropped, "tokens_lost": self.tokens_lost}


def _different(corpus: Corpus, kept: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say of each pair whether its documents differ in the tokens that are kept [n_pair]."""
    different: NDArray[np.bool_] = kept[::2] != kept[1::2]
    for pair in np.flatnonzero(~different).tolist():
        chosen, rejected = (corpus.piece(document, 0, int(kept[document])).ids for document in (2 * pair, 2 * pair + 1))
        different[pair] = not np.array_equal(chosen, rejected)
    return different


def _split(corpus: Corpus, length: int) -> list[tuple[int, int, int]]:
    """Cut every document into pieces (document, start, stop) of at most `length` pairs."""
    return [
        (document, start, min(start + length + 1, n_token))
        for document, n_token in enumerate(np.diff(corpus.starts).tolist())
        for start in range(0, n_token - 1, length)
    ]


def _fill_report(n_row: int, n_pair: int, length: int) -> dict[str, Any]:
    return {"rows": n_row, "padding_share": round(1 - n_pair / (n_row * length), 4) if n_row else 0.0}
