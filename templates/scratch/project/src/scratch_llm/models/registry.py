"""The variants by the names that a config gives them.

A new one is a file with a class that fulfils the protocol, one line here, and its name in `config/model.py`.
"""

from typing import Protocol

from torch import Tensor

from scratch_llm.config import ModelConfig
from scratch_llm.models.attention import GroupedQueryAttention
from scratch_llm.models.context import Context, Memory
from scratch_llm.models.feed_forward import SwiGLU
from scratch_llm.models.latent_attention import LatentAttention
from scratch_llm.models.moe import MixtureOfExperts


class Attention(Protocol):
    """Mixes tokens. Its last projection is called `out`, so that `init` finds it."""

    def __init__(self, config: ModelConfig) -> None: ...

    def __call__(self, x: Tensor, context: Context, memory: Memory | None) -> Tensor:
        """Map [B, T, D] to [B, T, D]."""
        ...

    def step(self, x: Tensor, context: Context, memory: Memory) -> Tensor:
        """The same for one token per row while generating, [B, D] to [B, D]."""
        ...

    @staticmethod
    def cache_shapes(config: ModelConfig) -> list[tuple[int, ...]]:
        """Shapes, per token, of what it passes to `memory.extend`."""
        ...

    @staticmethod
    def rotary_width(config: ModelConfig) -> int:
        """How many dimensions of a head are turned by position."""
        ...


class FeedForward(Protocol):
    """Works on each token alone. Its last projection is called `down`, so that `init` finds it."""

    def __init__(self, config: ModelConfig) -> None: ...

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Map [B, T, D] to [B, T, D] and, while training, an auxiliary loss if it has one."""
        ...

    def step(self, x: Tensor) -> Tensor:
        """The same for one token per row while generating, [B, D] to [B, D]."""
        ...


ATTENTION: dict[str, type[Attention]] = {
    "mha": GroupedQueryAttention,
    "gqa": GroupedQueryAttention,
    "mla": LatentAttention,
}

FEED_FORWARD: dict[str, type[FeedForward]] = {
    "swiglu": SwiGLU,
    "moe": MixtureOfExperts,
}
