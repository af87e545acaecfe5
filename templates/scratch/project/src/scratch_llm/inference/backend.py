"""What a model must do for generation, however it computes."""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from scratch_llm.models import Decoder, KVCache


class Backend(Protocol):
    """Rows of a cache, each of which continues one sequence."""

    @property
    def vocab_size(self) -> int:
        """Number of logits."""
        ...

    @property
    def n_row(self) -> int:
        """Sequences that it can hold at once."""
        ...

    @property
    def context_length(self) -> int:
        """Tokens that a row can hold."""
        ...

    @property
    def lengths(self) -> Sequence[int]:
        """Tokens that each row holds."""
        ...

    def last_logits(self, tokens: Tensor, rows: Sequence[int], n_new: Sequence[int]) -> Tensor:
        """Append tokens to rows.

        Args:
            tokens: [B, T] int64, padded on the right.
            rows: The B rows that they continue.
            n_new: How many of the T tokens are real, at least one per row.

        Returns:
            [B, V] logits after each row's last real token.
        """
        ...

    def reset(self, row: int) -> None:
        """Empty a row."""
        ...


class EagerBackend:
    """A decoder as it is."""

    def __init__(self, model: Decoder, n_row: int, length: int) -> None:
        self._model = model
        weight = model.embed.weight
        self._device = weight.device
        self._cache = KVCache(model.config, n_row, length, device=weight.device, dtype=weight.dtype)
        self.vocab_size = model.config.vocab_size
        self.n_row = n_row
        self.context_length = length

    @property
    def lengths(self) -> Sequence[int]:
        """Tokens that each row holds."""
        return self._cache.lengths

    @torch.inference_mode()
    def last_logits(self, tokens: Tensor, rows: Sequence[int], n_new: Sequence[int]) -> Tensor:
        """Append tokens to rows and give [B, V] logits after each row's last one."""
        width = tokens.shape[1]
        padded = None if all(count == width for count in n_new) else n_new
        return self._model.last_logits(tokens.to(self._device), cache=self._cache, rows=rows, n_new=padded)

    def reset(self, row: int) -> None:
        """Empty a row."""
        self._cache.reset(row)
