"""What all blocks share in one forward pass, computed once: positions, mask, and the memory that is continued."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


class Memory(Protocol):
    """Where one layer's attention keeps what it will need again."""

    def extend(self, *new: Tensor) -> Sequence[Tensor]:
        """Keep `new`, each [B, T, ...], and return all that is known by now, each [B, S, ...]."""
        ...


@dataclass(frozen=True)
class Context:
    """Shared by all blocks of one forward pass.

    Attributes:
        cos: Cosines of the tokens' positions, [T, 1, R] or [B, T, 1, R].
        sin: Signed sines, of the same shape.
        mask: What attention adds to its scores, [B or 1, 1, T, S]; None where `is_causal` says it all.
        is_causal: Whether token t sees the first t + 1 keys and no mask is needed for it.
        memories: One per layer when a cache is continued, else None.
    """

    cos: Tensor
    sin: Tensor
    mask: Tensor | None
    is_causal: bool
    memories: Sequence[Memory] | None = None


def document_starts(document_ids: Tensor) -> Tensor:
    """For each token of packed rows [B, T], where its document begins in the row."""
    place = torch.arange(document_ids.shape[1], device=document_ids.device).expand_as(document_ids)
    begins = torch.ones_like(document_ids, dtype=torch.bool)
    begins[:, 1:] = document_ids[:, 1:] != document_ids[:, :-1]
    return torch.where(begins, place, 0).cummax(1).values


def additive_mask(first: Tensor, last: Tensor, n_key: int, dtype: torch.dtype) -> Tensor:
    """Mask [B, 1, T, n_key] that lets each query see the keys from `first` to `last`, both [B, T].

    It is made of numbers, not of truth values, because attention would turn those into numbers again in every layer.
    """
    key = torch.arange(n_key, device=last.device)
    seen = (key >= first[..., None]) & (key <= last[..., None])
    mask = torch.zeros(seen.shape, dtype=dtype, device=last.device)
    return mask.masked_fill_(~seen, float("-inf"))[:, None]
