"""A mixture of experts: every token visits a few of many small feed-forwards."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scratch_llm.config import ModelConfig, MoEConfig
from scratch_llm.models.feed_forward import SwiGLU
from scratch_llm.utils.errors import ConfigError


class MixtureOfExperts(nn.Module):
    """Top-k routing over SwiGLU experts; no token is dropped, and shared experts see all tokens."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config.moe
        self.router = nn.Linear(config.d_model, config.moe.n_expert, bias=False)
        self.experts = Experts(config.moe.n_expert, config.d_model, config.expert_dim)
        shared_width = config.moe.n_shared * config.expert_dim
        self.shared = SwiGLU(config, shared_width) if shared_width else None

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Map [B, T, D] to [B, T, D] and, while training, the weighted balance and z loss."""
        tokens = x.flatten(0, 1)  # [N, D]
        scores = F.linear(tokens.float(), self.router.weight.float())  # [N, E]; a choice is made in full precision
        weights, chosen = scores.softmax(-1).topk(self.config.n_active, dim=-1)  # both [N, K]
        weights = weights / weights.sum(-1, keepdim=True)
        mixed = self.experts(tokens, weights, chosen)
        if self.shared is not None:
            mixed = mixed + self.shared.step(tokens)
        auxiliary = auxiliary_loss(scores, chosen, self.config) if self.training else None
        return mixed.view_as(x), auxiliary

    def step(self, x: Tensor) -> Tensor:
        """Map one token per row, [B, D], to [B, D]."""
        return self.forward(x.unsqueeze(1))[0].squeeze(1)


class Experts(nn.Module):
    """The weights of all experts side by side, so that all of them are computed by two grouped products."""

    def __init__(self, n_expert: int, d_model: int, width: int) -> None:
        super().__init__()
        if d_model % 8 or width % 8:
            raise ConfigError(
                f"experts of width {width} on d_model {d_model} cannot be multiplied in groups",
                "make d_model and the experts' d_ff multiples of 8",
            )
        self.gate_up = nn.Parameter(torch.empty(n_expert, 2 * width, d_model))
        self.down = nn.Parameter(torch.empty(n_expert, d_model, width))

    def forward(self, tokens: Tensor, weights: Tensor, chosen: Tensor) -> Tensor:
        """Map tokens [N, D] to the weighted sum of what their chosen experts [N, K] make of them, [N, D]."""
        n_chosen = chosen.shape[1]
        # Sorted by expert, each expert's tokens lie together. All of it stays on the device: nothing is counted here.
        order = chosen.flatten().argsort()  # [N * K]
        ends = F.one_hot(chosen.flatten(), self.down.shape[0]).sum(0).cumsum(0).to(torch.int32)  # [E]
        visitor = order // n_chosen
        gate, up = _grouped(tokens[visitor], self.gate_up, ends).chunk(2, dim=-1)
        answers = _grouped(F.silu(gate) * up, self.down, ends) * weights.flatten()[order, None].to(tokens.dtype)
        return torch.zeros_like(tokens).index_add(0, visitor, answers.to(tokens.dtype))


def _grouped(x: Tensor, weight: Tensor, ends: Tensor) -> Tensor:
    """Rows up to ends[0] times weight[0] transposed, those up to ends[1] times weight[1] transposed, and so on."""
    return F.grouped_mm(x, weight.mT, offs=ends)


def auxiliary_loss(scores: Tensor, chosen: Tensor, config: MoEConfig) -> Tensor:
    """Balance loss and z loss of one layer, weighted.

    The balance loss (Switch Transformer) is 1 where the load is even and n_expert where one expert gets everything.
    The z loss (ST-MoE) keeps the router's logits small.

    Args:
        scores: Router logits [N, E].
        chosen: Chosen experts [N, K].
        config: The weights of both.
    """
    load = F.one_hot(chosen, config.n_expert).float().mean((0, 1))  # share of all visits; it has no gradient
    probability = scores.softmax(-1).mean(0)
    balance = config.n_expert * (load * probability).sum()
    z = scores.logsumexp(-1).square().mean()
    return config.balance_weight * balance + config.z_weight * z
