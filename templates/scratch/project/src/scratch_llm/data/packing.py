"""How documents become rows of one length, without a target that crosses from one document into the next.

A document of n tokens is n - 1 pairs of (token, target). Pairs, not tokens, are laid into rows: so every target of the
data is trained exactly once, a row of a long text is full to the last place, and a document's first token is never the
target of what happens to stand before it.
"""

import bisect
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from scratch_llm.data.batch import IGNORE, Batch, PreferenceBatch
from scratch_llm.data.encoding import Document
from scratch_llm.tokenizers import PAD

_BUCKET = 64  # padded batches get lengths that are multiples of this, so that a compiled model sees few shapes


def collate(rows: Sequence[Sequence[Document]], length: int, *, isolate: bool) -> Batch:
    """Lay pieces of documents beside each other.

    Args:
        rows: The pieces of each row; a piece of n tokens takes n - 1 places.
        length: Places of a row (T); what stays free is padding without targets.
        isolate: Number the documents of a row, so that the model keeps them apart.
    """
    tokens = np.full((len(rows), length), PAD, dtype=np.int64)
    targets = np.full((len(rows), length), IGNORE, dtype=np.int64)
    document_ids = np.zeros((len(rows), length), dtype=np.int64)
    for row, pieces in enumerate(rows):
        start = 0
        for number, piece in enumerate(pieces):
            stop = start + len(piece.ids) - 1
            tokens[row, start:stop] = piece.ids[:-1]
            wanted = piece.ids[1:]
            targets[row, start:stop] = wanted if piece.trained is None else np.where(piece.trained[1:], wanted, IGNORE)
            document_ids[row, start:stop] = number
            start = stop
        document_ids[row, start:] = len(pieces)
    ids = torch.from_numpy(document_ids) if isolate else None
    return Batch(torch.from_numpy(tokens), torch.from_numpy(targets), ids)


def collate_padded(pieces: Sequence[Document], length: int) -> Batch:
    """One document per row, padded on the right to the longest one of the batch (rounded up, at most `length`)."""
    return collate([[piece] for piece in pieces], _common_length(pieces, length), isolate=False)


def collate_pairs(chosen: Sequence[Document], rejected: Sequence[Document], length: int) -> PreferenceBatch:
    """Pad both answers of all pairs to one common length."""
    common = _common_length([*chosen, *rejected], length)
    return PreferenceBatch(
        collate([[piece] for piece in chosen], common, isolate=False),
        collate([[piece] for piece in rejected], common, isolate=False),
    )


def _common_length(pieces: Sequence[Document], length: int) -> int:
    longest = max(len(piece.ids) - 1 for piece in pieces)
    return min(length, -(-longest // _BUCKET) * _BUCKET)


def cut(document: Document, start: int, stop: int) -> Document:
    """Take the pairs `start` to `stop` of a document: one token more than pairs."""
    trained = document.trained
    return Document(document.ids[start : stop + 1], None if trained is None else trained[start : stop + 1])


def best_fit(lengths: Iterable[int], capacity: int) -> list[list[int]]:
    """Put items into as few rows as can be had quickly: longest first, each where it leaves the least room.

    Args:
        lengths: Length of each item, at most `capacity`.
        capacity: Length of a row.

    Returns:
        The items (their indices) of each row.
    """
    sizes = np.fromiter(lengths, dtype=np.int64)
    rows: list[list[int]] = []
    with_room: dict[int, list[int]] = {}  # free places -> rows that have exactly so many
    rooms: list[int] = []  # the keys of `with_room`, sorted
    for item in np.argsort(-sizes, kind="stable").tolist():
        size = int(sizes[item])
        at = bisect.bisect_left(rooms, size)
        if at == len(rooms):
            room, row = capacity, len(rows)
            rows.append([])
        else:
            room = rooms[at]
            row = with_room[room].pop()
            if not with_room[room]:
                del with_room[room], rooms[at]
        rows[row].append(item)
        _give_room(row, room - size, with_room, rooms)
    return rows


def _give_room(row: int, room: int, with_room: dict[int, list[int]], rooms: list[int]) -> None:
    if room == 0:
        return
    if room not in with_room:
        with_room[room] = []
        bisect.insort(rooms, room)
    with_room[room].append(row)


def pair_starts(document_starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each document's pairs begin when the pairs of all documents stand in one line; [n_document + 1]."""
    return document_starts - np.arange(len(document_starts), dtype=np.int64)
