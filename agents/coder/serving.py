"""How fast a model answers on a machine: by the bandwidth that every token reads weights through, and by arithmetic."""

from __future__ import annotations

from agents.coder.options import Option
from agents.coder.policy import Policy, Share
from framework.artifacts.tech import Machine, Range, Serving
from framework.knowledge.catalog import Accelerator, find_accelerator
from framework.knowledge.estimate import Estimate

# A decoder that is not captured as a graph starts ten to fifteen kernels a layer, at 5 to 10 microseconds each.
_LAYER_MS: Range = (0.05, 0.15)


def infer_memory(option: Option, figures: Estimate, policy: Policy) -> float:
    """GB in all, whatever the number of cards: weights, one sequence's cache, and the runtime."""
    memory = figures.inference
    saved = memory.weights * (1 - policy.serving.four_bit_share) if option.weights == "int4" else 0.0
    return round(memory.total - saved, 2)


def serving_on(machine: Machine, option: Option, figures: Estimate, policy: Policy) -> Serving:
    """Latency of one request alone, and how many can be answered, from the best that is usual to the worst."""
    accelerator = find_accelerator(machine.accelerator)
    if option.encodes:
        return _encoding(machine, accelerator, figures, policy)
    answer = policy.serving.answer_tokens
    alone = _tokens_alone(machine, accelerator, option, figures, policy)
    together = _tokens_together(machine, accelerator, option, figures, policy, alone)
    first = _reading(machine, accelerator, figures, policy, policy.serving.prompt_tokens)
    return Serving(
        weights=option.weights,
        latency_ms=_ordered(first[0] + 1000 * answer / alone[1], first[1] + 1000 * answer / alone[0]),
        first_token_ms=_ordered(*first),
        requests_per_s=_ordered(together[0] / answer, together[1] / answer),
        tokens_per_s=_ordered(*together),
        answer_tokens=answer,
    )


def _cards(machine: Machine, policy: Policy) -> float:
    return 1.0 if machine.count == 1 else machine.count * policy.serving.parallel_share


def _tokens_alone(
    machine: Machine, accelerator: Accelerator, option: Option, figures: Estimate, policy: Policy
) -> Range:
    """Tokens per second of a single answer: each one reads all weights that take part, and starts every layer anew."""
    bits = policy.serving.four_bit_share if option.weights == "int4" else 1.0
    read_gb = 2 * figures.active_params * bits / 1e9
    fastest = accelerator.bandwidth_gb_s * _cards(machine, policy) / read_gb
    share = policy.serving.bandwidth_share
    least, most = _started_s(machine, option)
    return 1 / (1 / (fastest * share.low) + most), 1 / (1 / (fastest * share.high) + least)


def _started_s(machine: Machine, option: Option) -> Range:
    """Seconds that a token waits for its layers to be started; a processor starts its own work at no such cost."""
    layers = option.architecture.layers if option.architecture and machine.kind != "cpu" else 0
    return layers * _LAYER_MS[0] / 1000, layers * _LAYER_MS[1] / 1000


def _tokens_together(
    machine: Machine, accelerator: Accelerator, option: Option, figures: Estimate, policy: Policy, alone: Range
) -> Range:
    """Many answers share one reading of the weights, until memory for their caches or arithmetic runs out."""
    room = machine.memory_gb * machine.count - infer_memory(option, figures, policy)
    per_answer = max(figures.inference.kv_cache, 1e-3)
    at_once = max(1.0, min(policy.serving.most_concurrent, 1 + room / per_answer))
    share = policy.serving.arithmetic_share
    by_arithmetic = _flops(machine, accelerator, policy, share)
    per_token = 2 * figures.active_params
    return (
        min(alone[0] * at_once, by_arithmetic[0] / per_token),
        min(alone[1] * at_once, by_arithmetic[1] / per_token),
    )


def _flops(machine: Machine, accelerator: Accelerator, policy: Policy, share: Share) -> Range:
    peak = accelerator.train_tflops * 1e12 * _cards(machine, policy)
    return peak * share.low, peak * share.high


def _encoding(machine: Machine, accelerator: Accelerator, figures: Estimate, policy: Policy) -> Serving:
    """One forward pass over the text."""
    tokens = min(figures.context, policy.serving.prompt_tokens)
    slow, fast = _flops(machine, accelerator, policy, policy.serving.arithmetic_share)
    flops = 2 * figures.active_params * tokens
    return Serving(
        weights="bf16",
        latency_ms=_ordered(*_reading(machine, accelerator, figures, policy, tokens)),
        first_token_ms=None,
        requests_per_s=_ordered(slow / flops, fast / flops),
        tokens_per_s=None,
        answer_tokens=None,
    )


def _reading(machine: Machine, accelerator: Accelerator, figures: Estimate, policy: Policy, tokens: int) -> Range:
    """Milliseconds for reading a text of so many tokens: bound by arithmetic, two operations a parameter and token."""
    flops, overhead = 2 * figures.active_params * tokens, policy.serving.overhead_ms
    slow, fast = _flops(machine, accelerator, policy, policy.serving.arithmetic_share)
    return overhead.low + 1000 * flops / fast, overhead.high + 1000 * flops / slow


def _ordered(low: float, high: float) -> Range:
    """Three significant digits."""
    return float(f"{low:.3g}"), float(f"{high:.3g}")
