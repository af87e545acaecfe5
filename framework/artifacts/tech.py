"""tech.md: what could be built, on which data and machine, what it costs, and what is recommended."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from framework.artifacts.base import Strict
from framework.artifacts.report import Report
from framework.artifacts.slots import Task

Objective = Literal["pretrain", "sft", "dpo", "classification", "embedding", "serve"]
Method = Literal["scratch", "full", "lora", "qlora", "as_is"]
Precision = Literal["bf16", "fp16", "fp32"]
Weights = Literal["bf16", "int4"]
Level = Literal["demo", "basic", "usable", "good", "strong"]
Permission = Literal["yes", "no", "unclear"]
Role = Literal["train", "test", "lookup"]
Severity = Literal["stop", "warning", "hint"]
Feasibility = Literal["as_wished", "with_changes", "nothing_fits"]
Range = tuple[float, float]


class Remark(Strict):
    """A sentence for people, with the key that programs know it by."""

    key: str
    text: str


class Advice(Remark):
    """What an experienced engineer would say about the whole."""

    severity: Severity


class Conflict(Remark):
    """A wish that a candidate does not fulfil: it cannot (stop), or only partly (warning)."""

    slot: str
    severity: Severity
    times: float | None = Field(default=None, description="how many times the limit is exceeded, where it is a number")


class Machine(Strict):
    """The hardware that figures are for."""

    name: str
    accelerator: str = Field(description="as the catalog names it")
    kind: str = Field(description="consumer, datacentre, amd, apple, ascend, tpu or cpu")
    count: int = Field(ge=1)
    memory_gb: float = Field(gt=0, description="per card")
    precision: Precision
    assumed: bool = Field(description="whether the user left it open")


class Figures(Strict):
    """What it needs on one machine. Memory is per card, a range is low to high; `unknown_because` explains a None."""

    train_vram_gb: float | None
    infer_vram_gb: float | None
    gpu_hours: Range | None
    wall_hours: Range | None
    cost_usd: Range | None
    fits: bool
    unknown_because: str = ""


class Elsewhere(Strict):
    """The same candidate on another machine."""

    machine: str
    figures: Figures


class DataChoice(Strict):
    """A dataset, or the part of one, with what it is for."""

    name: str
    repo: str | None = Field(description="on the Hugging Face hub; None for the user's own data and for other sources")
    config: str | None = None
    source: str = ""
    own: bool = Field(description="whether it is the user's")
    role: Role = Field(default="train", description="trained on, kept for measuring, or looked up at run time")
    split: str
    rows: int | None = Field(ge=0)
    tokens: int | None = Field(ge=0)
    languages: list[str]
    license: str
    commercial: Permission
    strengths: str
    weaknesses: str


class DataNeeds(Strict):
    """What a candidate learns from: a small set to try everything on, the full one, and what should be mixed in."""

    mini: DataChoice
    full: DataChoice
    extra: list[DataChoice] = Field(default_factory=list)

    @property
    def trained_on(self) -> list[DataChoice]:
        """All that the full run learns from."""
        return [self.full, *(choice for choice in self.extra if choice.role == "train")]


class Shape(Strict):
    """The architecture, as the code needs it."""

    layers: int
    hidden: int
    heads: int
    kv_heads: int
    feed_forward: int | None
    vocab: int
    tied: bool
    attention: Literal["mha", "gqa", "mqa", "mla"]
    experts: int | None = None


class Training(Strict):
    """The run that the figures are for."""

    context: int = Field(ge=1)
    batch: int = Field(ge=1, description="sequences on one card at a time")
    accumulation: int = Field(ge=1)
    epochs: float = Field(gt=0)
    tokens: int = Field(ge=1, description="processed in all, repetitions included")
    learning_rate: float = Field(gt=0)
    lora_rank: int | None
    checkpointing: bool
    sharded: bool
    precision: Precision


class Serving(Strict):
    """How it answers on the machine, by bandwidth and arithmetic."""

    weights: Weights
    latency_ms: Range = Field(description="one request alone: a whole answer, or one label or vector")
    first_token_ms: Range | None = Field(description="until a streamed answer begins; None where no text is generated")
    requests_per_s: Range
    tokens_per_s: Range | None = Field(description="of all requests together; None where no text is generated")
    answer_tokens: int | None


class Candidate(Strict):
    """One thing that could be built."""

    name: str
    rank: int = Field(ge=1)
    model: str
    repo: str | None
    objective: Objective
    method: Method
    params: int | None
    active_params: int | None
    shape: Shape | None
    max_context: int | None
    languages: list[str]
    license: str
    commercial: Permission
    named_by_user: bool
    data: DataNeeds
    training: Training | None
    serving: Serving | None
    figures: Figures
    elsewhere: list[Elsewhere] = Field(default_factory=list)
    quality: Level
    quality_why: str
    strengths: list[Remark]
    weaknesses: list[Remark]
    conflicts: list[Conflict]
    score: float = Field(ge=0, le=1)

    @property
    def feasible(self) -> bool:
        """Whether it breaks none of the user's limits."""
        return not any(conflict.severity == "stop" for conflict in self.conflicts)


class MethodRow(Strict):
    """One way to do the job, compared with the others."""

    method: str
    strengths: str
    weaknesses: str
    here: str = Field(description="what speaks for or against it in this project")


class Refusal(Strict):
    """Something that was computed and not taken."""

    name: str
    why: str
    train_vram_gb: float | None


class Unmet(Strict):
    """A wish that the recommendation does not fulfil, why, and the nearest that can be had."""

    slot: str
    wish: str
    why: str
    nearest: list[str]


class Tech(Report):
    """What could be built, and what is recommended."""

    FILE: ClassVar[str] = "tech.md"
    TELLS_UNMET: ClassVar[bool] = True

    task: Task
    objective: Objective
    feasibility: Feasibility
    recommended: str
    reasons: list[Remark]
    machines: list[Machine] = Field(description="the first is the one that the candidates' figures are for")
    candidates: list[Candidate]
    refused: list[Refusal]
    methods: list[MethodRow]
    advice: list[Advice]
    unmet: list[Unmet]
    assumptions: list[str]

    @property
    def choice(self) -> Candidate | None:
        """The candidate that is recommended; None when the name fits none."""
        return next((candidate for candidate in self.candidates if candidate.name == self.recommended), None)

    def body(self) -> str:
        from framework.artifacts.tech_body import render

        return render(self)

    def headline(self) -> str:
        from framework.artifacts.tech_body import headline

        return headline(self)

    def unmet_wishes(self) -> list[str]:
        from framework.artifacts.tech_body import unmet_wishes

        return unmet_wishes(self.unmet, self.language)
