"""Multi-head attention, with as many key and value heads as query heads (MHA) or fewer (GQA)."""

from torch import Tensor, nn
from torch.nn import functional as F

from scratch_llm.config import ModelConfig
from scratch_llm.models.context import Context, Memory
from scratch_llm.models.rotary import rotate


class GroupedQueryAttention(nn.Module):
    """Causal self-attention; every key and value head serves n_head / n_kv_head query heads."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.n_head, self.n_kv_head, self.head_dim = config.n_head, config.kv_heads, config.head_dim
        self.is_grouped = self.n_kv_head != self.n_head
        self.qkv = nn.Linear(config.d_model, (self.n_head + 2 * self.n_kv_head) * self.head_dim, bias=False)
        self.out = nn.Linear(self.n_head * self.head_dim, config.d_model, bias=False)

    @staticmethod
    def cache_shapes(config: ModelConfig) -> list[tuple[int, ...]]:
        """Keys and values."""
        return [(config.kv_heads, config.head_dim)] * 2

    @staticmethod
    def rotary_width(config: ModelConfig) -> int:
        """Whole heads are turned."""
        return config.head_dim

    def forward(self, x: Tensor, context: Context, memory: Memory | None = None) -> Tensor:
        """Map [B, T, D] to [B, T, D]."""
        n_row, n_token, _ = x.shape
        heads = self.qkv(x).view(n_row, n_token, -1, self.head_dim)
        y: Tensor = self.out(self._attend(heads, context, memory).reshape(n_row, n_token, -1))
        return y

    def step(self, x: Tensor, context: Context, memory: Memory) -> Tensor:
        """Map one token per row, [B, D], to [B, D]."""
        heads = self.qkv(x).view(x.shape[0], 1, -1, self.head_dim)
        y: Tensor = self.out(self._attend(heads, context, memory).reshape(x.shape[0], -1))
        return y

    def _attend(self, heads: Tensor, context: Context, memory: Memory | None) -> Tensor:
        """From heads [B, T, H + 2 KV, head_dim] to what each query head has gathered, [B, T, H, head_dim]."""
        turning, value = heads.split_with_sizes([self.n_head + self.n_kv_head, self.n_kv_head], dim=2)
        # Queries and keys are turned together: half as many operations.
        query, key = rotate(turning, context.cos, context.sin).split_with_sizes([self.n_head, self.n_kv_head], dim=2)
        if memory is not None:
            key, value = memory.extend(key, value)
        return F.scaled_dot_product_attention(
            query.transpose(1, 2),
            key.transpose(1, 2),
            value.transpose(1, 2),
            attn_mask=context.mask,
            is_causal=context.is_causal,
            enable_gqa=self.is_grouped,
        ).transpose(1, 2)
