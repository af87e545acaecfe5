"""The preferences of ML.md as the program reads them."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from framework.artifacts.base import Strict
from framework.artifacts.tech import Level, Objective


class Band(Strict):
    """A value for models up to a size; the last band of a table has no end."""

    up_to_params: int | None = Field(gt=0)


class Figure(Band):
    value: float = Field(gt=0)


class Quality(Band):
    level: Level


class Share(Strict):
    """A range of what is reached in practice."""

    low: float = Field(gt=0)
    high: float = Field(gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low must not exceed high, but {self.low} > {self.high}")
        return self


class Trained(Strict):
    """A value for everything that is trained."""

    pretrain: int = Field(gt=0)
    sft: int = Field(gt=0)
    dpo: int = Field(gt=0)
    classification: int = Field(gt=0)
    embedding: int = Field(gt=0)

    def of(self, objective: Objective) -> int:
        """The value for an objective. What is only served is measured with instructions."""
        values: dict[str, int] = self.model_dump()
        return values.get(objective, self.sft)


class Context(Trained):
    serve: int = Field(gt=0)


class Candidates(Strict):
    least: int = Field(ge=2)
    most: int = Field(ge=2)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.most < self.least:
            raise ValueError(f"most must be at least least, but {self.most} < {self.least}")
        return self


class Scratch(Strict):
    tokens_per_parameter: list[Figure] = Field(min_length=1)
    most_epochs: int = Field(ge=1)
    least_share: float = Field(gt=0, le=1)
    heads_per_kv_head: list[Figure] = Field(min_length=1)
    learning_rate: list[Figure] = Field(min_length=1)
    converses_from_params: int = Field(gt=0)
    bytes_per_token: float = Field(gt=0)


class Epochs(Strict):
    sft: int = Field(ge=1)
    dpo: int = Field(ge=1)
    classification: int = Field(ge=1)
    embedding: int = Field(ge=1)

    def of(self, objective: Objective) -> int:
        """Times that a tuning run sees each example."""
        values: dict[str, int] = self.model_dump()
        return values.get(objective, 1)


class LearningRate(Strict):
    full: float = Field(gt=0)
    lora: float = Field(gt=0)
    qlora: float = Field(gt=0)
    dpo: float = Field(gt=0)
    encoder: float = Field(gt=0)


class Tuning(Strict):
    lora_rank: int = Field(ge=1)
    epochs: Epochs
    full_up_to_params: int = Field(gt=0)
    full_from_examples: int = Field(gt=0)
    instruct_up_to_examples: int = Field(gt=0)
    learning_rate: LearningRate
    checkpointing: list[Objective]
    dpo_reference_factor: float = Field(ge=1)


class Batch(Strict):
    on_card: Trained
    in_step: Trained
    least_steps: int = Field(ge=1)


class Data(Strict):
    tokens_per_example: Trained
    least: Trained
    good: Trained
    enough: Trained
    mini_rows: int = Field(gt=0)
    retrieval_up_to_documents: int = Field(gt=0)


class Serving(Strict):
    prompt_tokens: int = Field(gt=0)
    answer_tokens: int = Field(gt=0)
    bandwidth_share: Share
    arithmetic_share: Share
    overhead_ms: Share
    parallel_share: float = Field(gt=0, le=1)
    most_concurrent: int = Field(ge=1)
    four_bit_share: float = Field(gt=0, lt=1)


class MemoryStep(Strict):
    gb: float = Field(gt=0)
    name: str


class Machines(Strict):
    typical: list[str] = Field(min_length=1)
    free: list[str] = Field(min_length=1)
    free_hours: float = Field(gt=0)
    by_memory: list[MemoryStep] = Field(min_length=1)
    rented: list[str] = Field(min_length=1)
    rented_counts: list[int] = Field(min_length=1)


class Levels(Strict):
    scratch: list[Quality] = Field(min_length=1)
    tuned: list[Quality] = Field(min_length=1)
    encoder: list[Quality] = Field(min_length=1)


class Ranking(Strict):
    """How much each part of a score weighs."""

    wish: float = Field(ge=0)
    quality: float = Field(ge=0)
    memory: float = Field(ge=0)
    time: float = Field(ge=0)
    money: float = Field(ge=0)
    language: float = Field(ge=0)
    license: float = Field(ge=0)


Signal = Literal["chat", "documents", "notebook", "personal", "phone", "rag_refused"]


class Policy(Strict):
    """ML.md."""

    candidates: Candidates
    memory_headroom: float = Field(ge=0, lt=1)
    comfortable_hours: float = Field(gt=0)
    longest_hours: float = Field(gt=0)
    scratch: Scratch
    tuning: Tuning
    context: Context
    batch: Batch
    data: Data
    serving: Serving
    machines: Machines
    quality: Levels
    ranking: Ranking
    signals: dict[Signal, list[str]]


def figure_for(bands: list[Figure], params: int) -> float:
    """The value of the band that the size falls into."""
    return next((band.value for band in bands if _holds(band, params)), bands[-1].value)


def level_for(bands: list[Quality], params: int) -> Level:
    """The quality of the band that the size falls into."""
    return next((band.level for band in bands if _holds(band, params)), bands[-1].level)


def _holds(band: Band, params: int) -> bool:
    return band.up_to_params is None or params <= band.up_to_params
