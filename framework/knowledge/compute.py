"""The arithmetic of training, and the hours that it takes on an accelerator."""

from __future__ import annotations

from framework.knowledge.architecture import Architecture
from framework.knowledge.catalog import Accelerator, utilisation
from framework.knowledge.memory import Method, adapter_parameters
from framework.knowledge.parameters import count_parameters

# Unfolding 4-bit weights costs time and is no useful arithmetic: 39 % more (Raschka 2023, "LoRA Insights").
_DEQUANTISATION = 1.39
_SECONDS = 3600
# What a pass costs however little it computes. PyTorch without compiling starts every kernel from Python: reckoned with
# 5 microseconds where the host is fast and 15 where it is slow (that small tensors are bound by this and not by
# arithmetic: He 2022, "Making Deep Learning Go Brrrr From First Principles"). A decoder layer of plain modules is some
# 30 kernels forward and twice that backward; embedding, loss, clipping, optimizer and batch are some 200 together.
_KERNELS_OF_LAYER, _KERNELS_BESIDES = 90, 200
_KERNEL_SECONDS = (5e-6, 15e-6)


def multiplied_parameters(a: Architecture) -> int:
    """The parameters that one token is multiplied by: looking up a row is none, and a tied head is one all the same."""
    parameters = count_parameters(a)
    tied_head = parameters.token_embedding if a.embedding.head and a.embedding.tied else 0
    return parameters.active - parameters.token_embedding - parameters.other_embeddings + tied_head


def training_flops_per_token(a: Architecture, method: Method, context: int, rank: int) -> float:
    """Two operations a parameter forward, and twice that backward: for the inputs' gradients and for the weights'.

    LoRA needs the first of the two through the whole model and the second for the adapters alone: 4N and not 6N.
    Recomputing for checkpointing is not counted here: utilisation is measured against the model's own operations.
    """
    parameters, attended = multiplied_parameters(a), _attention_flops(a, context)
    if method == "full":
        return 6 * parameters + 3 * attended
    adapters = 6 * adapter_parameters(a, rank)
    # No weights take part in attending, so that its backward pass is whole.
    return 4 * parameters + 3 * attended + adapters


def starting_seconds(a: Architecture) -> tuple[float, float]:
    """The least that a pass forward and backward takes: the host starts its kernels one by one."""
    kernels = _KERNELS_OF_LAYER * (a.layers + a.cross_layers) + _KERNELS_BESIDES
    return kernels * _KERNEL_SECONDS[0], kernels * _KERNEL_SECONDS[1]


def gpu_hours(
    a: Architecture,
    accelerator: Accelerator,
    tokens: int,
    method: Method,
    context: int,
    rank: int,
    batch: int | None = None,
) -> tuple[float, float]:
    """The hours of one card, or of several together, from the best utilisation to the worst that is usual.

    The host starts kernels while the card computes, so that the slower of the two sets the pace. Without a batch the
    passes are taken to be large enough for the card.
    """
    low, high = _computing_hours(a, accelerator, tokens, method, context, rank)
    if batch is None:
        return low, high
    passes = max(1.0, tokens / (batch * context))
    least, most = (passes * seconds / _SECONDS for seconds in starting_seconds(a))
    return max(low, least), max(high, most)


def _computing_hours(
    a: Architecture, accelerator: Accelerator, tokens: int, method: Method, context: int, rank: int
) -> tuple[float, float]:
    flops = tokens * training_flops_per_token(a, method, context, rank)
    peak = accelerator.train_tflops * 1e12 * _SECONDS
    share = utilisation(accelerator, count_parameters(a).active)
    slower = _DEQUANTISATION if method == "qlora" else 1.0
    return slower * flops / (peak * share.high), slower * flops / (peak * share.low)


def _attention_flops(a: Architecture, context: int) -> float:
    """Forward, per token: two operations for each pair of tokens; a causal model attends to half of the context."""
    seen = context if a.kind == "encoder" else context / 2
    return 2.0 * (a.layers + a.cross_layers) * a.attention.mixed_width * seen
