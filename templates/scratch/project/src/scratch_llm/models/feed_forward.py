"""The gated feed-forward."""

from torch import Tensor, nn
from torch.nn import functional as F

from scratch_llm.config import ModelConfig


class SwiGLU(nn.Module):
    """down(silu(gate(x)) * up(x)), with gate and up in one matrix."""

    def __init__(self, config: ModelConfig, width: int = 0) -> None:
        super().__init__()
        width = width or config.ff_dim
        self.gate_up = nn.Linear(config.d_model, 2 * width, bias=False)
        self.down = nn.Linear(width, config.d_model, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        """Map [B, T, D] to [B, T, D]; there is no auxiliary loss."""
        if not (self.training and x.is_cpu):
            return self.step(x), None
        # Two products whose results lie apart: halves of one large result would be joined again in the backward pass.
        gate, up = (F.linear(x, half) for half in self.gate_up.weight.chunk(2))
        return self.down(F.silu(gate) * up), None

    def step(self, x: Tensor) -> Tensor:
        """Map [..., D] to [..., D]."""
        gate, up = self.gate_up(x).chunk(2, dim=-1)
        y: Tensor = self.down(F.silu(gate) * up)
        return y
