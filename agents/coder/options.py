"""What could be built at all: every model of the catalog that is made for the job, with each way of training it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.coder.need import Named, Need
from agents.coder.policy import Policy, figure_for
from agents.coder.sizes import size_in
from framework.artifacts.tech import Method, Objective, Weights
from framework.knowledge.architecture import Architecture
from framework.knowledge.catalog import Model, models
from framework.knowledge.hf_config import parse_config
from framework.knowledge.names import key
from framework.knowledge.parameters import count_parameters

_SMALL_BASE = 2_000_000_000
_SMALL_DECODER = 1_000_000_000
_TUNINGS: tuple[Method, ...] = ("full", "lora", "qlora")


@dataclass(frozen=True)
class Told:
    """A model beyond the catalog: its shape, which all figures come from, and claims that nobody has checked."""

    title: str
    architecture: Architecture
    license: str
    languages: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Option:
    """One model with one way to use it."""

    title: str
    method: Method
    objective: Objective
    model: Model | None  # None where the catalog does not know it
    architecture: Architecture | None  # None where not even its size is known
    named: bool = False
    stand_in: str | None = None  # the model whose shape an unknown one is computed by
    weights: Weights = "bf16"
    told: Told | None = None  # what a model has told of it, where no catalog knows it

    @property
    def name(self) -> str:
        """What the candidate is called."""
        if self.method == "scratch":
            return self.title
        return f"{self.title}-{self.weights if self.method == 'as_is' else self.method}"

    @property
    def params(self) -> int | None:
        """Its parameters, counted from its shape."""
        return count_parameters(self.architecture).total if self.architecture else None

    @property
    def is_encoder(self) -> bool:
        """Whether it is of the BERT kind."""
        return self.architecture is not None and self.architecture.kind == "encoder"

    @property
    def encodes(self) -> bool:
        """Whether it gives labels or vectors and no text."""
        return self.objective in ("classification", "embedding") or self.is_encoder


def options_for(need: Need, policy: Policy, told: Sequence[Told] = ()) -> list[Option]:
    """Everything that could do the job, those first that the user names. `told` is what a model knows of those."""
    shapes = {key(one.title): one for one in told}
    named = [option for entry in need.named for option in _of_named(entry, need, shapes.get(key(_title(entry))))]
    taken = {option.name for option in named}
    return named + [option for option in _of_catalog(need, policy) if option.name not in taken]


def proposed_options(need: Need, told: Sequence[Told]) -> list[Option]:
    """Each way to use the models that were proposed beyond the catalog; those that the user names are there already."""
    taken = {key(_title(entry)) for entry in need.named}
    return [
        Option(one.title, method, need.objective, None, one.architecture, weights=weights, told=one)
        for one in told
        if key(one.title) not in taken
        for method, weights in _ways(need, one.architecture)
    ]


def _title(entry: Named) -> str:
    return entry.model.name if entry.model else entry.text.rstrip("/").rpartition("/")[2] or entry.text


def _of_named(entry: Named, need: Need, told: Told | None) -> list[Option]:
    told = None if entry.model else told
    architecture, stand_in = _shape(entry, need) if told is None else (told.architecture, None)
    return [
        Option(_title(entry), method, need.objective, entry.model, architecture, True, stand_in, weights, told)
        for method, weights in _ways(need, architecture)
    ]


def _shape(entry: Named, need: Need) -> tuple[Architecture | None, str | None]:
    """An unknown model is computed by the known one that is nearest in size, as far as its name tells a size."""
    if entry.model:
        return entry.model.architecture, None
    size = size_in(entry.text) or need.params
    if size is None:
        return None, None
    encodes = need.objective in ("classification", "embedding") and size <= _SMALL_DECODER
    alike = [m for m in models() if (m.architecture.kind == "encoder") is encodes and m.origin == "weights"]
    nearest = min(alike, key=lambda model: _distance(model.published_params, size))
    return nearest.architecture, nearest.name


def _distance(params: int, size: int) -> float:
    return max(params, size) / min(params, size)


def _ways(need: Need, architecture: Architecture | None) -> list[tuple[Method, Weights]]:
    if need.objective == "serve":
        return [("as_is", "bf16")] if _encoder(architecture) else [("as_is", "bf16"), ("as_is", "int4")]
    if _encoder(architecture) or need.objective == "embedding":
        return [("full", "bf16")]
    return [(method, "bf16") for method in _TUNINGS]


def _encoder(architecture: Architecture | None) -> bool:
    return architecture is not None and architecture.kind == "encoder"


def _of_catalog(need: Need, policy: Policy) -> list[Option]:
    if need.objective == "pretrain":
        return [*_from_scratch(need, policy), *_small_bases("pretrain" if need.named else "sft")]
    if need.objective == "serve":
        serving = [model for model in models() if _serves(model, need)]
        return [option for model in _speaking(serving, need) for option in _each_way(model, need)]
    wanted = [model for model in models() if need.objective in model.tasks and model.origin == "weights"]
    if need.objective == "classification":
        wanted = [model for model in wanted if model.published_params <= _SMALL_DECODER]
    return [option for model in _speaking(wanted, need) for option in _each_way(model, need)]


def _speaking(wanted: list[Model], need: Need) -> list[Model]:
    """Those that know the languages of the data; where too few do, all of them."""
    speaking = [model for model in wanted if all(speaks(model.languages, language) for language in need.languages)]
    return speaking if len(speaking) > 1 else wanted


def speaks(known: tuple[str, ...], language: str) -> bool:
    """Whether a model with these languages has met this one."""
    return language in known or "mul" in known


def _each_way(model: Model, need: Need) -> list[Option]:
    shape = model.architecture
    return [
        Option(model.name, method, need.objective, model, shape, weights=weights)
        for method, weights in _ways(need, shape)
    ]


def _serves(model: Model, need: Need) -> bool:
    """Text is served by decoders, vectors by encoders; which is wanted shows in the model or the words."""
    vectors = any(entry.model and "embedding" in entry.model.tasks for entry in need.named)
    searching = not need.named and not need.chats and bool({"search", "similarity"} & set(need.topics))
    return "serving_only" in model.tasks and ("embedding" in model.tasks) is (vectors or searching)


def _from_scratch(need: Need, policy: Policy) -> list[Option]:
    shapes = [model for model in models() if model.origin == "scratch"]
    largest = max(model.published_params for model in shapes)
    options = [Option(model.name, "scratch", "pretrain", model, _with_grouped_heads(model, policy)) for model in shapes]
    if need.params and need.params > 1.5 * largest:
        size = need.params
        decoders = [m for m in models() if m.architecture.kind == "decoder" and not m.architecture.experts]
        alike = min(decoders, key=lambda model: _distance(model.published_params, size))
        options.append(Option(f"{alike.name}-shape", "scratch", "pretrain", alike, alike.architecture))
    return options


def _with_grouped_heads(model: Model, policy: Policy) -> Architecture:
    """The catalog's shape, with as many key-value heads as ML.md wants at that size."""
    per_head = round(figure_for(policy.scratch.heads_per_kv_head, model.published_params))
    heads = model.architecture.heads
    fitting = [group for group in range(1, per_head + 1) if heads % group == 0]
    return parse_config({**model.config, "num_key_value_heads": heads // fitting[-1]}, model.name)


def _small_bases(objective: Objective) -> list[Option]:
    """A small open model is what training one from nothing, or going on with another, must be compared with."""
    bases = [m for m in models() if "sft" in m.tasks and m.origin == "weights" and m.published_params <= _SMALL_BASE]
    ways: tuple[Method, ...] = ("full", "lora")
    return [Option(model.name, way, objective, model, model.architecture) for model in bases for way in ways]
