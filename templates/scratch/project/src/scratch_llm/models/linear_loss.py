"""Output layer and cross-entropy in one, without the logits of the whole batch.

Logits [N, V] are the largest tensor of a training step, and softmax visits them several times, forward and backward.
Here they are made a few rows at a time, small enough for the processor's cache, and turned into gradients on the spot.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

# Logits that exist at a time: 8 MB stay in a CPU's cache; a GPU wants products that fill it.
_CPU_LOGITS, _GPU_LOGITS = 2**21, 2**26


def summed_cross_entropy(hidden: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
    """Sum the cross-entropies of softmax(hidden @ weight.T) over all targets that are not negative.

    Shapes: hidden [N, D], weight [V, D], targets [N] -> scalar in float32.
    """
    loss: Tensor = _LinearCrossEntropy.apply(hidden, weight, targets, torch.is_grad_enabled())  # type: ignore[no-untyped-call]
    return loss


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, is_learning: bool) -> Tensor:
        dtype = _dtype_to_compute_in(hidden)
        matrix = weight.to(dtype)
        total = torch.zeros((), device=hidden.device)
        gradients = (torch.empty_like(hidden), torch.zeros_like(weight, dtype=torch.float32)) if is_learning else None
        n_row = _rows_at_once(weight)
        room = torch.empty(
            min(n_row, len(hidden)), len(weight), dtype=dtype, device=hidden.device
        )  # used again and again
        for first in range(0, len(hidden), n_row):
            rows = slice(first, first + n_row)
            inputs = hidden[rows].to(dtype)
            scores = torch.mm(inputs, matrix.T, out=room[: len(inputs)]).float()
            total += _to_gradient(scores, targets[rows])
            if gradients is not None:
                gradient = scores.to(dtype)
                gradients[0][rows] = gradient @ matrix
                _add_product(gradients[1], gradient.T, inputs)
        if gradients is not None:
            ctx.save_for_backward(gradients[0], gradients[1].to(weight.dtype))
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        for_hidden, for_weight = ctx.saved_tensors
        return for_hidden * upstream, for_weight * upstream, None, None


def _to_gradient(scores: Tensor, targets: Tensor) -> Tensor:
    """Give the summed loss, and turn the scores [n, V] in place into its gradient: softmax minus one-hot."""
    is_asked = targets >= 0
    place = targets.clamp(min=0)[:, None]
    scores -= scores.amax(1, keepdim=True)
    at_target = scores.gather(1, place)[:, 0]
    total = scores.exp_().sum(1)
    loss = ((total.log() - at_target) * is_asked).sum()
    scores *= (is_asked / total)[:, None]
    scores.scatter_add_(1, place, -is_asked[:, None].to(scores.dtype))
    return loss


def _add_product(total: Tensor, a: Tensor, b: Tensor) -> None:
    """Add a @ b to `total`, without a copy where the dtypes agree."""
    if a.dtype == total.dtype:
        total.addmm_(a, b)
    else:
        total += a @ b


def _rows_at_once(weight: Tensor) -> int:
    return max(1, (_CPU_LOGITS if weight.device.type == "cpu" else _GPU_LOGITS) // len(weight))


def _dtype_to_compute_in(hidden: Tensor) -> torch.dtype:
    device = hidden.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else hidden.dtype
