"""The catalogs of accelerators and models (specs/catalog/*.yaml), and finding an entry by the name people type."""

from __future__ import annotations

from functools import cache
from math import sqrt
from typing import Literal

from pydantic import Field, JsonValue, model_validator

from framework.artifacts.base import Strict
from framework.artifacts.slots import Task
from framework.errors import UsageError
from framework.knowledge import names
from framework.knowledge.architecture import Architecture
from framework.knowledge.hf_config import parse_config
from framework.messages import Lang
from framework.resources import load_yaml

AcceleratorClass = Literal["consumer", "datacentre", "amd", "apple", "ascend", "tpu", "cpu"]


class Price(Strict):
    """What one hour of one card costs, in USD: rented, or the electricity of a machine that is owned."""

    basis: Literal["rent", "power"]
    low: float = Field(gt=0)
    high: float = Field(gt=0)

    @property
    def typical(self) -> float:
        """The geometric mean: half the offers seen are dearer by a factor, half cheaper."""
        return sqrt(self.low * self.high)


class Utilisation(Strict):
    """The share of the peak arithmetic that real training reaches."""

    low: float = Field(gt=0, lt=1)
    high: float = Field(gt=0, lt=1)

    @model_validator(mode="after")
    def _stays_useful(self) -> Utilisation:
        if not self.low < self.high <= 4 * self.low:
            raise ValueError("high must be above low and at most four times low: a wider range tells nothing")
        return self


class Efficiency(Strict):
    """What kind of chip it is in practice: how busy training keeps it, and how much of its memory training gets."""

    tiny: Utilisation
    small: Utilisation
    large: Utilisation
    usable: float = Field(gt=0, le=1)
    overhead_gb: float = Field(gt=0)


class Accelerator(Strict):
    """One kind of card, chip or host."""

    name: str
    aliases: tuple[str, ...]
    kind: AcceleratorClass = Field(alias="class")
    efficiency: str
    memory_gb: tuple[int, ...] = Field(min_length=1, description="per card, the usual variant first")
    half_tflops: float | None = Field(description="dense bf16/fp16; None where training runs in fp32")
    fp32_tflops: float
    bf16: bool
    bandwidth_gb_s: float
    usd_per_hour: Price
    source: str
    date: str

    @property
    def train_tflops(self) -> float:
        """The peak that training is measured against."""
        return self.half_tflops or self.fp32_tflops


class Evidence(Strict):
    """Where a table's figures come from."""

    source: str
    date: str


class _Sizes(Strict):
    tiny: int
    small: int


class _Accelerators(Strict):
    prices: Evidence
    efficiency: dict[str, Efficiency]
    up_to_params: _Sizes
    ignored_words: tuple[str, ...]
    accelerators: tuple[Accelerator, ...]


class Benchmark(Strict):
    """One measured figure of a model's quality, by whoever `source` names."""

    name: str
    score: float
    source: str


class Model(Strict):
    """One model: a shape to train from scratch, or open weights to start from."""

    name: str
    aliases: tuple[str, ...] = ()
    origin: Literal["scratch", "weights"]
    repo: str | None = Field(default=None, description="where the base weights lie on the Hugging Face hub")
    instruct_repo: str | None = Field(default=None, description="the variant that was taught to follow instructions")
    family: str
    published_params: int = Field(gt=0)
    config: dict[str, JsonValue] = Field(description="config.json as published, without what plays no part here")
    license: str = Field(description="SPDX id, or the licence's own name")
    commercial_use: bool
    license_note: dict[Lang, str] = Field(default_factory=dict, description="what the licence's name does not say")
    context: int = Field(gt=0)
    languages: tuple[str, ...] = Field(description="ISO 639-1; `mul` for many")
    tasks: tuple[Task, ...] = Field(min_length=1)
    released: str
    quality: tuple[Benchmark, ...] = ()
    source: str
    date: str

    @property
    def architecture(self) -> Architecture:
        """Its shape, parsed from the configuration."""
        return parse_config(self.config, self.name)


class _Models(Strict):
    ignored_words: tuple[str, ...]
    models: tuple[Model, ...]


@cache
def _accelerator_file() -> _Accelerators:
    return _Accelerators.model_validate(load_yaml("specs/catalog/accelerators.yaml"))


@cache
def _model_file() -> _Models:
    return _Models.model_validate(load_yaml("specs/catalog/models.yaml"))


def accelerators() -> tuple[Accelerator, ...]:
    """Every accelerator that is known."""
    return _accelerator_file().accelerators


def models() -> tuple[Model, ...]:
    """Every model that is known."""
    return _model_file().models


def price_evidence() -> Evidence:
    """Where the hourly prices come from."""
    return _accelerator_file().prices


def efficiency_of(accelerator: Accelerator) -> Efficiency:
    """How its kind of chip does in practice."""
    return _accelerator_file().efficiency[accelerator.efficiency]


def utilisation(accelerator: Accelerator, params: int) -> Utilisation:
    """The share of its peak that a model of that size reaches in training."""
    efficiency, up_to = efficiency_of(accelerator), _accelerator_file().up_to_params
    if params <= up_to.tiny:
        return efficiency.tiny
    return efficiency.small if params <= up_to.small else efficiency.large


@cache
def _accelerator_keys() -> dict[str, Accelerator]:
    return {names.key(name): entry for entry in accelerators() for name in (entry.name, *entry.aliases)}


@cache
def _model_keys() -> dict[str, Model]:
    keys: dict[str, Model] = {}
    for entry in models():
        repos = (repo.rpartition("/")[2] for repo in (entry.repo, entry.instruct_repo) if repo)
        for name in (entry.name, *entry.aliases, *repos):
            keys.setdefault(names.key(name), entry)
    return keys


def find_accelerator(text: str) -> Accelerator:
    """The accelerator that the text names; the memory may stand beside it ("A100 80G")."""
    known = _accelerator_keys()
    bare = names.without_memory(text)
    for candidate in (names.key(bare), names.key_without(bare, _accelerator_file().ignored_words)):
        if candidate in known:
            return known[candidate]
    close = ", ".join(entry.name for entry in names.nearest(bare, known))
    raise UsageError(
        f"no accelerator called {text!r} is known.",
        hint=f"Nearest: {close}." if close else "specs/catalog/accelerators.yaml lists what is known.",
    )


def find_model(text: str) -> Model:
    """The model that the text names, in its base or instruct variant, with or without its publisher."""
    known = _model_keys()
    bare = text.rpartition("/")[2]
    for candidate in (names.key(bare), names.key_without(bare, _model_file().ignored_words)):
        if candidate in known:
            return known[candidate]
    close = ", ".join(entry.name for entry in names.nearest(bare, known))
    raise UsageError(
        f"no model called {text!r} is known.",
        hint=(f"Nearest: {close}. " if close else "") + "Any other model can be given by its config.json.",
    )
