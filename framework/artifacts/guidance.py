"""full_train_guidance.md: how the full training is run on which hardware, what to watch, and on what it rests."""

from __future__ import annotations

import operator
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from framework.artifacts.base import Proof, Strict
from framework.artifacts.laid_file import LaidFile
from framework.artifacts.receipts import VOLATILE_OF_RECEIPT, CommandReceipt
from framework.artifacts.records import Device
from framework.artifacts.report import Report
from framework.artifacts.tech import Machine, Precision, Range

DEPLOY = "deploy/train"
Strategy = Literal["one_process", "ddp", "fsdp2"]
# What a difference from tech.md can be about.
# fmt: off
Figure = Literal[
    "parameters", "context", "tokens", "epochs", "learning_rate", "step_sequences",
    "memory_gb", "gpu_hours", "wall_hours", "cost_usd",
]
# fmt: on


class Span(Strict):
    """A range with the value that is advised."""

    low: float
    best: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.best <= self.high:
            raise ValueError(f"must be low <= best <= high, found {self.low:g}, {self.best:g}, {self.high:g}")
        return self


class Counts(Strict):
    """The same for what is counted."""

    low: int = Field(ge=1)
    best: int = Field(ge=1)
    high: int = Field(ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.best <= self.high:
            raise ValueError(f"must be low <= best <= high, found {self.low}, {self.best}, {self.high}")
        return self


class Source(Strict):
    """A sentence with where its figures are from."""

    text: str
    source: str
    date: str = ""


class Sharing(Strict):
    """How several cards share the work, decided by what each way takes of a card."""

    strategy: Strategy
    states_gb: float = Field(description="weights, gradients and optimizer of a whole copy")
    copied_gb: float = Field(description="of one card, where each holds a copy, with one sequence")
    sharded_gb: float = Field(description="of one card, where the cards share one copy, with one sequence")
    why: str


class Plan(Strict):
    """The full run on one kind of hardware."""

    key: str = Field(pattern=r"^[a-z0-9_]+$")
    machine: Machine
    nodes: int = Field(ge=1)
    own: bool = Field(description="whether the user has it, as far as is known")
    fits: bool
    why_not: str = Field(default="", description="where it does not fit")
    sharing: Sharing
    checkpointing: bool
    precision: Precision
    batch: Counts = Field(description="sequences on one card at a time: with much room, advised, at most")
    accumulation: int = Field(ge=1)
    step_sequences: int = Field(ge=1)
    memory_gb: float = Field(description="of one card with the advised batch, by the estimate")
    usable_gb: float
    room_gb: float = Field(description="what is left of the card")
    learning_rate: float
    steps: int
    tokens: int
    tokens_per_s: Range
    mfu: Range = Field(description="the share of the card's peak that is usual for such a model")
    gpu_hours: Range
    wall_hours: Range
    cost_usd: Range = Field(description="at the typical price")
    price_usd_per_hour: Range = Field(description="of one card: the cheapest and the dearest offer in the catalog")
    price_span_usd: Range = Field(description="least hours at the lowest price, most hours at the highest")
    save_every: Counts = Field(description="steps")
    save_minutes: Span

    @property
    def cards(self) -> int:
        """Of one node."""
        return self.machine.count // self.nodes

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.batch.best * self.accumulation * self.machine.count != self.step_sequences:
            raise ValueError("batch x accumulation x cards must be the sequences of a step")
        return self


class Scaled(Strict):
    """The learning rate for another batch."""

    step_sequences: int
    step_tokens: int
    rate: float


class Schedule(Strict):
    """How the learning rate moves."""

    name: Literal["cosine", "wsd", "constant"]
    rate: Span
    steps: int
    warmup: Counts
    last_share: float = Field(description="the last rate as a share of the peak")
    scaled: list[Scaled]
    clip: float
    weight_decay: float
    facts: list[Source]


class Amount(Strict):
    """How much is learned from."""

    params: int
    context: int
    tokens: Span
    dataset_tokens: int | None
    epochs: Span | None = Field(description="None where nobody knows how much the data holds")
    most_epochs: float
    compute_optimal: int
    facts: list[Source]


class Checkpoints(Strict):
    """What is saved, how often, and what it takes."""

    size_gb: float
    kept: int
    disk_gb: float
    write_seconds: Span
    facts: list[Source]


class Part(Strict):
    """One dataset of the mixture."""

    name: str
    share: float = Field(gt=0, le=1)
    tokens: int | None
    languages: list[str]
    license: str


class Mixture(Strict):
    """What the run reads, and what is done to it."""

    parts: list[Part]
    advice: list[Source]


class Alarm(Strict):
    """One thing to watch."""

    name: str
    where: str = Field(description="the file and key, or the command, that shows it")
    low: float | None = Field(default=None, description="below this somebody must look")
    high: float | None = Field(default=None, description="above this somebody must look")
    usual: str
    act: str


class Tuning(Strict):
    """A training after the full one, as its configuration says it."""

    config: str
    rate: Span
    step_sequences: int
    epochs: float


class Drill(Strict):
    """A failure on purpose, to be tried before the long run."""

    name: str
    lines: list[str]
    expect: str


class Measured(Strict):
    """What the run on little data showed, beside what was predicted for it."""

    machine: str
    device: Device
    tokens_per_s: float | None
    memory_gb: float | None
    speed_factor: float | None = Field(description="measured speed as a share of the predicted one, this machine alone")
    first_loss: float | None = Field(description="before the first step")
    last_loss: float | None = Field(description="on the validation data, after one epoch")
    memory_extra_gb: float = Field(ge=0, description="measured beyond the predicted; this machine alone")


class Difference(Strict):
    """A figure of the guidance beside the one of tech.md."""

    figure: Figure
    machine: str = Field(description="empty where it is the same on every machine")
    tech: Range
    here: Range
    why: str = Field(default="", description="why it lies outside; empty where it does not")

    @property
    def inside(self) -> bool:
        """Whether all of it lies in tech.md's range; half a per cent is rounding."""
        (low, high), (least, most) = self.tech, self.here
        return low * 0.995 <= least and most <= high * 1.005


class Script(LaidFile):
    """A file of deploy/train as it stands."""

    path: str = Field(pattern=rf"^{DEPLOY}/[A-Za-z0-9_.]+$")
    purpose: str

    @property
    def edited(self) -> bool:
        """Whether it is the user's version that stands."""
        return self.sha256 != self.made


class Unverified(Strict):
    """A claim that nothing has proven here, and what proves it."""

    key: str
    claim: str
    proof: str


class Guidance(Report, Proof):
    """How the full training is run."""

    FILE: ClassVar[str] = "full_train_guidance.md"
    VOLATILE: ClassVar[Any] = {"plain_words": True, "receipts": {"__all__": VOLATILE_OF_RECEIPT}}

    candidate: str = Field(description="of tech.md")
    config: str
    amount: Amount
    plans: list[Plan] = Field(min_length=1, description="the first is the one that tech.md's figures are for")
    schedule: Schedule
    checkpoints: Checkpoints
    mixture: Mixture
    measured: Measured | None
    alarms: list[Alarm]
    drills: list[Drill]
    tunings: list[Tuning]
    limits: list[str] = Field(description="the time and money that were asked for, beside what it takes")
    differences: list[Difference]
    steps: list[str] = Field(description="from here to the trained and served model")
    scripts: list[Script]
    receipts: list[CommandReceipt]
    unverified: list[Unverified]
    assumptions: list[str]
    plain_words: str = Field(default="", exclude_if=operator.not_, description="a model's; of the figures here alone")

    def body(self) -> str:
        from framework.artifacts.guidance_body import render

        return render(self)

    def headline(self) -> str:
        from framework.artifacts.guidance_body import headline

        return headline(self)
