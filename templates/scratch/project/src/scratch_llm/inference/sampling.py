"""Choosing the next token: all rows of a batch at once, each by its own rules and its own random numbers."""

from collections.abc import Sequence

import torch
from torch import Tensor

from scratch_llm.inference.request import SamplingParams


class Sampler:
    """What one request needs in order to choose: its parameters, its random numbers, and the tokens already there."""

    def __init__(self, params: SamplingParams, prompt: Sequence[int]) -> None:
        self.params = params
        self.greedy = params.temperature == 0 or params.top_p == 0 or params.top_k == 1
        self.truncates = params.top_k > 0 or params.top_p < 1
        self.penalised = params.repetition_penalty != 1.0
        self._present = set(prompt) if self.penalised else set()
        self._generator = torch.Generator()
        if params.seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(params.seed)

    def draw(self) -> float:
        """The next random number of this request, in [0, 1)."""
        return torch.rand((), generator=self._generator, dtype=torch.float64).item()

    def note(self, token: int) -> None:
        """Remember a token that was chosen."""
        if self.penalised:
            self._present.add(token)

    def penalise(self, logits: Tensor) -> None:
        """Make the tokens already there less likely, in place; logits [V]."""
        ids = torch.tensor(sorted(self._present), dtype=torch.long, device=logits.device)
        values, penalty = logits[ids], self.params.repetition_penalty
        logits[ids] = torch.where(values > 0, values / penalty, values * penalty)


def choose(logits: Tensor, samplers: Sequence[Sampler]) -> list[int]:
    """Choose one token per row.

    Equal logits count as ordered by id, the lower one first: top-k keeps exactly k tokens, and top_k=1 is greedy.

    Args:
        logits: [B, V].
        samplers: One per row.
    """
    if any(sampler.penalised for sampler in samplers):
        logits = logits.clone()
        for row, sampler in zip(logits, samplers, strict=True):
            if sampler.penalised:
                sampler.penalise(row)
    if not any(sampler.greedy for sampler in samplers) and len({sampler.truncates for sampler in samplers}) == 1:
        return _draw(logits, samplers)
    tokens: list[int] = logits.argmax(-1).tolist()
    # Apart, for truncating sorts: the same random number then means another token, which must not hang on other rows.
    for truncates in (False, True):
        group = [i for i, sampler in enumerate(samplers) if not sampler.greedy and sampler.truncates == truncates]
        if group:
            for index, token in zip(group, _draw(logits[group], [samplers[i] for i in group]), strict=True):
                tokens[index] = token
    return tokens


def _draw(logits: Tensor, samplers: Sequence[Sampler]) -> list[int]:
    """Draw one token per row by inverting the cumulative distribution; all rows truncate or none; logits [B, V]."""
    every = [sampler.params for sampler in samplers]
    if samplers[0].truncates:
        logits, ids = logits.sort(dim=-1, descending=True, stable=True)
    else:
        ids = None
    temperature = torch.tensor([[params.temperature] for params in every], dtype=torch.float64, device=logits.device)
    # The likeliest token is at 0 before the division, so that no temperature overflows.
    weights = ((logits.double() - logits.amax(-1, keepdim=True)) / temperature).softmax(-1)
    if ids is not None:
        weights = _truncate(weights, every)
    cumulative = weights.cumsum(-1)
    draws = torch.tensor([[sampler.draw()] for sampler in samplers], dtype=torch.float64, device=logits.device)
    # The first place whose cumulative weight is above the draw: never one without weight of its own.
    places = torch.searchsorted(cumulative, draws * cumulative[:, -1:], right=True)
    chosen: list[int] = (places if ids is None else ids.gather(-1, places)).squeeze(-1).tolist()
    return chosen


def _truncate(weights: Tensor, every: Sequence[SamplingParams]) -> Tensor:
    """Keep the top k, and of these the likeliest ones up to a total of top p; weights [B, V] in falling order."""
    size, device = weights.shape[-1], weights.device
    top_k = torch.tensor([[params.top_k or size] for params in every], device=device)
    weights = weights.masked_fill(torch.arange(size, device=device) >= top_k, 0)
    weights = weights / weights.sum(-1, keepdim=True)
    before = weights.cumsum(-1) - weights
    top_p = torch.tensor([[params.top_p] for params in every], dtype=torch.float64, device=device)
    # The token that crosses the threshold is kept, so there is always one.
    return weights.masked_fill(before >= top_p, 0)
