"""What the data gives and the model takes."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

IGNORE: Final = -100  # a target that no loss is taken of


@dataclass(frozen=True)
class Batch:
    """Rows of tokens with their targets, already shifted: `targets[b, t]` is the token that follows `tokens[b, t]`.

    Shapes: tokens [B, T] int64; targets [B, T] int64 with IGNORE; document_ids [B, T] int64, or None where every row is
    one document that begins at position 0. Right padding needs no mask: its targets are IGNORE, and nothing before it
    sees it.
    """

    tokens: Tensor
    targets: Tensor
    document_ids: Tensor | None = None

    def to(self, device: torch.device) -> "Batch":
        """Move to a device, without waiting where memory is pinned."""
        ids = self.document_ids
        return Batch(
            self.tokens.to(device, non_blocking=True),
            self.targets.to(device, non_blocking=True),
            None if ids is None else ids.to(device, non_blocking=True),
        )

    def pin_memory(self) -> "Batch":
        """Pin, so that the copy to a GPU runs beside the computing."""
        ids = self.document_ids
        return Batch(self.tokens.pin_memory(), self.targets.pin_memory(), None if ids is None else ids.pin_memory())

    @property
    def n_targets(self) -> int:
        """How many tokens the loss is taken of."""
        return int((self.targets != IGNORE).sum())


@dataclass(frozen=True)
class PreferenceBatch:
    """Pairs of answers to the same prompts: row i of `chosen` is preferred to row i of `rejected`."""

    chosen: Batch
    rejected: Batch

    def to(self, device: torch.device) -> "PreferenceBatch":
        """Move to a device."""
        return PreferenceBatch(self.chosen.to(device), self.rejected.to(device))

    def pin_memory(self) -> "PreferenceBatch":
        """Pin, so that the copy to a GPU runs beside the computing."""
        return PreferenceBatch(self.chosen.pin_memory(), self.rejected.pin_memory())

    @property
    def n_targets(self) -> int:
        """How many pairs the loss is taken of."""
        return self.chosen.tokens.shape[0]
