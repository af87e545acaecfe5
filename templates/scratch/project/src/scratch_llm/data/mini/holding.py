"""Documents that hold another one in themselves: a longer copy, a quotation, the later turns of a conversation.

Such a pair is no near-duplicate, because the longer one says much more; yet whoever has learned it knows the shorter.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

import numpy as np

from scratch_llm.data.dedup import N_WORD, THRESHOLD
from scratch_llm.data.shingles import Hashes, piece_length, shingles, units

_COMMON: Final = 30  # a piece that more documents have is a turn of phrase or a form, and says nothing


def held_by(texts: Iterable[tuple[int, str]]) -> dict[int, int]:
    """Give for every document the one that speaks for all it is held by, or holds: the lowest number among them.

    Args:
        texts: Texts with the numbers of the documents that they are pieces of.
    """
    pieces = _pieces(texts)
    holders: dict[int, list[int]] = defaultdict(list)
    for document in sorted(pieces):
        for piece in pieces[document].tolist():
            holders[piece].append(document)
    common: Counter[tuple[int, int]] = Counter()
    for documents in holders.values():
        if 1 < len(documents) <= _COMMON:
            common.update((one, other) for i, one in enumerate(documents) for other in documents[i + 1 :])
    heads = {document: document for document in pieces}
    for (one, other), n_common in sorted(common.items()):
        if n_common >= THRESHOLD * min(len(pieces[one]), len(pieces[other])):
            first, second = sorted((_head(heads, one), _head(heads, other)))
            heads[second] = first
    return {document: _head(heads, document) for document in heads}


def _pieces(texts: Iterable[tuple[int, str]]) -> dict[int, Hashes]:
    gathered: dict[int, list[Hashes]] = defaultdict(list)
    for document, text in texts:
        found = units(text)
        gathered[document].append(shingles(found, piece_length(found, N_WORD)))
    return {document: np.unique(np.concatenate(hashes)) for document, hashes in gathered.items()}


def _head(heads: dict[int, int], document: int) -> int:
    while heads[document] != document:
        document = heads[document]
    return document
