"""The shape of a transformer, as far as it decides parameters, memory and arithmetic. What a config.json says ends up
here (hf_config.py), and everything that is counted is counted from here."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from framework.artifacts.base import Strict

Kind = Literal["decoder", "encoder", "encoder_decoder"]


class Note(Strict):
    """Something a person should know of how the figures came about: a sentence of the message catalogue."""

    key: str
    fields: dict[str, str | int | float] = Field(default_factory=dict)


class Attention(Strict):
    """Attention by heads: multi-head, grouped-query or multi-query, by `kv_heads`."""

    heads: int = Field(gt=0)
    kv_heads: int = Field(gt=0)
    head_dim: int = Field(gt=0)
    qkv_bias: bool = False
    out_bias: bool = False
    qk_norm: Literal["none", "head", "width"] = Field(
        default="none",
        description="one weight per dimension of a head, shared by the heads, or one per head and dimension",
    )
    qk_norm_bias: bool = False
    sinks: bool = Field(default=False, description="one learned logit per head to attend to nothing (gpt-oss)")

    @property
    def q_width(self) -> int:
        """What the queries of one token take."""
        return self.heads * self.head_dim

    @property
    def kv_width(self) -> int:
        """What the keys of one token take; its values take the same."""
        return self.kv_heads * self.head_dim

    @property
    def cached(self) -> int:
        """The numbers that one token leaves in the KV cache of one layer."""
        return 2 * self.kv_width

    @property
    def mixed_width(self) -> int:
        """What one pair of tokens multiplies: query by key, and weight by value."""
        return 2 * self.q_width


class LatentAttention(Strict):
    """Multi-head latent attention (DeepSeek): keys and values are unfolded from one small vector, which is cached."""

    heads: int = Field(gt=0)
    q_rank: int | None = Field(description="None: the queries are projected in one step")
    kv_rank: int = Field(gt=0)
    nope_dim: int = Field(gt=0)
    rope_dim: int = Field(gt=0)
    v_dim: int = Field(gt=0)
    bias: bool = False

    @property
    def head_dim(self) -> int:
        """A query's width in one head: the part without and the part with position."""
        return self.nope_dim + self.rope_dim

    @property
    def q_width(self) -> int:
        """What the queries of one token take."""
        return self.heads * self.head_dim

    @property
    def kv_heads(self) -> int:
        """Every head unfolds its own keys and values."""
        return self.heads

    @property
    def kv_width(self) -> int:
        """What the unfolded keys of one token take."""
        return self.heads * self.head_dim

    @property
    def cached(self) -> int:
        """The latent vector and the one rotary key that all heads share."""
        return self.kv_rank + self.rope_dim

    @property
    def mixed_width(self) -> int:
        """What one pair of tokens multiplies: query by key, and weight by value."""
        return self.heads * (self.head_dim + self.v_dim)


class FeedForward(Strict):
    """One block of two matrices, or three where a gate multiplies (SwiGLU, GeGLU)."""

    width: int = Field(gt=0)
    gated: bool = True
    bias: bool = False
    down_bias: bool | None = Field(default=None, description="of the last matrix, where it differs")


class Experts(Strict):
    """A mixture of experts that stands in for the feed-forward block in `layers` of the layers."""

    layers: int = Field(gt=0)
    count: int = Field(gt=0)
    active: int = Field(gt=0)
    width: int = Field(gt=0)
    gated: bool = True
    bias: bool = False
    router_bias: bool = False
    shared_width: int = Field(default=0, description="of the expert that every token passes, all shared ones together")
    shared_bias: bool = False
    shared_gate: bool = Field(default=False, description="whether a learned gate weighs the shared expert (Qwen-MoE)")


class Norms(Strict):
    """The normalisations of hidden width."""

    kind: Literal["rms", "layer", "layer_without_bias", "plain"]
    count: int = Field(ge=0, description="in the whole model")


class Embedding(Strict):
    """What turns tokens into vectors and vectors into logits."""

    vocab: int = Field(gt=0)
    width: int = Field(gt=0)
    positions: int = Field(default=0, description="rows of learned positions; 0 for rotary, ALiBi and the like")
    position_width: int = Field(gt=0)
    token_types: int = 0
    norms: int = Field(default=0, description="of the embedding's width")
    projections: int = Field(default=0, description="matrices between the embedding's width and the hidden width")
    projection_bias: bool = False
    head: bool = Field(default=True, description="whether logits over the vocabulary come out")
    tied: bool = Field(default=True, description="whether the head is the token embedding itself")
    head_bias: bool = False


class Architecture(Strict):
    """One model's shape."""

    family: str
    kind: Kind
    hidden: int = Field(gt=0)
    layers: int = Field(gt=0, description="all of them; in an encoder-decoder both stacks together")
    distinct_layers: int = Field(gt=0, description="those that have weights of their own (ALBERT repeats one)")
    cross_layers: int = Field(default=0, description="layers with a second attention, to the encoder's output")
    context: int | None = Field(default=None, description="the longest sequence that it is made for")
    attention: Attention | LatentAttention
    feed_forward: FeedForward | None = Field(description="None where every layer has experts")
    experts: Experts | None = None
    norms: Norms
    embedding: Embedding
    position_bias: int = Field(default=0, description="learned attention biases by distance (T5, MPNet)")
    pooler: bool = False
    notes: tuple[Note, ...] = ()

    @property
    def heads(self) -> int:
        """Attention heads."""
        return self.attention.heads

    @property
    def kv_heads(self) -> int:
        """Heads that keys and values have."""
        return self.attention.kv_heads

    @property
    def head_dim(self) -> int:
        """The width of one head."""
        return self.attention.head_dim

    @property
    def vocab(self) -> int:
        """The rows of the token embedding."""
        return self.embedding.vocab

    @property
    def tied(self) -> bool:
        """Whether embedding and head are one matrix."""
        return self.embedding.tied

    @property
    def dense_layers(self) -> int:
        """Layers with an ordinary feed-forward block."""
        return self.distinct_layers - (self.experts.layers if self.experts else 0)
