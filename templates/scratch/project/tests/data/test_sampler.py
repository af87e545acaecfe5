"""The line of rows: complete, shared out exactly, and the same from any position on."""

from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch_llm.data.sampler import RowSampler, Share, one_pass

pytestmark = pytest.mark.fast


def dealt(n_row: int, share: Share, n_batch: int, position: int = 0, seed: int = 0) -> list[list[int]]:
    return list(islice(RowSampler(n_row, share, seed=seed).batches(position), n_batch))


@given(n_row=st.integers(1, 50), batch_size=st.integers(1, 8), world_size=st.integers(1, 4), seed=st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_each_epoch_deals_every_row_once_among_all_processes(
    n_row: int, batch_size: int, world_size: int, seed: int
) -> None:
    shares = [Share(batch_size, rank, world_size) for rank in range(world_size)]
    n_batch = 3 * RowSampler(n_row, shares[0]).batches_per_epoch
    by_process = [dealt(n_row, share, n_batch, seed=seed) for share in shares]
    line = [row for step in zip(*by_process, strict=True) for batch in step for row in batch]
    assert len(line) >= 3 * n_row
    for epoch in range(3):
        assert sorted(line[epoch * n_row : (epoch + 1) * n_row]) == list(range(n_row))


@given(n_row=st.integers(1, 50), batch_size=st.integers(1, 8), passed=st.integers(0, 20), seed=st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_the_line_goes_on_from_any_position(n_row: int, batch_size: int, passed: int, seed: int) -> None:
    share = Share(batch_size, rank=1, world_size=2)
    whole = dealt(n_row, share, passed + 5, seed=seed)
    assert dealt(n_row, share, 5, position=passed * share.step, seed=seed) == whole[passed:]


def test_the_same_rows_make_a_step_whatever_the_number_of_processes() -> None:
    alone = dealt(40, Share(8), 10)
    both = zip(*(dealt(40, Share(4, rank, 2), 10) for rank in range(2)), strict=True)
    assert [sorted(batch) for batch in alone] == [sorted(one + other) for one, other in both]


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    (first,), (other_seed,) = dealt(64, Share(64), 1), dealt(64, Share(64), 1, seed=1)
    (second,) = dealt(64, Share(64), 1, position=64)
    assert len({tuple(first), tuple(other_seed), tuple(second), tuple(range(64))}) == 4


def test_without_shuffling_rows_keep_their_order() -> None:
    batches = RowSampler(5, Share(2), shuffle=False).batches(0)
    assert list(islice(batches, 4)) == [[0, 1], [2, 3], [4, 0], [1, 2]]


@given(n_row=st.integers(0, 60), batch_size=st.integers(1, 8), world_size=st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_one_pass_gives_equal_shares_and_leaves_out_less_than_one_row_per_process(
    n_row: int, batch_size: int, world_size: int
) -> None:
    by_process = [list(one_pass(n_row, Share(batch_size, rank, world_size))) for rank in range(world_size)]
    assert len({tuple(len(batch) for batch in batches) for batches in by_process}) == 1
    rows = sorted(row for batches in by_process for batch in batches for row in batch)
    assert rows == list(range(n_row - n_row % world_size))
    assert all(0 < len(batch) <= batch_size for batches in by_process for batch in batches)
