"""A draft's score, part by part from 0 to 1, by figures and by what the user wished."""

from __future__ import annotations

from math import log2, log10, sqrt

from agents.coder.need import Need
from agents.coder.options import Option
from agents.coder.plan import Draft
from agents.coder.policy import Policy, Ranking, level_for
from framework.artifacts.base import Strict
from framework.artifacts.tech import Level
from framework.knowledge.catalog import Model

LEVELS: tuple[Level, ...] = ("demo", "basic", "usable", "good", "strong")
_CHANCE, _CEILING = 25.0, 90.0  # of MMLU, which has four choices a question
_OLDEST, _YEARS = 2018, 8
_PHONE_PARAMS = 2e7  # answers at once on a phone; a hundred times that does not run there
_STAND_INS = {"full": 0.2, "lora": 0.6, "qlora": 0.5}  # for a method that was wished and is another
_UNKNOWN_LANGUAGES, _UNKNOWN_LICENSE = 0.7, 0.5  # whoever names an unknown model will have had a reason


Place = tuple[bool, bool, bool, float, str]


class Parts(Strict):
    """The parts of a score."""

    wish: float
    quality: float
    memory: float
    time: float
    money: float
    language: float
    license: float


def parts_of(need: Need, policy: Policy, draft: Draft) -> Parts:
    """How the draft does in each respect."""
    return Parts(
        wish=_wish(need, policy, draft),
        quality=_quality(policy, draft),
        memory=_memory(draft),
        time=_time(need, policy, draft),
        money=_money(need, draft),
        language=_language(need, draft),
        license=_license(draft.option.model),
    )


def score_of(parts: Parts, weights: Ranking) -> float:
    """The weighted mean of the parts."""
    weighted: dict[str, float] = weights.model_dump()
    scored: dict[str, float] = parts.model_dump()
    total = sum(weighted.values()) or 1.0
    return round(sum(weight * scored[part] for part, weight in weighted.items()) / total, 4)


def place_of(broken: bool, named: bool, excess: float, score: float, name: str, proposed: bool = False) -> Place:
    """What breaks no limit comes first, and of that what the user named, whatever it scores; then what the catalog
    knows, before what a model has proposed; then the score. Of what breaks limits, the nearest to them comes first."""
    return broken, not broken and not named, proposed and not named, excess - (3 if broken else 1) * score, name


def level_of(policy: Policy, draft: Draft) -> Level:
    """The quality to expect. Too little data costs a class."""
    option, size = draft.option, draft.option.params or 1
    if option.method == "scratch":
        level = level_for(policy.quality.scratch, size)
        starved = draft.training is not None and draft.training.tokens < 5 * size
    elif option.encodes:
        level = level_for(policy.quality.encoder, size)
        starved = _starved(policy, draft)
    else:
        level = level_for(policy.quality.tuned, size)
        starved = _starved(policy, draft)
    return LEVELS[max(0, LEVELS.index(level) - starved)]


def _starved(policy: Policy, draft: Draft) -> bool:
    examples = draft.supply.examples
    return (
        draft.option.method != "as_is"
        and examples is not None
        and examples < policy.data.least.of(draft.option.objective)
    )


def _wish(need: Need, policy: Policy, draft: Draft) -> float:
    option = draft.option
    if option.objective != need.objective:
        return 0.0
    return 0.8 * _named(need, option) + 0.2 * _method(need, policy, draft)


def _named(need: Need, option: Option) -> float:
    if need.named:
        return 1.0 if option.named else 0.0
    if need.params and option.params:
        return 1 / (1 + abs(log2(option.params / need.params)))
    if "phone" in need.signals and option.params:
        return _clamped(1 - log10(option.params / _PHONE_PARAMS) / 2)
    return 0.5


def _method(need: Need, policy: Policy, draft: Draft) -> float:
    method = draft.option.method
    if method in ("scratch", "as_is"):
        return 1.0 if draft.option.weights == "bf16" else 0.7
    if need.methods:
        return 1.0 if method in need.methods else _STAND_INS[method]
    return _usual_method(policy, draft)


def _usual_method(policy: Policy, draft: Draft) -> float:
    """How usual a way of training is where the user names none."""
    option, examples = draft.option, draft.supply.examples or 0
    if option.objective == "embedding":
        ready = option.model is not None and "serving_only" in option.model.tasks
        return 1.0 if ready else 0.5  # an encoder that was never taught to embed has a longer way to go
    if option.objective == "pretrain":  # a new language or field is more than an adapter holds
        return {"full": 1.0, "lora": 0.6, "qlora": 0.3}[option.method]
    if option.objective == "classification" and not option.is_encoder:
        return 0.5
    if (option.params or 0) <= policy.tuning.full_up_to_params or examples >= policy.tuning.full_from_examples:
        return {"full": 1.0, "lora": 0.8, "qlora": 0.5}[option.method]
    return {"lora": 1.0, "qlora": 0.75, "full": 0.5}[option.method]


def _quality(policy: Policy, draft: Draft) -> float:
    option = draft.option
    size = option.params or 1
    if option.method == "scratch":
        fed = min(1.0, (draft.training.tokens if draft.training else 0) / (20 * size))
        return _clamped(log10(size / 1e6) / 4) * sqrt(fed)
    if option.encodes:
        measured = 0.05 * bool(option.model and option.model.quality)
        wasteful = 0.15 * (option.objective == "classification" and not option.is_encoder)
        return LEVELS.index(level_of(policy, draft)) / 4 + 0.15 * _recency(option.model) + measured - wasteful
    return _clamped((_understanding(option.model, size) - _CHANCE) / (_CEILING - _CHANCE)) - 0.1 * _has_experts(option)


def _understanding(model: Model | None, size: int) -> float:
    """MMLU as published; for a model without it, what its size was worth in 2023."""
    measured = next((bench.score for bench in model.quality if bench.name == "MMLU"), None) if model else None
    return measured if measured is not None else _CHANCE + 11 * max(0.0, log10(size / 3e8))


def _recency(model: Model | None) -> float:
    return _clamped((int(model.released[:4]) - _OLDEST) / _YEARS) if model else 0.0


def _has_experts(option: Option) -> bool:
    """Mixtures of experts are awkward to fine-tune: routers drift, and adapters leave the experts out."""
    return option.method != "as_is" and option.architecture is not None and option.architecture.experts is not None


def _memory(draft: Draft) -> float:
    """Half for the room in training, half for whether the result can be served on the same machine."""
    needed, serving = _least_memory(draft), draft.figures.infer_vram_gb
    room = _clamped((1 - needed / draft.usable_gb) / 0.3) if needed is not None else 1.0
    serves = serving is not None and serving <= draft.usable_gb * draft.machine.count
    return 0.5 * room + 0.5 * serves


def _least_memory(draft: Draft) -> float | None:
    """With one sequence at a time: a larger batch only fills what would be free."""
    needed, figures = draft.figures.train_vram_gb, draft.estimate
    if needed is None or figures is None:
        return None
    return needed - (figures.training.activations + figures.training.logits) * (1 - 1 / figures.batch)


def _time(need: Need, policy: Policy, draft: Draft) -> float:
    wall = draft.figures.wall_hours
    if wall is None:
        return 1.0 if draft.option.method == "as_is" else 0.0
    return min(1.0, (need.time_limit_h or policy.comfortable_hours) / wall[1], draft.share)


def _money(need: Need, draft: Draft) -> float:
    cost = draft.figures.cost_usd
    if cost is None:
        return 1.0 if draft.option.method == "as_is" else 0.0
    if need.budget_usd:
        return min(1.0, need.budget_usd / cost[1])
    return _clamped(1 - log10(1 + cost[1]) / 4)


def _language(need: Need, draft: Draft) -> float:
    model = draft.option.model
    if draft.option.method == "scratch":
        return float(draft.supply.speaks)
    if model is None:
        return _UNKNOWN_LANGUAGES
    known = model.languages
    shares = [1.0 if language in known else 0.7 * ("mul" in known) for language in need.languages]
    return sum(shares) / len(shares)


def _license(model: Model | None) -> float:
    if model is None:
        return _UNKNOWN_LICENSE
    if model.license in ("MIT", "Apache-2.0"):
        return 1.0
    return 0.6 if model.commercial_use else 0.2


def _clamped(value: float) -> float:
    return min(1.0, max(0.0, value))
