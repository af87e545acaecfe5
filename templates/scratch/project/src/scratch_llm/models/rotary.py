"""Rotary position embedding in Llama's convention: dimension i turns together with dimension i + width/2."""

import torch
from torch import Tensor, nn


class Rotary(nn.Module):
    """Table of cosines and signed sines, made once for all positions of the context."""

    cos: Tensor
    sin: Tensor

    def __init__(self, width: int, context_length: int, theta: float) -> None:
        super().__init__()
        # In double precision: at position 100,000 a single-precision angle is off by a hundredth of a turn.
        frequencies = theta ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
        angles = torch.arange(context_length, dtype=torch.float64)[:, None] * frequencies
        # The sign of the first half's sine lies in the table, so that turning is one roll and two products.
        self.register_buffer("cos", torch.cat([angles.cos(), angles.cos()], 1).float(), persistent=False)
        self.register_buffer("sin", torch.cat([-angles.sin(), angles.sin()], 1).float(), persistent=False)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn the heads `x` [B, T, H, R] by their positions.

    Args:
        x: Queries and keys, together or alone.
        cos: Cosines [T, 1, R], or [B, T, 1, R] where rows stand at different positions.
        sin: Signed sines, of the same shape.
    """
    swapped = x.roll(x.shape[-1] // 2, -1)
    return torch.addcmul(x * cos.to(x.dtype), swapped, sin.to(x.dtype))
