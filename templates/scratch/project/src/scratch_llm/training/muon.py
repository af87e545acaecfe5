"""Muon: momentum whose every matrix update is made (nearly) orthogonal, so that no direction dominates."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from scratch_llm.training.sharded import is_sharded

# A quintic whose repetition pushes singular values towards 1; steep at 0 rather than exact at 1.
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonalize(matrix: Tensor, steps: int = 5) -> Tensor:
    """Bring all singular values near 1 by Newton-Schulz iteration.

    Shapes: [..., rows, columns] -> the same.
    """
    a, b, c = _COEFFICIENTS
    # bf16 is enough for a direction, and a GPU multiplies it far faster.
    x: Tensor = matrix.to(torch.bfloat16 if matrix.is_cuda else torch.float32)
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if tall else x).to(matrix.dtype)


class Muon(torch.optim.Optimizer):
    """Momentum with orthogonalized updates, for the weight matrices of the blocks."""

    def __init__(
        self, params: Iterable[nn.Parameter], lr: float = 0.02, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        # As PyTorch's fused optimizers do: a step whose `found_inf` is 1 changes nothing, and nobody waits for it.
        self._step_supports_amp_scaling = True
        self.found_inf: Tensor | None = None

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Update every parameter that has a gradient."""
        loss = None if closure is None else closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, group)
        return loss

    def _update(self, parameter: nn.Parameter, group: dict[str, Any]) -> None:
        state, momentum, lr = self.state[parameter], group["momentum"], group["lr"]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        buffer = momentum * state["momentum"] + parameter.grad
        update = _orthogonal_update(parameter.grad + momentum * buffer)  # Nesterov looks one step ahead
        # A tall matrix's orthogonal update moves its outputs less; this makes the step size alike for all shapes.
        scale = max(1.0, parameter.shape[-2] / parameter.shape[-1]) ** 0.5
        moved = parameter * (1 - lr * group["weight_decay"]) - lr * scale * update
        if self.found_inf is not None:
            skip = self.found_inf > 0
            buffer, moved = torch.where(skip, state["momentum"], buffer), torch.where(skip, parameter, moved)
        state["momentum"].copy_(buffer)
        parameter.copy_(moved)


def _orthogonal_update(direction: Tensor) -> Tensor:
    """Orthogonalize; a sharded matrix is made whole first, because its shards alone would give something else."""
    if not is_sharded(direction):
        return orthogonalize(direction)
    from torch.distributed.tensor import distribute_tensor

    whole = orthogonalize(direction.full_tensor())
    return distribute_tensor(whole, direction.device_mesh, direction.placements)
