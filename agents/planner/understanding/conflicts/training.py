"""Does the training fit the memory, the time and the money?"""

from __future__ import annotations

from collections.abc import Iterator

from agents.planner.understanding.conflicts.facts import Facts
from agents.planner.understanding.conflicts.load import (
    Load,
    Machine,
    lighter_methods,
    lightest_method,
    load,
    needed_tokens,
)
from agents.planner.understanding.conflicts.options import hours, option, round_down, round_up, size
from agents.planner.understanding.model import Conflict, Option
from framework.artifacts.slots import Value
from framework.knowledge.catalog import find_accelerator
from framework.knowledge.memory import Method
from framework.messages import Lang, say

_SLACK = 1.25  # a limit that is missed by less is a matter of settings
_FASTEST, _FASTEST_GB = "H200", 141
_RENTED = "A100"
_RENTED_GB = 80
_COUNTS = (1, 2, 4, 8, 16, 32, 64)
_YARDSTICKS = (("RTX 4090", 24), ("A100", 80), ("H100", 80))
_SMALL_ENCODER = 1e9  # below, labels and vectors train anywhere


def training_conflicts(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """The conflicts of memory, time and money."""
    params = facts.params
    if not facts.trains or params is None or (facts.task in ("classification", "embedding") and params < _SMALL_ENCODER):
        return
    machine = _machine(facts)
    method = lightest_method(facts)
    if machine:
        least = load(params, method, machine, needed_tokens(facts, params))
        yield from _memory(facts, params, method, machine, least, lang)
        yield from _time(facts, params, method, machine, least, lang)
    yield from _money(facts, params, method, machine, lang)


def _machine(facts: Facts) -> Machine | None:
    """The machine that was named; a card without a name counts as a common one of its memory."""
    if facts.card:
        return Machine(facts.card, facts.memory_gb or facts.card.memory_gb[0], facts.count)
    if facts.memory_gb:
        return Machine(find_accelerator("RTX 4090"), facts.memory_gb, facts.count)
    if facts.from_scratch and "hardware.count" in facts.values:
        return Machine(find_accelerator(_FASTEST), _FASTEST_GB, facts.count)  # even the best card is not enough
    return None


def _memory(facts: Facts, params: float, method: Method, machine: Machine, least: Load, lang: Lang) -> Iterator[Conflict]:
    if facts.flag("hardware.cpu_only") or least.memory_gb <= machine.memory_gb:
        return
    fields = {"method": _called(method, lang), "size": size(params), "need": f"{least.memory_gb:,.0f}"}
    options = [
        *_lighter(facts, params, method, machine, lang),
        _smaller(facts, params, params * machine.memory_gb / least.memory_gb, "option_smaller_fits", lang),
        *_rented(facts, params, method, lang),
    ]
    yield Conflict(
        slots=[*_if_said(facts, "method"), facts.params_slot, *facts.machine_slots],
        why=say(lang, "contradiction.memory", have=f"{machine.memory_gb:g}", count=machine.count, **fields),
        options=options,
    )


def _lighter(facts: Facts, params: float, method: Method, machine: Machine, lang: Lang) -> Iterator[Option]:
    """LoRA or QLoRA in place of full training, where that fits. From nothing there is nothing to adapt."""
    if facts.from_scratch:
        return
    for other in lighter_methods(method):
        need = load(params, other, machine, 1).memory_gb
        if need <= machine.memory_gb:
            rest = [name for name in facts.texts("method") if name not in ("full", "lora", "qlora")]
            value: Value = [other, *rest] if rest else other
            yield option(lang, "option_lighter", {"method": value}, method=_called(other, lang), need=f"{need:,.0f}")
            return


def _smaller(facts: Facts, params: float, possible: float, key: str, lang: Lang) -> Option:
    """The largest round size that is possible the same way."""
    smaller = round_down(max(possible, 1e6))
    sets: dict[str, Value | None] = {"params": int(smaller)}
    if facts.params_slot == "base_model":
        sets = {"base_model": None, "params": int(smaller)}
    return option(lang, key, sets, size=size(smaller))


def _rented(facts: Facts, params: float, method: Method, lang: Lang) -> Iterator[Option]:
    """The fewest data-centre cards that hold it."""
    for count in _COUNTS:
        machine = Machine(find_accelerator(_RENTED), _RENTED_GB, count)
        if load(params, method, machine, 1).memory_gb <= _RENTED_GB:
            yield option(lang, "option_rented", _cards(count), machine=f"{count}x {_RENTED} {_RENTED_GB} GB")
            return


def _cards(count: int) -> dict[str, Value | None]:
    return {
        "hardware.gpu": _RENTED,
        "hardware.count": count,
        "hardware.vram_gb": _RENTED_GB,
        "hardware.cpu_only": None,
    }


def _time(facts: Facts, params: float, method: Method, machine: Machine, least: Load, lang: Lang) -> Iterator[Conflict]:
    limit = facts.number("time_limit_h")
    if limit is None or least.hours <= limit * _SLACK:
        return
    slower = _quadratic(limit / least.hours) if facts.from_scratch else limit / least.hours
    options = [
        _smaller(facts, params, params * slower, "option_smaller_time", lang),
        option(lang, "option_longer", {"time_limit_h": round_up(least.hours)}, time=hours(round_up(least.hours), lang)),
        *_fast_enough(params, method, needed_tokens(facts, params), limit, lang),
    ]
    yield Conflict(
        slots=["time_limit_h", facts.params_slot, *facts.machine_slots],
        why=say(lang, "contradiction.time", size=size(params), need=hours(least.hours, lang), have=hours(limit, lang)),
        options=options,
    )


def _quadratic(share: float) -> float:
    """Ten times smaller is a hundred times less work, where the text shrinks along with the model."""
    return float(share**0.5)


def _fast_enough(params: float, method: Method, tokens: float, limit: float, lang: Lang) -> Iterator[Option]:
    for count in _COUNTS:
        least = load(params, method, Machine(find_accelerator(_RENTED), _RENTED_GB, count), tokens)
        if least.hours <= limit and least.memory_gb <= _RENTED_GB:
            yield option(lang, "option_rented", _cards(count), machine=f"{count}x {_RENTED} {_RENTED_GB} GB")
            return


def _money(facts: Facts, params: float, method: Method, machine: Machine | None, lang: Lang) -> Iterator[Conflict]:
    """What the training costs to rent at the least, against the budget. A machine of one's own costs only its power."""
    budget = facts.number("budget_usd")
    owned = "owned" in facts.marks or (machine is not None and machine.card.usd_per_hour.basis == "power")
    if budget is None or owned or facts.flag("hardware.cpu_only"):
        return
    machines = [machine] if machine else [Machine(find_accelerator(name), gb, 1) for name, gb in _YARDSTICKS]
    cost = min(load(params, method, one, needed_tokens(facts, params)).cost_usd for one in machines)
    if cost <= budget * _SLACK or cost < 1:
        return
    shrink = (budget / cost) ** 0.5 if facts.from_scratch else budget / cost
    options = [
        _smaller(facts, params, params * shrink, "option_smaller_money", lang) if budget else _own(facts, lang),
        option(lang, "option_budget", {"budget_usd": round_up(cost)}, cost=f"{round_up(cost):,.0f}"),
    ]
    if facts.from_scratch and params <= 15e9:
        options.append(_start_from_existing(facts, params, lang))
    yield Conflict(
        slots=["budget_usd", facts.params_slot, *(s for s in facts.machine_slots if s != "hardware.vram_gb")],
        why=say(lang, "contradiction.money", size=size(params), cost=f"{cost:,.0f}", budget=f"{budget:g}"),
        options=options,
    )


def rent_conflicts(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """So many cards for so long, whatever is trained on them."""
    budget, limit, card = facts.number("budget_usd"), facts.number("time_limit_h"), facts.card
    if budget is None or limit is None or card is None or "owned" in facts.marks or card.usd_per_hour.basis == "power":
        return
    cost = limit * facts.count * card.usd_per_hour.low
    if cost <= budget * 2 or cost < 5:
        return
    affordable = budget / (card.usd_per_hour.low * facts.count)
    options = [option(lang, "option_budget", {"budget_usd": round_up(cost)}, cost=f"{round_up(cost):,.0f}"), _own(facts, lang)]
    if affordable >= 1:
        options.insert(0, option(lang, "option_shorter", {"time_limit_h": round_down(affordable)}, time=hours(round_down(affordable), lang)))
    machine = f"{facts.count}x {card.name}"
    yield Conflict(
        slots=["budget_usd", "hardware.gpu", *_if_said(facts, "hardware.count"), "time_limit_h"],
        why=say(lang, "contradiction.rent", machine=machine, time=hours(limit, lang), cost=f"{cost:,.0f}", budget=f"{budget:g}"),
        options=options,
    )


def _own(facts: Facts, lang: Lang) -> Option:
    """Without money: a small model on the CPU that is there."""
    sets: dict[str, Value | None] = {"hardware.cpu_only": True, "hardware.gpu": None, "hardware.count": None, "hardware.vram_gb": None}
    if facts.params_slot == "params" and "params" in facts.values:
        sets["params"] = 10_000_000
    return option(lang, "option_own_cpu", sets)


def _start_from_existing(facts: Facts, params: float, lang: Lang) -> Option:
    model = "Qwen2.5-1.5B" if params < 5e9 else "Qwen2.5-7B"
    return option(lang, "option_existing", {"task": "lora_finetune", "method": "qlora", "base_model": model, "params": None}, model=model)


def _called(method: Method, lang: Lang) -> str:
    return say(lang, f"contradiction.method_{method}")


def _if_said(facts: Facts, slot: str) -> list[str]:
    return [slot] if slot in facts.values else []
