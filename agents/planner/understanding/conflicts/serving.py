"""Can a model of that size answer that fast, that often, on that machine?"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from agents.planner.understanding.conflicts.facts import Facts
from agents.planner.understanding.conflicts.options import option, round_down, round_up, size
from agents.planner.understanding.conflicts.rules import device_memory
from agents.planner.understanding.model import Conflict, Option
from framework.artifacts.slots import Value
from framework.knowledge.catalog import find_accelerator
from framework.messages import Lang, say

_BYTES = 2.0  # per weight in bf16, for speed; with 4 bits, for memory
_BYTES_4BIT = 0.55
_CACHE_GB = 1.0
_SHORT_ANSWER = 20  # tokens: one sentence
_ONE_BOX = 99.99  # percent, under an hour of outage a year: no single machine keeps that
_LIKELY = 99.5
_FASTEST = "H200"
_MOST_CARDS = 8  # that one answer is usefully spread over
_BUSY = 0.6  # of the peak arithmetic, at the very best
_TOKENS_PER_REQUEST = 50
_GENERATES = frozenset({"pretrain", "sft", "dpo", "lora_finetune", "serving_only", "unknown"})


def serving_conflicts(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """The conflicts of latency, throughput and memory when it runs."""
    yield from _availability(facts, lang)
    if facts.params is None:
        return
    yield from _latency(facts, facts.params, lang)
    if facts.task in _GENERATES:
        yield from _throughput(facts, facts.params, lang)
    yield from _memory(facts, facts.params, lang)
    yield from _device(facts, facts.params, lang)


def _latency(facts: Facts, params: float, lang: Lang) -> Iterator[Conflict]:
    """Every token reads every weight once: bandwidth sets the least time, of the first token or of a short answer."""
    limit = facts.number("sla.latency_ms")
    if limit is None:
        return
    card = facts.card or find_accelerator(_FASTEST)
    cards = min(facts.count, _MOST_CARDS) if facts.card else _MOST_CARDS
    once = facts.task not in _GENERATES or "first_token" in facts.marks
    tokens, each = (1, _BYTES) if once else (_SHORT_ANSWER, _BYTES_4BIT)
    least = 1000 * tokens * params * each / (card.bandwidth_gb_s * 1e9 * cards)
    if least <= limit:
        return
    possible, longer = round_down(max(1e6, params * limit / least / 2)), round_up(least * 3)
    options = [
        option(lang, "option_smaller_speed", _sized(facts, possible), size=size(possible)),
        option(lang, "option_latency", {"sla.latency_ms": longer}, latency=f"{longer:g}"),
    ]
    if facts.flag("hardware.cpu_only"):
        options.append(_gpu(lang))
    machine = say(lang, "contradiction.cpu") if facts.flag("hardware.cpu_only") else f"{cards}x {card.name}"
    fields = {
        "size": size(params),
        "machine": machine,
        "tokens": tokens,
        "least": f"{least:,.3g}",
        "limit": f"{limit:g}",
    }
    why = say(lang, "contradiction.latency", **fields)
    yield Conflict(slots=["sla.latency_ms", facts.params_slot, *_machine_slots(facts)], why=why, options=options)


def _availability(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """One machine stands still for every update, and now and then by itself."""
    wished = facts.number("sla.availability")
    alone = facts.values.get("hardware.count") == 1 or "single_box" in facts.marks
    if wished is None or wished < _ONE_BOX or not alone:
        return
    count = 2 * facts.count
    options = [
        option(lang, "option_two_machines", {"hardware.count": count}, count=count),
        option(lang, "option_availability", {"sla.availability": _LIKELY}, availability=_LIKELY),
    ]
    outage = f"{(100 - wished) / 100 * 525_600:.3g}"
    why = say(lang, "contradiction.availability", wished=f"{wished:g}", outage=outage)
    slots = [slot for slot in ("hardware.count", "hardware.gpu", "hardware.cpu_only") if slot in facts.values] or [
        "hardware.count"
    ]
    yield Conflict(slots=["sla.availability", *slots], why=why, options=options)


def _throughput(facts: Facts, params: float, lang: Lang) -> Iterator[Conflict]:
    """Two operations per weight and token, at the best use of the card."""
    wished, card = facts.throughput, facts.card
    if wished is None or card is None or (facts.model and not _GENERATES & set(facts.model.tasks)):
        return
    tokens = wished.value if wished.unit == "tokens/s" else wished.value * _TOKENS_PER_REQUEST
    most = facts.count * card.train_tflops * 1e12 * _BUSY / (2 * params)
    if tokens <= most:
        return
    possible = round_down(max(1e6, params * most / tokens))
    needed = ceil(facts.count * tokens / most)
    options = [
        option(lang, "option_smaller_speed", _sized(facts, possible), size=size(possible)),
        option(lang, "option_count", {"hardware.count": needed}, count=needed, gpu=card.name),
    ]
    fields = {
        "size": size(params),
        "machine": f"{facts.count}x {card.name}",
        "most": f"{most:,.0f}",
        "wished": f"{tokens:,.0f}",
    }
    yield Conflict(
        slots=["sla.throughput", facts.params_slot, *_machine_slots(facts)],
        why=say(lang, "contradiction.throughput", **fields),
        options=options,
    )


def _memory(facts: Facts, params: float, lang: Lang) -> Iterator[Conflict]:
    """A model that is only served must fit, with its weights in four bits at the least."""
    if facts.trains or facts.memory_gb is None:
        return
    each = _BYTES if "unquantized" in facts.marks else _BYTES_4BIT
    need, have = params * each / 1e9 + _CACHE_GB, facts.memory_gb * facts.count
    if need <= have:
        return
    possible = round_down(max(1e6, (have - _CACHE_GB) * 1e9 / each))
    count = int(-(-need // 80))
    sets: dict[str, Value | None] = {"hardware.gpu": "A100", "hardware.count": count, "hardware.vram_gb": 80}
    options = [
        option(lang, "option_smaller_fits", _sized(facts, possible), size=size(possible)),
        option(lang, "option_rented", sets, machine=f"{count}x A100 80 GB"),
    ]
    why = say(
        lang,
        "contradiction.serving_memory",
        size=size(params),
        bits=round(each * 8),
        need=f"{need:,.0f}",
        have=f"{have:g}",
    )
    yield Conflict(slots=[facts.params_slot, *facts.machine_slots], why=why, options=options)


def _device(facts: Facts, params: float, lang: Lang) -> Iterator[Conflict]:
    """A phone or a small board holds a small model."""
    for device in facts.texts("compatibility"):
        memory = device_memory(device)
        if memory is None or params * _BYTES_4BIT / 1e9 <= memory:
            continue
        possible = round_down(memory * 1e9 / _BYTES_4BIT)
        rest = [one for one in facts.texts("compatibility") if one != device]
        others: Value | None = (rest if len(rest) > 1 else rest[0]) if rest else None
        options = [
            option(lang, "option_smaller_fits", _sized(facts, possible), size=size(possible)),
            option(lang, "option_no_device", {"compatibility": others}, device=device),
        ]
        why = say(
            lang,
            "contradiction.device",
            size=size(params),
            need=f"{params * _BYTES_4BIT / 1e9:,.0f}",
            device=device,
            have=f"{memory:g}",
        )
        yield Conflict(slots=["compatibility", facts.params_slot], why=why, options=options)


def _machine_slots(facts: Facts) -> list[str]:
    return [slot for slot in facts.machine_slots if slot != "hardware.vram_gb"]


def _sized(facts: Facts, params: float) -> dict[str, Value | None]:
    sets: dict[str, Value | None] = {"params": int(params)}
    return {**sets, "base_model": None} if facts.params_slot == "base_model" else sets


def _gpu(lang: Lang) -> Option:
    sets: dict[str, Value | None] = {
        "hardware.gpu": "A100",
        "hardware.count": 1,
        "hardware.vram_gb": 80,
        "hardware.cpu_only": None,
    }
    return option(lang, "option_rented", sets, machine="1x A100 80 GB")
