"""The shape of a model. Everything that a weight file must agree with stands here, and nothing else."""

from typing import Literal, Self

from pydantic import Field, model_validator

from scratch_llm.config.base import Section


class MLAConfig(Section):
    """Multi-head latent attention: keys and values are kept as one small latent vector per token."""

    kv_rank: int = Field(64, gt=0, description="size of the latent vector that the cache keeps")
    q_rank: int = Field(0, ge=0, description="size of the queries' latent vector; 0: queries are projected directly")
    nope_dim: int = Field(32, gt=0, description="part of a head that carries no position")
    rope_dim: int = Field(16, gt=0, multiple_of=2, description="part of a head that is rotated by position")
    v_dim: int = Field(32, gt=0, description="size of a value head")


class MoEConfig(Section):
    """A mixture of experts in place of the feed-forward: each token visits `n_active` of `n_expert`."""

    n_expert: int = Field(8, gt=1, description="number of routed experts")
    n_active: int = Field(2, gt=0, description="experts that each token visits")
    n_shared: int = Field(0, ge=0, description="experts that every token visits besides")
    d_ff: int = Field(0, ge=0, description="width of one expert; 0: model.d_ff / n_active")
    balance_weight: float = Field(0.01, ge=0, description="weight of the load-balancing loss")
    z_weight: float = Field(0.001, ge=0, description="weight of the loss that keeps router logits small")

    @model_validator(mode="after")
    def _active_fit(self) -> Self:
        if self.n_active > self.n_expert:
            raise ValueError(f"n_active ({self.n_active}) must not exceed n_expert ({self.n_expert})")
        return self


class ModelConfig(Section):
    """A decoder in the manner of Llama."""

    vocab_size: int = Field(0, ge=0, description="rows of the embedding; 0: the tokenizer's size, padded to 64")
    context_length: int = Field(256, gt=0, description="longest sequence in tokens")
    n_layer: int = Field(4, gt=0, description="number of blocks")
    d_model: int = Field(256, gt=0, description="width of the residual stream")
    n_head: int = Field(8, gt=0, description="number of query heads")
    n_kv_head: int = Field(0, ge=0, description="number of key and value heads for gqa; 0: as many as query heads")
    attention: Literal["mha", "gqa", "mla"] = Field("gqa", description="kind of attention")
    feed_forward: Literal["swiglu", "moe"] = Field("swiglu", description="kind of feed-forward")
    d_ff: int = Field(0, ge=0, description="width of the feed-forward; 0: 8/3 of d_model, rounded up to 64")
    rope_theta: float = Field(10_000.0, gt=0, description="base of the rotary frequencies")
    norm_eps: float = Field(1e-5, gt=0, description="epsilon of RMSNorm")
    tie_embeddings: bool = Field(True, description="use the embedding as the output layer too")
    dropout: float = Field(0.0, ge=0, lt=1, description="dropout on the residual branches")
    init_std: float = Field(0.02, gt=0, description="standard deviation of fresh weights")
    mla: MLAConfig = Field(default_factory=MLAConfig, description="used when attention is mla")
    moe: MoEConfig = Field(default_factory=MoEConfig, description="used when feed_forward is moe")

    @property
    def kv_heads(self) -> int:
        """Key and value heads that are really there."""
        return self.n_kv_head or self.n_head

    @property
    def head_dim(self) -> int:
        """Width of one head (mha, gqa)."""
        return self.d_model // self.n_head

    @property
    def ff_dim(self) -> int:
        """Width of the feed-forward that is really there."""
        return self.d_ff or -(-8 * self.d_model // 3 // 64) * 64

    @property
    def expert_dim(self) -> int:
        """Width of one expert that is really there."""
        # Products in groups want multiples of 8.
        return self.moe.d_ff or max(8, self.ff_dim // self.moe.n_active // 8 * 8)

    @model_validator(mode="after")
    def _heads_fit(self) -> Self:
        if self.attention == "mla":
            return self
        if self.d_model % self.n_head or self.head_dim % 2:
            raise ValueError(f"d_model ({self.d_model}) must be an even multiple of n_head ({self.n_head})")
        if self.n_head % self.kv_heads:
            raise ValueError(f"n_head ({self.n_head}) must be a multiple of n_kv_head ({self.kv_heads})")
        if self.attention == "mha" and self.kv_heads != self.n_head:
            raise ValueError(f"attention mha has as many kv heads as heads, not {self.kv_heads}: use attention=gqa")
        return self
