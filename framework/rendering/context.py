"""The typed contexts that projects are rendered from. All arithmetic was done before: templates print these values."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from framework.artifacts.base import Strict
from framework.artifacts.slots import NAME_PATTERN
from framework.messages import Lang

LicenseName = Literal["MIT", "Apache-2.0", "BSD-3-Clause", "proprietary"]
Optimizer = Literal["adamw", "muon"]
Scheduler = Literal["cosine", "wsd", "constant"]
NEWEST_PYTHON = 13


class Identity(Strict):
    """What every family needs: the project's names, and the terms and versions it stands under."""

    package: str = Field(pattern=f"^{NAME_PATTERN}$", description="the import name")
    distribution: str = Field(description="the package's name for installers: hyphens for underscores")
    title: str = Field(pattern=r"^[\w][\w \-]{0,79}$", description="for people; letters, digits, blanks, hyphens only")
    language: Lang = Field(description="the first language of its documents")
    license: LicenseName
    python: str = Field(pattern=r"^3\.\d+$", description="the oldest Python that it supports")

    @property
    def pythons(self) -> list[str]:
        """What its tests run under: from the oldest to the newest that the template is tested under."""
        oldest = int(self.python.removeprefix("3."))
        return [f"3.{minor}" for minor in range(oldest, max(oldest, NEWEST_PYTHON) + 1)]


class Latent(Strict):
    """The sizes of multi-head latent attention."""

    kv_rank: int
    nope_dim: int
    rope_dim: int = Field(multiple_of=2)
    v_dim: int


class Model(Strict):
    """The decoder."""

    attention: Literal["mha", "gqa", "mla"]
    feed_forward: Literal["swiglu", "moe"]
    n_layer: int
    d_model: int
    n_head: int
    n_kv_head: int
    d_ff: int
    context_length: int
    n_experts: int = 0
    dropout: float = Field(default=0.0, ge=0, lt=1)
    latent: Latent | None = Field(default=None, description="with mla; None: the template's own sizes")


class Tokenizer(Strict):
    """The tokenizer."""

    kind: Literal["char", "bpe", "wordpiece", "sentencepiece"]
    vocab_size: int


class Data(Strict):
    """What one run reads."""

    dataset_name: str = Field(description="a name of the template's registry, or local")
    path: str | None = Field(description="of local data, relative to the project or absolute")
    text_column: str = "text"
    language: Literal["en", "zh", "mixed"]
    n_documents: int
    streaming: bool = False


class Run(Strict):
    """One training run."""

    batch_size: int
    accumulate: int
    epochs: float
    max_steps: int = Field(description="0: as many as the epochs need")
    lr: float
    warmup_steps: int
    eval_every: int
    save_every: int
    activation_checkpointing: bool = False
    strategy: Literal["auto", "ddp", "fsdp2"] = "auto"
    optimizer: Optimizer = "adamw"
    scheduler: Scheduler = "cosine"
    weight_decay: float | None = Field(default=None, ge=0, description="None: the template's own")
    early_stop: int = Field(default=0, ge=0, description="validations without improvement; 0: never")
    seed: int = Field(default=0, ge=0)


class Stage(Strict):
    """One kind of training, as a run on little data that proves it, and as the full run."""

    task: Literal["pretrain", "sft", "dpo"]
    mini_data: Data
    mini_run: Run
    full_data: Data
    full_run: Run


class Service(Strict):
    """How it is served, and from when on somebody is woken up. Limits are the requirement's or stated defaults."""

    n_slot: int
    max_queue: int
    max_new_tokens: int
    deadline_s: float
    latency_s: float = Field(description="alert: a request took longer, at the percentile below")
    percentile: float = Field(gt=0, le=100)
    availability: float = Field(gt=0, le=100, description="alert: per cent of requests answered without an error")
    requests_per_s: float | None = Field(description="the throughput to be had, where one was asked for")
    memory_gb: float = Field(description="alert: the process holds more")


class ScratchContext(Strict):
    """A model from nothing."""

    identity: Identity
    device: Literal["cpu", "gpu"]
    offline: bool
    goal: str = Field(description="what it is for, one line of plain text; shown in documents only")
    model: Model
    mini_model: Model = Field(description="the same kind of model, small enough for minutes on a CPU")
    tokenizer: Tokenizer
    mini_tokenizer: Tokenizer
    stages: list[Stage] = Field(min_length=1)
    prompts: list[str] = Field(description="what the trained model is asked to continue")
    service: Service

    @property
    def tasks(self) -> list[str]:
        """The kinds of training, in their order."""
        return [stage.task for stage in self.stages]
