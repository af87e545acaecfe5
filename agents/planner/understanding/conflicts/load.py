"""What one way of training takes at the least, by the resource estimator."""

from __future__ import annotations

from dataclasses import dataclass

from agents.planner.understanding.conflicts.data import amount_in
from agents.planner.understanding.conflicts.facts import Facts
from framework.knowledge.catalog import Accelerator, Model, models
from framework.knowledge.estimate import EstimateRequest, estimate
from framework.knowledge.memory import Method

_SHORT_CONTEXT = 512  # the least that training can do with: what does not fit then does not fit at all
_TOKENS_PER_PARAMETER = 20  # Hoffmann et al. 2022: what a model trained from nothing should read
_FEWEST_TUNING_TOKENS = 2_000_000  # some thousand examples, once
_CAREFUL = 0.25  # of the activations: losses in chunks, layers recomputed or moved to the host
_LIGHTER: dict[Method, tuple[Method, ...]] = {"full": ("lora", "qlora"), "lora": ("qlora",), "qlora": ()}


@dataclass(frozen=True)
class Machine:
    """Some cards of one kind."""

    card: Accelerator
    memory_gb: float
    count: int


@dataclass(frozen=True)
class Load:
    """The least that a training takes: memory of each card, hours, and money at the lowest rent."""

    memory_gb: float
    hours: float
    cost_usd: float


def load(params: float, method: Method, machine: Machine, tokens: float, context: int = _SHORT_CONTEXT) -> Load:
    """Worked out on the catalog's model of the nearest size, then scaled."""
    made = estimate(
        EstimateRequest(
            architecture=nearest_shape(params).architecture,
            accelerator=machine.card.name,
            count=machine.count,
            memory_gb=machine.memory_gb,
            method=method,
            tokens=max(1, int(tokens)),
            context=context,
        )
    )
    scale = params / made.params
    hours = made.wall_hours[0] * scale
    return Load(made.train_vram_gb * scale, hours, hours * machine.count * machine.card.usd_per_hour.low)


def nearest_shape(params: float) -> Model:
    """The generator of the catalog whose size is nearest."""
    generators = [model for model in models() if {"sft", "pretrain"} & set(model.tasks)]
    return min(generators, key=lambda model: max(model.published_params / params, params / model.published_params))


def usual_tokens(params: float) -> float:
    """What a model trained from nothing should read, where no amount is said."""
    return _TOKENS_PER_PARAMETER * params


def needed_tokens(facts: Facts, params: float) -> float:
    """How much text the training must read at the least."""
    amount = amount_in(facts)
    if facts.from_scratch:
        return amount.least if amount and amount.in_tokens else usual_tokens(params)
    return max(_FEWEST_TUNING_TOKENS, amount.least) if amount else _FEWEST_TUNING_TOKENS


def memory_at(params: float, method: Method, machine: Machine, context: int) -> float:
    """Memory of each card for texts of that length, where the most careful code keeps a quarter of what is usual."""
    bare = load(params, method, machine, 1).memory_gb
    return bare + (load(params, method, machine, 1, context).memory_gb - bare) * _CAREFUL


def lightest_method(facts: Facts) -> Method:
    """Of the ways of training that the user leaves open, the one that needs least."""
    named = set(facts.texts("method"))
    if facts.from_scratch or "full" in named or "continued" in facts.marks:
        return "full"
    return "lora" if "lora" in named and "unquantized" in facts.marks else "qlora"  # people call both LoRA


def lighter_methods(method: Method) -> tuple[Method, ...]:
    """What could be done instead, the closest first."""
    return _LIGHTER[method]
