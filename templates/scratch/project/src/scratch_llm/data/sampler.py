"""Which rows come next: an endless line of rows, every row once per epoch, whose position is one number.

Batches are cut from the line without regard to where an epoch ends. So no batch is ever smaller than the others, no row
is left out, and all ranks have equally many batches, however small the data is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Share:
    """What one of several processes takes: `batch_size` rows at a time."""

    batch_size: int
    rank: int = 0
    world_size: int = 1

    @property
    def step(self) -> int:
        """Rows that all processes together take at a time."""
        return self.batch_size * self.world_size


class RowSampler:
    """Deals rows; the order of epoch e depends on (seed, e) alone.

    Args:
        n_row: Rows of the data set.
        share: What this process takes.
        seed: Seed of the order.
        shuffle: A new random order each epoch; else the order of the data set.
    """

    def __init__(self, n_row: int, share: Share, *, seed: int = 0, shuffle: bool = True) -> None:
        self.n_row = n_row
        self.share = share
        self.seed = seed
        self.shuffle = shuffle
        self._epoch = -1
        self._order: NDArray[np.int64] = np.empty(0, np.int64)

    @property
    def batches_per_epoch(self) -> int:
        """Batches of one process until every row has been dealt; the last one can reach into the next epoch."""
        return -(-self.n_row // self.share.step)

    def batches(self, position: int) -> Iterator[list[int]]:
        """Deal this process's batches without end, from the given position of the line on."""
        while True:
            start = position + self.share.rank * self.share.batch_size
            yield [self._row(place) for place in range(start, start + self.share.batch_size)]
            position += self.share.step

    def _row(self, place: int) -> int:
        epoch, within = divmod(place, self.n_row)
        if not self.shuffle:
            return within
        if self._epoch != epoch:
            self._epoch, self._order = epoch, np.random.default_rng([self.seed, epoch]).permutation(self.n_row)
        return int(self._order[within])


def one_pass(n_row: int, share: Share) -> Iterator[list[int]]:
    """Deal every row once, in order; the last batch may be smaller.

    Every process gets equally many batches of equal size; at most `world_size - 1` rows at the end are left out.
    """
    for start in range(0, n_row - n_row % share.world_size, share.step):
        size = min(share.step, n_row - start) // share.world_size
        first = start + share.rank * size
        yield list(range(first, first + size))
