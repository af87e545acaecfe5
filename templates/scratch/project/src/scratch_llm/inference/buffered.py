"""What backends share whose model is a pure function: the cache is theirs to keep."""

import abc
from collections.abc import Sequence

import torch
from torch import Tensor

_SMALLEST = 32


class BufferedBackend(abc.ABC):
    """Keeps what attention will need again, and hands it to a model without state.

    The buffers [row, place, ...] grow by doubling as a list does: the model reads all of what it is given, so a short
    conversation should not pay for the longest one, and a compiled model should see few different shapes.
    """

    def __init__(
        self, kept: Sequence[tuple[int, ...]], n_row: int, length: int, vocab_size: int, device: torch.device
    ) -> None:
        self.n_row = n_row
        self.context_length = length
        self.vocab_size = vocab_size
        self.lengths = [0] * n_row
        self._device = device
        self._capacity = min(_SMALLEST, length)
        self._buffers = [torch.zeros(n_row, self._capacity, *shape, device=device) for shape in kept]

    @abc.abstractmethod
    def compute(self, tokens: Tensor, starts: Tensor, n_new: Tensor, past: list[Tensor]) -> list[Tensor]:
        """Logits and what is to be kept, as `StatelessDecoder` gives them."""

    @torch.inference_mode()
    def last_logits(self, tokens: Tensor, rows: Sequence[int], n_new: Sequence[int]) -> Tensor:
        """Append tokens to rows and give [B, V] logits after each row's last one."""
        starts = [self.lengths[row] for row in rows]
        self._make_room(max(start + new for start, new in zip(starts, n_new, strict=True)))
        device = self._device
        inputs = tokens.to(device), torch.tensor(starts, device=device), torch.tensor(n_new, device=device)
        logits, *new = self.compute(*inputs, self._past(rows))
        self._keep(new, rows, starts, n_new)
        for row, count in zip(rows, n_new, strict=True):
            self.lengths[row] += count
        return logits

    def reset(self, row: int) -> None:
        """Empty a row; when all are empty, the buffers become small again."""
        self.lengths[row] = 0
        if not any(self.lengths):
            self._resize(min(_SMALLEST, self.context_length))

    def _past(self, rows: Sequence[int]) -> list[Tensor]:
        first, last = rows[0], rows[-1] + 1
        if list(rows) != list(range(first, last)):
            index = torch.tensor(rows, device=self._device)
            return [buffer[index] for buffer in self._buffers]
        if len(rows) == self.n_row:
            return self._buffers
        return [buffer[first:last] for buffer in self._buffers]  # a view: neighbours need no copy

    def _keep(self, new: Sequence[Tensor], rows: Sequence[int], starts: Sequence[int], n_new: Sequence[int]) -> None:
        if len(rows) == 1:
            row, start, count = rows[0], starts[0], n_new[0]
            for buffer, fresh in zip(self._buffers, new, strict=True):
                buffer[row, start : start + count] = fresh[0, :count]
            return
        index = [range(count) for count in n_new]
        source = [b * new[0].shape[1] + t for b, places in enumerate(index) for t in places]
        target = [rows[b] * self._capacity + starts[b] + t for b, places in enumerate(index) for t in places]
        source_index = torch.tensor(source, device=self._device)
        target_index = torch.tensor(target, device=self._device)
        for buffer, fresh in zip(self._buffers, new, strict=True):
            buffer.flatten(0, 1).index_copy_(0, target_index, fresh.flatten(0, 1)[source_index])

    def _make_room(self, length: int) -> None:
        if length > self._capacity:
            self._resize(min(self.context_length, max(length, 2 * self._capacity)))

    def _resize(self, capacity: int) -> None:
        if capacity == self._capacity:
            return
        kept = min(capacity, self._capacity)
        for index, old in enumerate(self._buffers):
            self._buffers[index] = old.new_zeros(self.n_row, capacity, *old.shape[2:])
            self._buffers[index][:, :kept] = old[:, :kept]
        self._capacity = capacity
