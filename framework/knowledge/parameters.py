"""Counting parameters, exactly, from the architecture."""

from __future__ import annotations

from framework.artifacts.base import Strict
from framework.knowledge.architecture import Architecture, Attention, Experts, FeedForward, LatentAttention

_WEIGHTS_PER_NORM_CHANNEL = {"rms": 1, "layer": 2, "layer_without_bias": 1, "plain": 0}


class Parameters(Strict):
    """Where a model's parameters lie. `idle` are those of the experts that one token does not pass."""

    token_embedding: int
    other_embeddings: int
    head: int
    attention: int
    feed_forward: int
    norms: int
    idle: int

    @property
    def total(self) -> int:
        """All of them, as a checkpoint holds them."""
        return (
            self.token_embedding + self.other_embeddings + self.head + self.attention + self.feed_forward + self.norms
        )

    @property
    def active(self) -> int:
        """Those that one token meets; fewer than all in a mixture of experts."""
        return self.total - self.idle

    @property
    def in_layers(self) -> int:
        """Those of the layers, which is what quantisation and sharding by layer are about."""
        return self.attention + self.feed_forward


def count_parameters(a: Architecture) -> Parameters:
    """The parameters by part."""
    experts = a.experts
    return Parameters(
        token_embedding=a.embedding.vocab * a.embedding.width,
        other_embeddings=_other_embeddings(a),
        head=_head(a),
        attention=(a.distinct_layers + a.cross_layers) * attention_in_layer(a) + a.position_bias,
        feed_forward=a.dense_layers * _feed_forward(a.feed_forward, a.hidden)
        + (experts.layers * _experts(experts, a.hidden) if experts else 0),
        norms=(a.norms.count * a.hidden + a.embedding.norms * a.embedding.width)
        * _WEIGHTS_PER_NORM_CHANNEL[a.norms.kind],
        idle=experts.layers * (experts.count - experts.active) * _expert(experts, a.hidden) if experts else 0,
    )


def attention_in_layer(a: Architecture) -> int:
    """The parameters of one layer's attention, its own norms included."""
    if isinstance(a.attention, LatentAttention):
        return _latent(a.attention, a.hidden)
    return _by_heads(a.attention, a.hidden)


def feed_forward_in_layer(a: Architecture) -> int:
    """The parameters of the largest feed-forward part that a layer has."""
    dense = _feed_forward(a.feed_forward, a.hidden)
    return max(dense, _experts(a.experts, a.hidden)) if a.experts else dense


def _linear(rows: int, columns: int, bias: bool) -> int:
    return rows * columns + (columns if bias else 0)


def _by_heads(attention: Attention, hidden: int) -> int:
    q, kv = attention.q_width, attention.kv_width
    projections = _linear(hidden, q + 2 * kv, attention.qkv_bias) + _linear(q, hidden, attention.out_bias)
    normed = {"none": 0, "head": 2 * attention.head_dim, "width": q + kv}[attention.qk_norm]
    sinks = attention.heads if attention.sinks else 0
    return projections + normed * (2 if attention.qk_norm_bias else 1) + sinks


def _latent(attention: LatentAttention, hidden: int) -> int:
    """Down to the ranks and up to the heads; a norm sits on each latent vector, biases only on the way down."""
    queries = _linear(hidden, attention.q_width, False)
    if attention.q_rank is not None:
        down = _linear(hidden, attention.q_rank, attention.bias) + attention.q_rank
        queries = down + attention.q_rank * attention.q_width
    down = _linear(hidden, attention.kv_rank + attention.rope_dim, attention.bias) + attention.kv_rank
    up = attention.kv_rank * attention.heads * (attention.nope_dim + attention.v_dim)
    return queries + down + up + _linear(attention.heads * attention.v_dim, hidden, attention.bias)


def _feed_forward(block: FeedForward | None, hidden: int) -> int:
    if block is None:
        return 0
    into = (2 if block.gated else 1) * _linear(hidden, block.width, block.bias)
    out_bias = block.bias if block.down_bias is None else block.down_bias
    return into + _linear(block.width, hidden, out_bias)


def _expert(experts: Experts, hidden: int) -> int:
    return _feed_forward(FeedForward(width=experts.width, gated=experts.gated, bias=experts.bias), hidden)


def _experts(experts: Experts, hidden: int) -> int:
    """Router, experts, and the shared expert with its gate."""
    router = _linear(hidden, experts.count, experts.router_bias)
    shared = 0
    if experts.shared_width:
        block = FeedForward(width=experts.shared_width, gated=experts.gated, bias=experts.shared_bias)
        shared = _feed_forward(block, hidden)
    gate = hidden if experts.shared_gate else 0
    return router + experts.count * _expert(experts, hidden) + shared + gate


def _other_embeddings(a: Architecture) -> int:
    embedding = a.embedding
    rows = embedding.positions * embedding.position_width + embedding.token_types * embedding.width
    between = embedding.projections * _linear(embedding.width, a.hidden, embedding.projection_bias)
    return rows + between + (_linear(a.hidden, a.hidden, True) if a.pooler else 0)


def _head(a: Architecture) -> int:
    embedding = a.embedding
    if not embedding.head:
        return 0
    matrix = 0 if embedding.tied else embedding.vocab * embedding.width
    return matrix + (embedding.vocab if embedding.head_bias else 0)
