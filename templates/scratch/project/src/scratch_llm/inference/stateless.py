"""The decoder as a pure function: what the cache holds goes in, what is new comes out.

This is what can be exported and compiled: no Python state, and no shape that depends on a value.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from scratch_llm.models import Decoder
from scratch_llm.models.context import Context

_HIDDEN = -1e9  # not -inf: a row that is all padding must not become NaN


class StatelessDecoder(nn.Module):
    """One step of generation over given memories."""

    def __init__(self, model: Decoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Tensor, starts: Tensor, n_new: Tensor, past: list[Tensor]) -> list[Tensor]:
        """Continue B sequences by up to T tokens.

        Args:
            tokens: [B, T], padded on the right.
            starts: [B], tokens that each sequence has already.
            n_new: [B], how many of the T tokens are real.
            past: Layer by layer what attention keeps, each [B, C, ...]; only the first `starts[b]` of C places count.

        Returns:
            Logits [B, V] after each last real token; then layer by layer what the new tokens add to `past`.
        """
        model = self.model
        per_layer = len(past) // model.config.n_layer
        memories = [_Memory(past[i : i + per_layer]) for i in range(0, len(past), per_layer)]
        position = starts[:, None] + torch.arange(tokens.shape[1], device=tokens.device)
        position = position.clamp(max=model.config.context_length - 1)[..., None]  # padding may reach beyond the end
        mask = _mask(starts, tokens.shape[1], past[0].shape[1])
        context = Context(model.rotary.cos[position], model.rotary.sin[position], mask, False, memories)
        x, _ = model.run_blocks(tokens, context)
        place = (n_new - 1)[:, None, None].expand(-1, 1, x.shape[-1])
        logits = model.head(model.norm(x.gather(1, place)))[:, 0]
        return [logits, *(tensor for memory in memories for tensor in memory.new)]


class _Memory:
    """One layer: sees past and new together, and hands out the new."""

    def __init__(self, past: Sequence[Tensor]) -> None:
        self.past = past
        self.new: Sequence[Tensor] = ()

    def extend(self, *new: Tensor) -> Sequence[Tensor]:
        self.new = new
        return [torch.cat([old, fresh], dim=1) for old, fresh in zip(self.past, new, strict=True)]


def _mask(starts: Tensor, n_token: int, capacity: int) -> Tensor:
    """What each new token sees, as numbers to add [B, 1, T, C + T]: the row's own past, and new tokens up to itself."""
    n_row = starts.shape[0]
    new = torch.arange(n_token, device=starts.device)
    past = torch.arange(capacity, device=starts.device) < starts[:, None, None]
    causal = new <= new[:, None]
    seen = torch.cat([past.expand(n_row, n_token, capacity), causal.expand(n_row, n_token, n_token)], dim=-1)
    return torch.where(seen, 0.0, _HIDDEN)[:, None]
