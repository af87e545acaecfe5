"""Multi-head latent attention (DeepSeek-V2): keys and values are unfolded from one small vector per token."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scratch_llm.config import ModelConfig
from scratch_llm.models.context import Context, Memory
from scratch_llm.models.norm import RMSNorm
from scratch_llm.models.rotary import rotate


class LatentAttention(nn.Module):
    """The cache holds the latent vector and one rotated key part that all heads share: kv_rank + rope_dim numbers."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        mla = config.mla
        self.mla, self.n_head = mla, config.n_head
        self.key_width = mla.nope_dim + mla.rope_dim
        self.scale = self.key_width**-0.5
        query_width = self.n_head * self.key_width
        # One product makes the queries (or their latent), the latent of keys and values, and the shared key part.
        self.inputs = [mla.q_rank or query_width, mla.kv_rank, mla.rope_dim]
        self.to_latent = nn.Linear(config.d_model, sum(self.inputs), bias=False)
        self.latent_norm = RMSNorm(mla.kv_rank, config.norm_eps)
        self.from_latent = nn.Linear(mla.kv_rank, self.n_head * (mla.nope_dim + mla.v_dim), bias=False)
        if mla.q_rank:
            self.query_norm = RMSNorm(mla.q_rank, config.norm_eps)
            self.from_query_latent = nn.Linear(mla.q_rank, query_width, bias=False)
        self.out = nn.Linear(self.n_head * mla.v_dim, config.d_model, bias=False)

    @staticmethod
    def cache_shapes(config: ModelConfig) -> list[tuple[int, ...]]:
        """The latent and the shared key part in one vector."""
        return [(config.mla.kv_rank + config.mla.rope_dim,)]

    @staticmethod
    def rotary_width(config: ModelConfig) -> int:
        """Only a part of each head is turned."""
        return config.mla.rope_dim

    def forward(self, x: Tensor, context: Context, memory: Memory | None = None) -> Tensor:
        """Map [B, T, D] to [B, T, D]."""
        query, latent, shared = self.to_latent(x).split_with_sizes(self.inputs, dim=-1)
        if self.mla.q_rank:
            query = self.from_query_latent(self.query_norm(query))
        plain, turning = query.unflatten(-1, (self.n_head, -1)).split_with_sizes(
            [self.mla.nope_dim, self.mla.rope_dim], dim=-1
        )
        turning = rotate(turning, context.cos, context.sin)  # [B, T, H, rope]
        shared = rotate(shared.unsqueeze(2), context.cos, context.sin).squeeze(2)
        known = torch.cat([self.latent_norm(latent), shared], dim=-1)
        if memory is not None:
            (known,) = memory.extend(known)  # [B, S, rank + rope]
        attend = self._attend_folded if memory is not None and x.shape[1] == 1 else self._attend_unfolded
        y: Tensor = self.out(attend(plain, turning, known, context).flatten(2))
        return y

    def step(self, x: Tensor, context: Context, memory: Memory) -> Tensor:
        """Map one token per row, [B, D], to [B, D]."""
        return self.forward(x.unsqueeze(1), context, memory).squeeze(1)

    def _attend_unfolded(self, plain: Tensor, turning: Tensor, known: Tensor, context: Context) -> Tensor:
        """Make every head's keys and values; cheapest where there are many queries. Gives [B, T, H, v]."""
        latent, shared = known.split_with_sizes([self.mla.kv_rank, self.mla.rope_dim], dim=-1)
        unfolded = self.from_latent(latent).unflatten(-1, (self.n_head, -1))
        key, value = unfolded.split_with_sizes([self.mla.nope_dim, self.mla.v_dim], dim=-1)
        key = torch.cat([key, shared.unsqueeze(2).expand(-1, -1, self.n_head, -1)], dim=-1)
        # The fused kernels want values as wide as keys.
        width = max(self.key_width, self.mla.v_dim)
        query, key, value = (_widen(part, width) for part in (torch.cat([plain, turning], dim=-1), key, value))
        return self._attention(query, key, value, context)[..., : self.mla.v_dim]

    def _attend_folded(self, plain: Tensor, turning: Tensor, known: Tensor, context: Context) -> Tensor:
        """Fold the unfolding into query and answer instead, and attend to the latents as they are: for one query.

        q (W c) = (q W) c and sum_s p_s (W c_s) = W sum_s p_s c_s, so all heads look at the same, small vectors.
        """
        weight = self.from_latent.weight.view(self.n_head, -1, self.mla.kv_rank)
        to_key, to_value = weight.split_with_sizes([self.mla.nope_dim, self.mla.v_dim], dim=1)  # [H, nope or v, rank]
        query = torch.cat([torch.einsum("bthn,hnr->bthr", plain, to_key), turning], dim=-1)
        vector = known.unsqueeze(2)  # [B, S, 1, rank + rope]: one key and value head for all
        mixed = self._attention(query, vector, vector, context)[..., : self.mla.kv_rank]
        return torch.einsum("bthr,hvr->bthv", mixed, to_value)

    def _attention(self, query: Tensor, key: Tensor, value: Tensor, context: Context) -> Tensor:
        """Attention over [B, T, H, width]."""
        mixed = F.scaled_dot_product_attention(
            query.transpose(1, 2),
            key.transpose(1, 2),
            value.transpose(1, 2),
            attn_mask=context.mask,
            is_causal=context.is_causal,
            scale=self.scale,
            enable_gqa=key.shape[2] != self.n_head,
        )
        return mixed.transpose(1, 2)


def _widen(heads: Tensor, width: int) -> Tensor:
    """Pad heads with zeros, which add nothing to a product."""
    return F.pad(heads, (0, width - heads.shape[-1])) if heads.shape[-1] < width else heads
