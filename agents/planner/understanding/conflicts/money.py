"""Does the money pay for the training, and for the machine?"""

from __future__ import annotations

from collections.abc import Iterator

from agents.planner.understanding.conflicts.facts import Facts
from agents.planner.understanding.conflicts.load import Machine, load, needed_tokens
from agents.planner.understanding.conflicts.options import hours, option, round_down, round_up, size, smaller
from agents.planner.understanding.model import Conflict, Option
from framework.artifacts.slots import Value
from framework.knowledge.catalog import find_accelerator
from framework.knowledge.memory import Method
from framework.messages import Lang, say

_SLACK = 1.25  # a budget that is missed by less is a matter of settings
_YARDSTICKS = (("RTX 4090", 24), ("A100", 80), ("H100", 80))


def money_conflicts(
    facts: Facts, params: float, method: Method, machine: Machine | None, lang: Lang
) -> Iterator[Conflict]:
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
        smaller(facts, params, params * shrink, "option_smaller_money", lang) if budget else _own(facts, lang),
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
    if budget == 0 and limit is None and "rented" in facts.marks:
        machine = f"{facts.count}x {card.name}" if card else say(lang, "contradiction.a_machine")
        options = [_own(facts, lang), option(lang, "option_budget", {"budget_usd": 20}, cost=20)]
        slots = ["budget_usd", "hardware.gpu", *facts.if_said("hardware.count")]
        yield Conflict(slots=slots, why=say(lang, "contradiction.no_money", machine=machine), options=options)
    if budget is None or limit is None or card is None or "owned" in facts.marks or card.usd_per_hour.basis == "power":
        return
    cost = limit * facts.count * card.usd_per_hour.low
    if cost <= budget * 2 or cost < 5:
        return
    affordable = budget / (card.usd_per_hour.low * facts.count)
    options = [
        option(lang, "option_budget", {"budget_usd": round_up(cost)}, cost=f"{round_up(cost):,.0f}"),
        _own(facts, lang),
    ]
    if affordable >= 1:
        options.insert(
            0,
            option(
                lang,
                "option_shorter",
                {"time_limit_h": round_down(affordable)},
                time=hours(round_down(affordable), lang),
            ),
        )
    machine = f"{facts.count}x {card.name}"
    yield Conflict(
        slots=["budget_usd", "hardware.gpu", *facts.if_said("hardware.count"), "time_limit_h"],
        why=say(
            lang,
            "contradiction.rent",
            machine=machine,
            time=hours(limit, lang),
            cost=f"{cost:,.0f}",
            budget=f"{budget:g}",
        ),
        options=options,
    )


def _own(facts: Facts, lang: Lang) -> Option:
    """Without money: a small model on the CPU that is there."""
    sets: dict[str, Value | None] = {
        "hardware.cpu_only": True,
        "hardware.gpu": None,
        "hardware.count": None,
        "hardware.vram_gb": None,
    }
    if facts.params_slot == "params" and "params" in facts.values:
        sets["params"] = 10_000_000
    return option(lang, "option_own_cpu", sets)


def _start_from_existing(facts: Facts, params: float, lang: Lang) -> Option:
    model = "Qwen2.5-1.5B" if params < 5e9 else "Qwen2.5-7B"
    return option(
        lang,
        "option_existing",
        {"task": "lora_finetune", "method": "qlora", "base_model": model, "params": None},
        model=model,
    )
