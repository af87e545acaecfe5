"""RMSNorm, with a shorter way for CPUs, where PyTorch composes it of many operations."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F


class RMSNorm(nn.RMSNorm):
    """PyTorch's RMSNorm: one kernel on a GPU, and on a CPU as few operations as it takes."""

    epsilon: Tensor

    def __init__(self, width: int, eps: float) -> None:
        super().__init__(width, eps)
        self.register_buffer("epsilon", torch.full((1, 1, 1), eps), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise the last dimension."""
        if self.training and x.is_cpu and x.dtype == self.weight.dtype == torch.float32:
            y: Tensor = _ShortRMSNorm.apply(x, self.weight, self.eps)  # type: ignore[no-untyped-call]
            return y
        # Under autocast x may come from a product in bf16; the fused kernel wants both in one dtype.
        return F.rms_norm(x, self.normalized_shape, self.weight.to(x.dtype), self.eps)

    def step(self, x: Tensor) -> Tensor:
        """The same for one token per row, x [B, D], in four operations: there, starting one is what takes the time."""
        if not x.is_cpu or x.dtype != torch.float32:
            return self.forward(x)
        rows = x.unsqueeze(1)  # [B, 1, D]
        inverse = torch.baddbmm(self.epsilon, rows, rows.mT, alpha=1 / x.shape[1]).rsqrt_()  # [B, 1, 1]
        return (rows * inverse).mul_(self.weight).squeeze(1)


class _ShortRMSNorm(torch.autograd.Function):
    """Keeps only x and one number per token for the backward pass, which takes half as long as the composed one."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float) -> Tensor:
        mean_square = torch.linalg.vector_norm(x, dim=-1, keepdim=True).square_().div_(x.shape[-1])
        inverse = mean_square.add_(eps).rsqrt_()
        ctx.save_for_backward(x, weight, inverse)
        y: Tensor = (x * inverse).mul_(weight)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, Tensor, None]:
        x, weight, inverse = ctx.saved_tensors
        normal = x * inverse
        product = (upstream * normal).flatten(0, -2)  # [N, D]
        # What the length of x contributes: mean over the width of upstream * weight * normal.
        share = torch.mv(product, weight).div_(x.shape[-1]).view_as(inverse)
        gradient = (upstream * weight).sub_(normal.mul_(share)).mul_(inverse)
        return gradient, product.sum(0), None
