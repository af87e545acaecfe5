"""What is good and what is bad about a candidate, by its figures and by what is known of the model."""

from __future__ import annotations

from collections.abc import Iterator

from agents.coder.finalists import Judged
from agents.coder.findings import Findings
from agents.coder.options import Told, speaks
from framework.artifacts.tech import Remark
from framework.artifacts.tech_figures import count, gb, hours, params
from framework.knowledge.catalog import Model
from framework.messages import say

_ROOMY = 0.6  # of the card's memory
_LONG_CONTEXT, _SHORT_CONTEXT = 32_000, 2_048
_OLD = "2024"
_FED = 14  # tokens for each parameter: with fewer it stays clearly below what its size could do
_OWN_TERMS = ("Llama", "Gemma", "DeepSeek", "Qwen")
_PERMISSIVE = ("MIT", "Apache-2.0")

Trait = tuple[str, dict[str, object]]


def strengths_of(known: Findings, one: Judged) -> list[Remark]:
    """What speaks for it."""
    return _said(known, "plus", _good(known, one))


def weaknesses_of(known: Findings, one: Judged) -> list[Remark]:
    """What speaks against it, apart from the wishes that it breaks."""
    return _said(known, "minus", _bad(known, one)) or _said(known, "minus", iter([("ordinary", {})]))


def _said(known: Findings, sign: str, traits: Iterator[Trait]) -> list[Remark]:
    return [Remark(key=key, text=say(known.lang, f"technology.{sign}_{key}", **fields)) for key, fields in traits]


def _good(known: Findings, one: Judged) -> Iterator[Trait]:
    draft, option = one.draft, one.draft.option
    figures, model = draft.figures, option.model
    needed = figures.train_vram_gb
    if option.method == "scratch":
        yield "own", {}
    if needed is not None and needed <= _ROOMY * draft.usable_gb:
        yield "room", {"needed": gb(needed), "usable": gb(draft.usable_gb)}
    if figures.wall_hours and figures.wall_hours[1] <= known.policy.comfortable_hours:
        yield "quick", {"hours": hours(known.lang, figures.wall_hours)}
    if option.method in ("lora", "qlora"):
        yield "adapter", {}
    if option.method == "as_is" and option.weights == "int4":
        yield "four_bit", {"needed": gb(figures.infer_vram_gb or 0)}
    if model and option.method != "scratch":
        if model.license in _PERMISSIVE:
            yield "free", {"license": model.license}
        if set(known.need.languages) <= set(model.languages):
            yield "speaks", {"languages": ", ".join(known.need.languages)}
        if model.context >= _LONG_CONTEXT:
            yield "long_context", {"context": count(model.context)}
    if draft.serving and draft.serving.latency_ms[1] <= 100:
        yield "fast", {"latency": f"{draft.serving.latency_ms[1]:.0f}"}


def _bad(known: Findings, one: Judged) -> Iterator[Trait]:
    option = one.draft.option
    if option.method == "scratch":
        yield from _bad_of_scratch(known, one)
    elif option.model is None:
        yield "unknown", {"name": option.title}
        yield from _bad_of_told(known, option.told) if option.told else ()
    else:
        yield from _bad_of_model(known, one, option.model)
        yield from _bad_of_use(known, one)


def _bad_of_told(known: Findings, told: Told) -> Iterator[Trait]:
    """What a model claims of a model, marked as that."""
    source = told.source or say(known.lang, "technology.no_source")
    languages = ", ".join(told.languages) or say(known.lang, "technology.unknown")
    yield "told", {"license": told.license, "languages": languages, "source": source}


def _bad_of_scratch(known: Findings, one: Judged) -> Iterator[Trait]:
    training, size = one.draft.training, one.draft.option.params or 1
    yield "knows_nothing", {"data": one.draft.supply.needs.full.name}
    if size < known.policy.scratch.converses_from_params:
        yield "no_conversation", {"params": params(size)}
    if training and training.tokens < _FED * size:
        yield "starved", {"tokens": params(training.tokens), "ratio": f"{training.tokens / size:.2g}"}


def _bad_of_model(known: Findings, one: Judged, model: Model) -> Iterator[Trait]:
    """What is known of the weights, whatever is done with them."""
    option = one.draft.option
    if model.license.startswith(_OWN_TERMS):
        yield "own_terms", {"license": model.license}
    if not all(speaks(model.languages, language) for language in known.need.languages):
        yield "language", {"languages": ", ".join(known.need.languages)}
    if model.context <= _SHORT_CONTEXT and not option.encodes:
        yield "short_context", {"context": count(model.context)}
    if model.released < _OLD and not option.encodes:
        yield "old", {"released": model.released}
    if one.params <= known.policy.tuning.full_up_to_params and not option.encodes:
        yield "small", {"params": params(one.params)}


def _bad_of_use(known: Findings, one: Judged) -> Iterator[Trait]:
    """What comes of the way that it is trained or served."""
    draft, option = one.draft, one.draft.option
    serving, there = draft.figures.infer_vram_gb or 0, draft.usable_gb * draft.machine.count
    if option.architecture and option.architecture.experts and option.method != "as_is":
        yield "experts", {"active": params(draft.estimate.active_params if draft.estimate else None)}
    if serving > there and option.method != "as_is":
        yield "serving", {"needed": gb(serving), "usable": gb(there)}
    if option.method == "qlora":
        yield "four_bit_training", {}
    if option.weights == "int4":
        yield "four_bit_quality", {}
