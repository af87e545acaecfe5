"""Does the training fit the memory, the time and the money? By the resource estimator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from agents.planner.understanding.conflicts.facts import Facts, nearest_shape
from agents.planner.understanding.conflicts.options import hours, option, round_down, size
from agents.planner.understanding.model import Conflict, Option
from framework.knowledge.catalog import Accelerator, accelerators, find_accelerator
from framework.knowledge.estimate import Estimate, EstimateRequest, estimate
from framework.knowledge.memory import Method
from framework.messages import Lang, say

_SHORT_CONTEXT = 512  # the least that training can do with: what does not fit then does not fit at all
_TOKENS_PER_PARAMETER = 20  # Hoffmann et al. 2022
_FEWEST_TUNING_TOKENS = 2_000_000  # some thousand examples, once
_SLACK = 1.25  # a limit that is missed by less is a matter of settings
_SMALL_BUDGET = 0.5  # USD an hour: below, a machine of one's own is meant
_YARDSTICKS = ("RTX 4090", "A100", "H100")


@dataclass(frozen=True)
class Load:
    """One way of training one size on one machine, scaled from the nearest shape of the catalog."""

    train_gb: float
    wall_hours: float
    cost_usd: float


def load(params: float, method: Method, card: Accelerator, memory_gb: float | None, count: int, tokens: float) -> Load:
    """What it takes at the least: a short context, the best utilisation, the lowest price."""
    shape = nearest_shape(params)
    made: Estimate = estimate(
        EstimateRequest(
            architecture=shape.architecture,
            accelerator=card.name,
            count=count,
            memory_gb=memory_gb,
            method=method,
            tokens=max(1, int(tokens)),
            context=_SHORT_CONTEXT,
        )
    )
    scale = params / made.params
    wall = made.wall_hours[0] * scale
    return Load(made.train_vram_gb * scale, wall, wall * count * card.usd_per_hour.low)


def training_conflicts(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """Memory first; a run that does not fit has no hours to speak of."""
    if not facts.trains or facts.params is None or facts.task in ("classification", "embedding") and facts.params < 1e9:
        return
    memory = list(_memory(facts, lang))
    yield from memory
    yield from _time(facts, lang)
    yield from _money(facts, lang)


def methods(facts: Facts) -> list[Method]:
    """The ways of training that the user leaves open, the most demanding first."""
    named = set(facts.texts("method"))
    if facts.from_scratch or "full" in named or "continued" in facts.marks:
        return ["full"]
    if "qlora" in named:
        return ["qlora"]
    return ["lora"] if "lora" in named and "qlora" not in named else ["full", "lora", "qlora"]


def _tokens(facts: Facts, params: float) -> float:
    return _TOKENS_PER_PARAMETER * params if facts.from_scratch else _FEWEST_TUNING_TOKENS


def _memory(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    params, memory = facts.params or 0, facts.memory_gb
    if memory is None or facts.flag("hardware.cpu_only"):
        return
    card = facts.card or find_accelerator("RTX 4090")
    method = methods(facts)[-1]
    need = load(params, method, card, memory, facts.count, 1).train_gb
    if need <= memory:
        return
    why = say(
        lang,
        "contradiction.memory_why",
        method=say(lang, f"contradiction.method_{method}"),
        size=size(params),
        need=f"{need * 1.0:,.0f}",
        have=f"{memory:g}",
        count=facts.count,
    )
    options = [
        *_lighter(facts, card, memory, method, lang),
        _smaller(facts, card, memory, method, need, lang),
        _more_cards(facts, card, memory, method, lang),
    ]
    slots = [*(["method"] if "method" in facts.values else []), facts.params_slot, *facts.machine_slots]
    yield Conflict(slots=slots, why=why, options=[found for found in options if found])


def _lighter(facts: Facts, card: Accelerator, memory: float, method: Method, lang: Lang) -> Iterator[Option]:
    """LoRA or QLoRA in place of the full training, where that fits."""
    if facts.from_scratch:
        return
    lighter: tuple[Method, ...] = {"full": ("lora", "qlora"), "lora": ("qlora",), "qlora": ()}[method]  # type: ignore[assignment]
    for other in lighter:
        need = load(facts.params or 0, other, card, memory, facts.count, 1).train_gb
        if need <= memory and "method" in facts.values:
            rest = [one for one in facts.texts("method") if one not in ("full", "lora", "qlora")]
            value = [other, *rest] if rest else other
            yield option(lang, "option_lighter", {"method": value}, method=say(lang, f"contradiction.method_{other}"), need=f"{need:.0f}")
            return


def _smaller(facts: Facts, card: Accelerator, memory: float, method: Method, need: float, lang: Lang) -> Option:
    """The largest round size that fits the same way."""
    params = round_down((facts.params or 1) * memory / need)
    while params > 1e6 and load(params, method, card, memory, facts.count, 1).train_gb > memory:
        params = round_down(params * 0.8)
    sets = {"params": int(params)} if facts.params_slot == "params" else {"params": int(params), "base_model": None}
    if facts.params_slot == "base_model":
        sets = {"base_model": f"{_family(facts)} {size(params)}".strip()} if _family(facts) else sets
    return option(lang, "option_smaller", sets, size=size(params), have=f"{memory * facts.count:g}")


def _family(facts: Facts) -> str:
    return facts.model.family if facts.model else ""


def _more_cards(facts: Facts, card: Accelerator, memory: float, method: Method, lang: Lang) -> Option | None:
    """As many of the same cards, or of 80 GB cards, as it takes."""
    for name, each in ((card.name if "hardware.gpu" in facts.values else "", memory), ("A100", 80.0)):
        other = find_accelerator(name) if name else card
        for count in (1, 2, 4, 8, 16, 32, 64):
            if (count > facts.count or each > memory) and load(facts.params or 0, method, other, each, count, 1).train_gb <= each:
                if count > 16 and each < 80:
                    break
                label = f"{count}x {name}".strip() if name else say(lang, "contradiction.cards", count=count, memory=f"{each:g}")
                sets = {"hardware.count": count, "hardware.vram_gb": each if each != int(each) else int(each)}
                if name:
                    sets = {**sets, "hardware.gpu": name}  # type: ignore[dict-item]
                return option(lang, "option_machine", sets, machine=label, memory=f"{each:g}")
    return None
