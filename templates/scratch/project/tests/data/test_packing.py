"""Rows hold every pair of the data once, and no target of another document."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch_llm.data import IGNORE, Batch
from scratch_llm.data.corpus import Corpus, write_shard
from scratch_llm.data.encoding import Document
from scratch_llm.data.packing import best_fit, collate, collate_padded, collate_pairs
from scratch_llm.data.reading import Place
from scratch_llm.data.rows import DocumentRows, Rows, WindowRows
from scratch_llm.data.streaming import Position, Step, split_rows, whole_rows

from tests.data.material import documents

lengths_of_documents = st.lists(st.integers(2, 40), min_size=1, max_size=12)


def pairs(batch: Batch) -> Counter[tuple[int, int]]:
    """All (token, target) pairs that are trained."""
    wanted = batch.targets != IGNORE
    return Counter(zip(batch.tokens[wanted].tolist(), batch.targets[wanted].tolist(), strict=True))


def pairs_of(texts: list[Document]) -> Counter[tuple[int, int]]:
    return Counter(pair for text in texts for pair in zip(text.ids[:-1].tolist(), text.ids[1:].tolist(), strict=True))


def corpus(folder: Path, texts: list[Document], per_shard: int = 3) -> Corpus:
    shards = [
        write_shard(folder, f"train-{i:05d}", texts[i : i + per_shard], "<u2") for i in range(0, len(texts), per_shard)
    ]
    return Corpus(folder, shards)


def all_rows(rows: Rows) -> Batch:
    batch = rows[range(len(rows))]
    assert isinstance(batch, Batch)
    return batch


@given(lengths=lengths_of_documents, length=st.integers(1, 50), packing=st.booleans())
@settings(max_examples=25, deadline=None)
def test_every_pair_of_the_data_is_in_exactly_one_row(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], length: int, packing: bool
) -> None:
    texts = documents(lengths)
    stored = corpus(tmp_path_factory.mktemp("corpus"), texts)
    laid_out: list[Rows] = [DocumentRows(stored, length, packing=packing, isolate=True, split_long=True)]
    laid_out += [WindowRows(stored, length, isolate=True)] if packing else []
    for rows in laid_out:
        assert pairs(all_rows(rows)) == pairs_of(texts)


@given(lengths=lengths_of_documents, length=st.integers(2, 50))
@settings(max_examples=25, deadline=None)
def test_document_ids_part_what_stands_in_one_row(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], length: int
) -> None:
    texts = documents(lengths)
    owner = {int(token): number for number, text in enumerate(texts) for token in text.ids}
    batch = all_rows(WindowRows(corpus(tmp_path_factory.mktemp("corpus"), texts), length, isolate=True))
    assert batch.document_ids is not None
    for tokens, targets, ids in zip(batch.tokens, batch.targets, batch.document_ids, strict=True):
        real = targets != IGNORE
        owners = [owner[token] for token in tokens[real].tolist()]
        assert [owner[target] for target in targets[real].tolist()] == owners
        changes = [left != right for left, right in pairwise(owners)]
        assert changes == (torch.diff(ids[real]) != 0).tolist()
        assert not set(ids[real].tolist()) & set(ids[~real].tolist()), "padding is a document of its own"


@pytest.mark.fast
@given(lengths=lengths_of_documents, length=st.integers(1, 50), packing=st.booleans())
@settings(max_examples=25, deadline=None)
def test_a_stream_lays_out_every_pair_once_too(lengths: list[int], length: int, packing: bool) -> None:
    texts = documents(lengths)
    steps = [Step([text], Position(0, Place(i)), Position(0, Place(i + 1))) for i, text in enumerate(texts)]
    rows = [row for row, _ in split_rows(iter(steps), length, packing=packing)]
    assert pairs(collate(rows, length, isolate=True)) == pairs_of(texts)
    if packing:
        assert all(sum(len(piece.ids) - 1 for piece in row) == length for row in rows[:-1])


@pytest.mark.fast
@given(lengths=st.lists(st.integers(2, 21), min_size=1, max_size=12), packing=st.booleans())
@settings(max_examples=25, deadline=None)
def test_a_stream_never_cuts_a_conversation(lengths: list[int], packing: bool) -> None:
    texts = documents(lengths)
    steps = [Step([text], Position(0, Place(i)), Position(0, Place(i + 1))) for i, text in enumerate(texts)]
    rows = [row for row, _ in whole_rows(iter(steps), 20, packing=packing)]
    assert [piece.ids.tolist() for row in rows for piece in row] == [text.ids.tolist() for text in texts]
    assert all(sum(len(piece.ids) - 1 for piece in row) <= 20 for row in rows)
    assert packing or all(len(row) == 1 for row in rows)


@pytest.mark.fast
@given(sizes=st.lists(st.integers(1, 30), max_size=60))
@settings(max_examples=25, deadline=None)
def test_best_fit_uses_each_item_once_and_wastes_little(sizes: list[int]) -> None:
    rows = best_fit(sizes, 30)
    assert sorted(item for row in rows for item in row) == list(range(len(sizes)))
    assert all(sum(sizes[item] for item in row) <= 30 for row in rows)
    # At most one row can be half empty: otherwise the two would have become one.
    assert sum(sum(sizes[item] for item in row) <= 15 for row in rows) <= 1


@pytest.mark.fast
def test_targets_are_the_tokens_shifted_by_one() -> None:
    batch = collate([documents([5, 4])], 9, isolate=True)
    assert batch.tokens.tolist() == [[100, 101, 102, 103, 105, 106, 107, 0, 0]]
    assert batch.targets.tolist() == [[101, 102, 103, 104, 106, 107, 108, IGNORE, IGNORE]]
    assert batch.document_ids is not None
    assert batch.document_ids.tolist() == [[0, 0, 0, 0, 1, 1, 1, 2, 2]]


@pytest.mark.fast
def test_only_what_is_marked_is_a_target() -> None:
    text = Document(np.arange(5), np.array([True, False, True, False, True]))
    assert collate([[text]], 4, isolate=False).targets.tolist() == [[IGNORE, 2, IGNORE, 4]]


@pytest.mark.fast
def test_a_padded_batch_is_as_long_as_its_longest_document_in_steps_of_64() -> None:
    assert collate_padded(documents([3, 10]), 1000).tokens.shape == (2, 64)
    assert collate_padded(documents([3, 70]), 1000).tokens.shape == (2, 128)
    assert collate_padded(documents([3, 70]), 69).tokens.shape == (2, 69)
    assert collate_padded(documents([3, 10]), 1000).document_ids is None


@pytest.mark.fast
def test_both_answers_of_a_pair_have_one_length() -> None:
    batch = collate_pairs(documents([5, 6]), documents([90, 7]), 1000)
    assert batch.chosen.tokens.shape == batch.rejected.tokens.shape == (2, 128)
