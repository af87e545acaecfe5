"""What a model needs on a machine: parameters, memory, hours and money, with everything that was assumed said aloud."""

from __future__ import annotations

from math import floor, log10

from pydantic import Field

from framework.artifacts.base import Strict
from framework.knowledge.case import EstimateRequest, resolve
from framework.knowledge.compute import gpu_hours, training_flops_per_token
from framework.knowledge.memory import Memory, Method, adapter_parameters, inference_memory
from framework.knowledge.parameters import count_parameters
from framework.knowledge.remarks import assumptions, notes

__all__ = ["Estimate", "EstimateRequest", "Method", "estimate"]

Range = tuple[float, float]


class Estimate(Strict):
    """The answer. Memory is per card, in GB of 10^9 bytes; ranges are low to high."""

    params: int
    active_params: int = Field(description="those that one token meets; fewer than params in a mixture of experts")
    trained_params: int
    train_vram_gb: float
    infer_vram_gb: float
    gpu_hours: Range = Field(description="of all cards together")
    wall_hours: Range
    cost_usd: Range
    fits: bool = Field(description="whether training fits into the cards")
    accelerator: str
    count: int
    memory_gb: float = Field(description="of one card")
    method: Method
    tokens: int
    context: int
    batch: int
    checkpointing: bool
    flops: float
    training: Memory
    inference: Memory
    assumptions: list[str]
    notes: list[str]

    @property
    def experts(self) -> bool:
        """Whether it is a mixture of experts."""
        return self.active_params < self.params


def estimate(request: EstimateRequest) -> Estimate:
    """Parameters, memory, hours and cost of training the model on the machine, and of serving it there."""
    case = resolve(request)
    architecture, accelerator, price = case.architecture, case.accelerator, case.accelerator.usd_per_hour.typical
    parameters = count_parameters(architecture)
    checkpointing = case.checkpointing()
    training = case.training(checkpointing)
    inference = inference_memory(architecture, case.context, request.serve_batch, case.efficiency.overhead_gb)
    low, high = gpu_hours(
        architecture, accelerator, case.tokens, request.method, case.context, request.rank, request.batch
    )
    adapters = adapter_parameters(architecture, request.rank)
    return Estimate(
        params=parameters.total,
        active_params=parameters.active,
        trained_params=parameters.total if request.method == "full" else adapters,
        train_vram_gb=round(training.total, 2),
        infer_vram_gb=round(inference.total, 2),
        gpu_hours=_rounded(low, high),
        wall_hours=_rounded(low / request.count, high / request.count),
        cost_usd=_rounded(low * price, high * price),
        fits=round(training.total, 2) <= case.usable_gb,
        accelerator=accelerator.name,
        count=request.count,
        memory_gb=case.memory_gb,
        method=request.method,
        tokens=case.tokens,
        context=case.context,
        batch=case.batch,
        checkpointing=checkpointing,
        flops=case.tokens * training_flops_per_token(architecture, request.method, case.context, request.rank),
        training=training,
        inference=inference,
        assumptions=assumptions(case, checkpointing),
        notes=notes(case, training),
    )


def _rounded(low: float, high: float) -> Range:
    """Four significant digits: more would pretend to a precision that an estimate has not."""
    return _four_digits(low), _four_digits(high)


def _four_digits(number: float) -> float:
    return round(number, 3 - floor(log10(number)))
