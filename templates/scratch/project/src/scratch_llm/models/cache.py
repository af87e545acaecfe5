"""The memory of generation: what attention needs again of every token so far, in storage that is allocated once."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from scratch_llm.config import ModelConfig
from scratch_llm.models.context import Memory
from scratch_llm.models.registry import ATTENTION
from scratch_llm.utils.errors import RequestError


class KVCache:
    """Rows of tokens, each of its own length; a row is reset and used again by another sequence.

    Storage is [layer, row, position, ...], one tensor for each thing that the kind of attention keeps.
    """

    def __init__(
        self,
        config: ModelConfig,
        n_row: int,
        length: int,
        *,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        shapes = ATTENTION[config.attention].cache_shapes(config)
        self.length = length
        self.lengths = [0] * n_row
        self.storage = [torch.zeros(config.n_layer, n_row, length, *s, device=device, dtype=dtype) for s in shapes]

    @property
    def n_bytes(self) -> int:
        """Size of the storage."""
        return sum(tensor.nbytes for tensor in self.storage)

    def reset(self, row: int | None = None) -> None:
        """Forget one row, or all."""
        if row is None:
            self.lengths = [0] * len(self.lengths)
        else:
            self.lengths[row] = 0

    def window(self, n_token: int, rows: Sequence[int], n_new: Sequence[int] | None = None) -> "Window":
        """Prepare to continue `rows` by the first `n_new` of `n_token` tokens each (default: by all)."""
        return Window(self, n_token, rows, [n_token] * len(rows) if n_new is None else n_new)


class Window:
    """The part of a cache that one forward pass continues.

    Attributes:
        starts: Position of each row's first new token.
        end: Number of positions that attention looks at.
        is_even: Whether all rows are equally long, before and after: then nothing is padding.
    """

    def __init__(self, cache: KVCache, n_token: int, rows: Sequence[int], n_new: Sequence[int]) -> None:
        self.cache, self.n_token, self.rows, self.n_new = cache, n_token, rows, n_new
        self.starts = [cache.lengths[row] for row in rows]
        self.end = max(start + new for start, new in zip(self.starts, n_new, strict=True))
        if self.end > cache.length:
            raise RequestError(
                f"a sequence of {self.end} tokens does not fit into a cache of {cache.length}",
                "shorten the prompt or ask for fewer tokens",
            )
        self.is_even = all(start == self.starts[0] for start in self.starts) and all(new == n_token for new in n_new)

    def memories(self) -> list[Memory]:
        """The memory of each layer."""
        first, last = self.rows[0], self.rows[-1] + 1
        are_neighbours = all(row == first + i for i, row in enumerate(self.rows))
        if are_neighbours and self.is_even:
            return self._slices(slice(first, last))
        return self._scattered(slice(first, last) if are_neighbours else None)

    def close(self) -> None:
        """The pass is over: what it has written counts from now on."""
        for row, new in zip(self.rows, self.n_new, strict=True):
            self.cache.lengths[row] += new

    def _slices(self, rows: slice) -> list[Memory]:
        # Cut once for all layers: in the layers themselves every single operation counts.
        known = [kept[:, rows].narrow(2, 0, self.end) for kept in self.cache.storage]
        room = zip(*(kept.narrow(2, self.starts[0], self.n_token).unbind(0) for kept in known), strict=True)
        layers = zip(*(kept.unbind(0) for kept in known), strict=True)
        return [SliceMemory(*layer) for layer in zip(room, layers, strict=True)]

    def _scattered(self, neighbours: slice | None) -> list[Memory]:
        device = self.cache.storage[0].device
        place = torch.arange(self.n_token)
        is_real = place < torch.tensor(self.n_new)[:, None]  # [B, T]
        rows = torch.tensor(list(self.rows))
        target = rows[:, None] * self.cache.length + torch.tensor(self.starts)[:, None] + place
        source = is_real.flatten().nonzero().squeeze(1).to(device)
        target = target[is_real].to(device)
        read = rows.to(device) if neighbours is None else neighbours
        layers = zip(*(kept.unbind(0) for kept in self.cache.storage), strict=True)
        return [ScatteredMemory(layer, source, target, read, self.end) for layer in layers]


class SliceMemory(NamedTuple):
    """One layer where neighbouring rows are equally long: writing and reading are slices."""

    room: tuple[Tensor, ...]
    known: tuple[Tensor, ...]

    def extend(self, *new: Tensor) -> Sequence[Tensor]:
        """Keep `new` and return all that is known."""
        for place, tensor in zip(self.room, new, strict=True):
            place.copy_(tensor)
        return self.known


class ScatteredMemory(NamedTuple):
    """One layer where rows are of any length and stand anywhere; padding is not written."""

    storage: tuple[Tensor, ...]  # each [row, position, ...]
    source: Tensor  # which of the B * T tokens are real
    target: Tensor  # where they go, as row * length + position
    rows: Tensor | slice
    end: int

    def extend(self, *new: Tensor) -> Sequence[Tensor]:
        """Keep `new` and return all that is known."""
        for kept, tensor in zip(self.storage, new, strict=True):
            real = tensor.flatten(0, 1)[self.source]
            kept.flatten(0, 1).index_copy_(0, self.target, real.to(kept.dtype))
        return [kept[:, : self.end][self.rows] for kept in self.storage]
