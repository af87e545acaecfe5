"""What training and serving take of a card's memory.

1 GB is 10^9 bytes here. A card sold with 24 GB holds 24 * 2^30 bytes, seven percent more; that difference is left to
the fragments that an allocator cannot use, so that an estimate may be compared with the number on the box.
"""

from __future__ import annotations

from typing import Literal

from framework.artifacts.base import Strict
from framework.knowledge.architecture import Architecture, Attention
from framework.knowledge.parameters import Parameters, attention_in_layer, count_parameters, feed_forward_in_layer

Method = Literal["full", "lora", "qlora"]

GB = 1e9
# AdamW in mixed precision: 2 bytes of weight and 2 of gradient in bf16, and in fp32 the master weight (4) and two
# moments (4 + 4). In pure fp32 there is no second copy: 4 + 4 + 8. It is 16 bytes a parameter either way.
_MIXED = (2, 2, 12)
_SINGLE = (4, 4, 8)
# PEFT keeps adapters in fp32 whatever the base model is in: weight 4, gradient 4, moments 8.
_ADAPTER_BYTES = 16
# NF4 with double quantisation: 4 bits, and 0.127 bits of scaling constants (Dettmers et al. 2023, section 3).
_NF4_BYTES = 4.127 / 8
# Cross entropy works on fp32: beside the bf16 logits stand their fp32 copy and the gradient.
_LOGIT_BYTES = 2 + 4 + 4
_SINGLE_LOGIT_BYTES = 4 + 4 + 4


class Plan(Strict):
    """How a model is trained."""

    method: Method
    context: int
    batch: int
    checkpointing: bool
    cards: int = 1
    rank: int = 16
    half: bool = True

    @property
    def tokens(self) -> int:
        """The tokens that one card works on at a time."""
        return self.context * self.batch

    @property
    def bytes(self) -> int:
        """The size of a number in the forward pass."""
        return 2 if self.half else 4


class Memory(Strict):
    """One card's memory by what it is taken for, in GB."""

    weights: float
    gradients: float = 0.0
    optimizer: float = 0.0
    adapters: float = 0.0
    activations: float = 0.0
    logits: float = 0.0
    kv_cache: float = 0.0
    buffers: float = 0.0
    overhead: float

    @property
    def total(self) -> float:
        """All of it."""
        return sum(float(value) for value in self.model_dump().values())


def training_memory(a: Architecture, plan: Plan, overhead_gb: float) -> Memory:
    """One card's share. Several cards shard the states (FSDP, ZeRO-3) wherever that takes less than a copy on each."""
    copied = _replicated(a, plan, overhead_gb)
    if plan.cards == 1:
        return copied
    sharded = _sharded(a, plan, copied)
    return min(copied, sharded, key=lambda memory: memory.total)


def inference_memory(a: Architecture, context: int, batch: int, overhead_gb: float) -> Memory:
    """Weights in bf16, the KV cache of every sequence, and what one layer holds while the prompt is read."""
    return Memory(
        weights=2 * count_parameters(a).total / GB,
        kv_cache=2 * kv_cache_numbers(a) * context * batch / GB,
        activations=2 * 2 * (a.hidden + _active_width(a)) * context * batch / GB,
        overhead=overhead_gb,
    )


def kv_cache_numbers(a: Architecture) -> int:
    """The numbers that one token leaves behind in all layers. Sliding windows are not used to make it smaller."""
    if a.kind == "encoder":
        return 0
    decoding = a.cross_layers or a.layers
    return (decoding + a.cross_layers) * a.attention.cached


def adapter_parameters(a: Architecture, rank: int) -> int:
    """LoRA matrices on every linear layer of attention and feed-forward; experts are left out, as they are in PEFT."""
    feed_forward = 0
    if a.feed_forward:
        matrices = 3 if a.feed_forward.gated else 2
        feed_forward = a.dense_layers * matrices * (a.hidden + a.feed_forward.width)
    attention = (a.distinct_layers + a.cross_layers) * sum(rows + columns for rows, columns in _attention_matrices(a))
    return rank * (attention + feed_forward)


def _attention_matrices(a: Architecture) -> list[tuple[int, int]]:
    attention, hidden = a.attention, a.hidden
    if isinstance(attention, Attention):
        q, kv = attention.q_width, attention.kv_width
        return [(hidden, q), (hidden, kv), (hidden, kv), (q, hidden)]
    queries = [(hidden, attention.q_width)]
    if attention.q_rank:
        queries = [(hidden, attention.q_rank), (attention.q_rank, attention.q_width)]
    unfolded = attention.heads * (attention.nope_dim + attention.v_dim)
    latent = [(hidden, attention.kv_rank + attention.rope_dim), (attention.kv_rank, unfolded)]
    return [*queries, *latent, (attention.heads * attention.v_dim, hidden)]


def _replicated(a: Architecture, plan: Plan, overhead_gb: float) -> Memory:
    parameters = count_parameters(a)
    weight, gradient, optimizer = _MIXED if plan.half else _SINGLE
    logits = _logits(a, plan)
    activations = _activations(a, plan)
    if plan.method == "full":
        return Memory(
            weights=parameters.total * weight / GB,
            gradients=parameters.total * gradient / GB,
            optimizer=parameters.total * optimizer / GB,
            activations=activations,
            logits=logits,
            overhead=overhead_gb,
        )
    quantised = plan.method == "qlora"
    return Memory(
        weights=(_nf4_bytes(parameters) if quantised else parameters.total * plan.bytes) / GB,
        adapters=adapter_parameters(a, plan.rank) * _ADAPTER_BYTES / GB,
        activations=activations,
        logits=logits,
        # A 4-bit matrix is unfolded to bf16 for the multiplication.
        buffers=a.hidden * _widest(a) * plan.bytes / GB if quantised else 0.0,
        overhead=overhead_gb,
    )


def _nf4_bytes(parameters: Parameters) -> float:
    """Only the matrices inside the layers are quantised; embeddings, head and norms stay in bf16."""
    return parameters.in_layers * _NF4_BYTES + (parameters.total - parameters.in_layers) * 2


def _sharded(a: Architecture, plan: Plan, copied: Memory) -> Memory:
    """The states are split; the layer at work and the one fetched ahead are there whole."""
    per_weight = _NF4_BYTES if plan.method == "qlora" else plan.bytes
    layer = attention_in_layer(a) + feed_forward_in_layer(a)
    return copied.model_copy(
        update={
            "weights": copied.weights / plan.cards,
            "gradients": copied.gradients / plan.cards,
            "optimizer": copied.optimizer / plan.cards,
            "adapters": copied.adapters / plan.cards,
            "buffers": copied.buffers + 2 * layer * per_weight / GB,
        }
    )


def _logits(a: Architecture, plan: Plan) -> float:
    if not a.embedding.head:
        return 0.0
    return plan.tokens * a.vocab * (_LOGIT_BYTES if plan.half else _SINGLE_LOGIT_BYTES) / GB


def _activations(a: Architecture, plan: Plan) -> float:
    """What the backward pass needs again. With checkpointing that is each layer's input, and one layer in full.

    Attention runs fused (SDPA, FlashAttention), so that no matrix of context times context is kept.
    """
    layer = _kept_in_layer(a) * plan.tokens * plan.bytes
    layers = a.layers + a.cross_layers
    if not plan.checkpointing:
        return layers * layer / GB
    return (layers * a.hidden * plan.tokens * plan.bytes + layer) / GB


def _kept_in_layer(a: Architecture) -> int:
    """The numbers that one token leaves in one layer: around each norm, along attention and along feed-forward."""
    attention = a.attention
    along_attention = 3 * attention.q_width + 3 * attention.kv_width  # before and after rotation, v, and what comes out
    gated = a.feed_forward.gated if a.feed_forward else True
    copies = 4 if gated else 2  # gate, up, activation, product; or before and after the activation
    dispatched = a.experts.active * a.hidden if a.experts else 0
    return 4 * a.hidden + along_attention + copies * _active_width(a) + dispatched


def _active_width(a: Architecture) -> int:
    """The feed-forward width that one token passes in its widest layer."""
    dense = a.feed_forward.width if a.feed_forward else 0
    mixed = a.experts.active * a.experts.width + a.experts.shared_width if a.experts else 0
    return max(dense, mixed)


def _widest(a: Architecture) -> int:
    """The longer side of the largest single matrix of a layer."""
    dense = a.feed_forward.width if a.feed_forward else 0
    expert = max(a.experts.width, a.experts.shared_width) if a.experts else 0
    return max(dense, expert, a.attention.q_width)
