"""Does the training fit the memory and the time?"""

from __future__ import annotations

from collections.abc import Iterator
from math import log2

from agents.planner.understanding.conflicts.facts import Facts
from agents.planner.understanding.conflicts.load import (
    Load,
    Machine,
    lighter_methods,
    lightest_method,
    load,
    memory_at,
    needed_tokens,
    usual_tokens,
)
from agents.planner.understanding.conflicts.money import money_conflicts
from agents.planner.understanding.conflicts.options import hours, option, round_up, size, smaller
from agents.planner.understanding.model import Conflict, Option
from framework.artifacts.slots import Value
from framework.knowledge.catalog import find_accelerator
from framework.knowledge.memory import Method
from framework.messages import Lang, say

_SLACK = 1.25  # a limit that is missed by less is a matter of settings
_SCRATCH_SLACK = 4  # where no amount of text is said, it may be read in part
_FASTEST, _FASTEST_GB = "H200", 141
_RENTED = "A100"
_RENTED_GB = 80
_SHORTEST_CONTEXT = 512
_COUNTS = (1, 2, 4, 8, 16, 32, 64)
_CPU_TOKENS = 10_000_000  # a fine-tuning of modest size: five thousand examples of a page, read four times
_CPU_PATIENCE_H, _SCRATCH_PATIENCE_H = 120, 720  # on a CPU; what takes longer is done on a GPU
_SMALL_ENCODER = 1e9  # below, labels and vectors train anywhere


def training_conflicts(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """The conflicts of memory, time and money."""
    params = facts.params
    if (
        not facts.trains
        or params is None
        or (facts.task in ("classification", "embedding") and params < _SMALL_ENCODER)
    ):
        return
    machine = _machine(facts)
    method = lightest_method(facts)
    if machine:
        least = load(params, method, machine, needed_tokens(facts, params))
        yield from _memory(facts, params, method, machine, least, lang)
        yield from _long_texts(facts, params, method, machine, least, lang)
        yield from _patience(facts, params, method, machine, lang)
        yield from _time(facts, params, method, machine, least, lang)
    yield from money_conflicts(facts, params, method, machine, lang)


def _machine(facts: Facts) -> Machine | None:
    """The machine that was named; a card without a name counts as a common one of its memory."""
    if facts.card:
        return Machine(facts.card, facts.memory_gb or facts.card.memory_gb[0], facts.count)
    if facts.memory_gb:
        return Machine(find_accelerator("RTX 4090"), facts.memory_gb, facts.count)
    if facts.from_scratch and "hardware.count" in facts.values:
        return Machine(find_accelerator(_FASTEST), _FASTEST_GB, facts.count)  # even the best card is not enough
    return None


def _memory(
    facts: Facts, params: float, method: Method, machine: Machine, least: Load, lang: Lang
) -> Iterator[Conflict]:
    if facts.flag("hardware.cpu_only") or least.memory_gb <= machine.memory_gb:
        return
    fields = {"method": _called(method, lang), "size": size(params), "need": f"{least.memory_gb:,.0f}"}
    options = [
        *_lighter(facts, params, method, machine, lang),
        smaller(facts, params, params * machine.memory_gb / least.memory_gb, "option_smaller_fits", lang),
        *_rented(facts, params, method, lang),
    ]
    yield Conflict(
        slots=[*facts.if_said("method"), facts.params_slot, *facts.machine_slots],
        why=say(lang, "contradiction.memory", have=f"{machine.memory_gb:g}", count=machine.count, **fields),
        options=options,
    )


def _long_texts(
    facts: Facts, params: float, method: Method, machine: Machine, least: Load, lang: Lang
) -> Iterator[Conflict]:
    """The model fits, but not with texts as long as that."""
    wished = facts.number("context_len")
    if wished is None or facts.flag("hardware.cpu_only") or least.memory_gb > machine.memory_gb:
        return
    need = memory_at(params, method, machine, int(wished))
    if need <= machine.memory_gb:
        return
    share = (machine.memory_gb - least.memory_gb) / (need - least.memory_gb)
    shorter = max(_SHORTEST_CONTEXT, 2 ** int(log2(max(2.0, wished * share))))
    options = [
        option(lang, "option_context", {"context_len": shorter}, context=shorter),
        smaller(facts, params, params * machine.memory_gb / need, "option_smaller_fits", lang),
    ]
    fields = {"size": size(params), "context": f"{wished:g}", "need": f"{need:,.0f}", "have": f"{machine.memory_gb:g}"}
    why = say(lang, "contradiction.long_texts", method=_called(method, lang), **fields)
    yield Conflict(slots=["context_len", facts.params_slot, *facts.machine_slots], why=why, options=options)


def _patience(facts: Facts, params: float, method: Method, machine: Machine, lang: Lang) -> Iterator[Conflict]:
    """What no CPU trains in bearable time, whether or not a limit is set."""
    if not facts.flag("hardware.cpu_only"):
        return
    tokens = max(needed_tokens(facts, params), 0 if facts.from_scratch else _CPU_TOKENS)
    need = load(params, method, machine, tokens).hours
    if need <= (_SCRATCH_PATIENCE_H if facts.from_scratch else _CPU_PATIENCE_H):
        return
    share = _CPU_PATIENCE_H / need
    options = [
        *_fast_enough(params, method, tokens, _CPU_PATIENCE_H, lang),
        smaller(
            facts, params, params * (_quadratic(share) if facts.from_scratch else share), "option_smaller_time", lang
        ),
    ]
    why = say(lang, "contradiction.cpu_time", size=size(params), need=hours(need, lang))
    slots = ["hardware.cpu_only", facts.params_slot, *facts.if_said("time_limit_h"), *facts.if_said("method")]
    yield Conflict(slots=slots, why=why, options=options)


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
    slack = _SCRATCH_SLACK if facts.from_scratch and needed_tokens(facts, params) == usual_tokens(params) else _SLACK
    if limit is None or least.hours <= limit * slack:
        return
    slower = _quadratic(limit / least.hours) if facts.from_scratch else limit / least.hours
    options = [
        smaller(facts, params, params * slower, "option_smaller_time", lang),
        option(lang, "option_longer", {"time_limit_h": round_up(least.hours)}, time=hours(round_up(least.hours), lang)),
        *_fast_enough(params, method, needed_tokens(facts, params), limit, lang),
    ]
    yield Conflict(
        slots=["time_limit_h", facts.params_slot, *facts.machine_slots, *facts.if_said("dataset")],
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


def _called(method: Method, lang: Lang) -> str:
    return say(lang, f"contradiction.method_{method}")
