"""What is asked of the estimator, and the same with its names looked up and its gaps filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, cast

from pydantic import Field, model_validator

from framework.artifacts.base import Strict
from framework.knowledge.architecture import Architecture
from framework.knowledge.catalog import Accelerator, Efficiency, Model, efficiency_of, find_accelerator, find_model
from framework.knowledge.memory import Memory, Method, Plan, training_memory
from framework.knowledge.names import memory_in
from framework.knowledge.parameters import count_parameters
from framework.messages import Lang

# Hoffmann et al. 2022: a model trained from scratch is best fed with about 20 tokens per parameter.
TOKENS_PER_PARAMETER = 20
# An instruction set of usual size: some thirteen thousand examples of five hundred tokens, three times over.
_FINE_TUNING_TOKENS = 20_000_000
_USUAL_CONTEXT = 2048


class EstimateRequest(Strict):
    """What is asked. Either `model` (a name of the catalog) or `architecture` (parsed from a config.json)."""

    model: str | None = None
    architecture: Architecture | None = None
    accelerator: str
    count: int = Field(default=1, ge=1)
    memory_gb: float | None = Field(default=None, gt=0, description="per card; the usual variant where none is given")
    method: Method = "full"
    tokens: int | None = Field(default=None, ge=1, description="processed in the whole training, repetitions included")
    context: int | None = Field(default=None, ge=1)
    batch: int | None = Field(
        default=None,
        ge=1,
        description="sequences that one card works on at a time; None: one in memory, and enough to keep the card busy",
    )
    serve_batch: int = Field(default=1, ge=1, description="sequences answered at a time when the model is served")
    checkpointing: bool | None = Field(default=None, description="None: only where it is needed to fit")
    rank: int = Field(default=16, ge=1, description="of LoRA matrices")
    lang: Lang = "en"

    @model_validator(mode="after")
    def _names_one_model(self) -> Self:
        if (self.model is None) == (self.architecture is None):
            raise ValueError("give either model or architecture")
        return self


@dataclass(frozen=True)
class Case:
    """The request, resolved."""

    request: EstimateRequest
    architecture: Architecture
    model: Model | None
    accelerator: Accelerator
    memory_gb: float
    tokens: int
    context: int

    @property
    def efficiency(self) -> Efficiency:
        """How the kind of chip does in practice."""
        return efficiency_of(self.accelerator)

    @property
    def usable_gb(self) -> float:
        """The part of a card's memory that training can have."""
        return self.memory_gb * self.efficiency.usable

    @property
    def batch(self) -> int:
        """Sequences that one card holds at a time."""
        return self.request.batch or 1

    @property
    def half(self) -> bool:
        """Whether it is trained in half precision."""
        return self.accelerator.half_tflops is not None

    @property
    def from_scratch(self) -> bool:
        """Whether the model has no weights to start from."""
        return is_from_scratch(self.request, self.model)

    def training(self, checkpointing: bool) -> Memory:
        """One card's memory in training."""
        asked = self.request
        plan = Plan(
            method=asked.method,
            context=self.context,
            batch=self.batch,
            checkpointing=checkpointing,
            cards=asked.count,
            rank=asked.rank,
            half=self.half,
        )
        return training_memory(self.architecture, plan, self.efficiency.overhead_gb)

    def checkpointing(self) -> bool:
        """As asked; else only where training does not fit without it, since it costs a third more time."""
        if self.request.checkpointing is not None:
            return self.request.checkpointing
        return self.training(checkpointing=False).total > self.usable_gb


def resolve(request: EstimateRequest) -> Case:
    """The request with its names looked up and its gaps filled."""
    model = find_model(request.model) if request.model is not None else None
    architecture = model.architecture if model else cast(Architecture, request.architecture)
    accelerator = find_accelerator(request.accelerator)
    return Case(
        request=request,
        architecture=architecture,
        model=model,
        accelerator=accelerator,
        memory_gb=request.memory_gb or memory_in(request.accelerator) or accelerator.memory_gb[0],
        tokens=request.tokens or _usual_tokens(request, model, architecture),
        context=request.context or min(_USUAL_CONTEXT, architecture.context or _USUAL_CONTEXT),
    )


def is_from_scratch(request: EstimateRequest, model: Model | None) -> bool:
    """Whether the training starts from nothing: a shape, or an architecture without published weights."""
    return request.method == "full" and (model is None or model.origin == "scratch")


def _usual_tokens(request: EstimateRequest, model: Model | None, architecture: Architecture) -> int:
    if is_from_scratch(request, model):
        return TOKENS_PER_PARAMETER * count_parameters(architecture).active
    return _FINE_TUNING_TOKENS
