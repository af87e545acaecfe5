"""The account of where it is trained: cards, memory, time, money, size and length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from agents.coder.scratch.case import Made, Outcome, texts_of
from agents.coder.scratch.runs import planned_steps
from agents.coder.scratch.shape import parameters_of
from agents.coder.scratch.sources import Supply
from framework.artifacts.requirements import Item
from framework.artifacts.tech import Machine
from framework.artifacts.tech_figures import count, gb, hours, money, params

_FULL = "configs/pretrain/full.yaml"
_TOLERANCE = 1.5  # as much as tech.md allows a size to be off


def device_of(machine: Machine) -> Literal["cpu", "gpu"]:
    """Which requirements are installed: Apple's chips are in the ordinary build, CUDA's are in their own."""
    return "gpu" if machine.kind in ("consumer", "datacentre", "amd") else "cpu"


def _gpu(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    machine = made.case.machine
    for text in texts_of(item):
        if machine.kind in ("ascend", "tpu", "amd"):
            yield made.unmet("hardware.gpu", text, f"card_{machine.kind}")
        else:
            files = [_FULL, f"{made.package}/utils/device.py"]
            run = made.context.stages[0].full_run
            fields = {"batch": run.batch_size, "accumulate": run.accumulate, "machine": machine.name}
            yield made.covered("hardware.gpu", text, "card", files, **fields)


def _count(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    files = [_FULL, f"{made.package}/training/parallel.py"]
    strategy = made.context.stages[0].full_run.strategy
    key = "one_card" if item.value == 1 else "cards"
    yield made.covered("hardware.count", str(item.value), key, files, cards=item.value, strategy=strategy)


def _memory(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    needed = made.case.choice.figures.train_vram_gb
    fields = {"needed": gb(needed or 0), "batch": made.context.stages[0].full_run.batch_size}
    yield made.covered("hardware.vram_gb", str(item.value), "memory", [_FULL], **fields)


def _cpu_only(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    if item.value is not True or made.context.device == "cpu":
        files = ["pyproject.toml", f"{made.package}/utils/device.py"]
        yield made.covered("hardware.cpu_only", str(item.value).lower(), "cpu", files)
    else:
        yield made.unmet("hardware.cpu_only", "true", "cpu", machine=made.case.machine.name)


def _time(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    wall = made.case.choice.figures.wall_hours
    if wall is None:
        yield made.unmet("time_limit_h", str(item.value), "unreckoned")
        return
    fields = {
        "steps": count(planned_steps(made.case)),
        "wall": hours(made.case.lang, wall),
        "machine": made.case.machine.name,
    }
    yield made.covered("time_limit_h", str(item.value), "time", [_FULL], **fields)


def _budget(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    cost = made.case.choice.figures.cost_usd
    if cost is None:
        yield made.unmet("budget_usd", str(item.value), "unreckoned")
    else:
        yield made.covered("budget_usd", str(item.value), "budget", [_FULL], cost=money(cost))


def _params(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    wish = item.value if isinstance(item.value, int) else 0
    vocab, model = made.context.tokenizer.vocab_size, made.context.model
    have, active = parameters_of(model, vocab), parameters_of(model, vocab, active=True)
    near = min(max(size, wish) / max(1, min(size, wish)) for size in (have, active))
    fields = {"have": params(have), "active": params(active)}
    key = "params_active" if active < have else "params"
    if near > _TOLERANCE:
        yield made.unmet("params", params(wish), "params", **fields)
    else:
        yield made.covered("params", params(wish), key, [_FULL, f"{made.package}/models/decoder.py"], **fields)


def _context(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    have = made.context.model.context_length
    if have == item.value:
        yield made.covered("context_len", str(item.value), "context", [_FULL], have=have)
    else:
        yield made.unmet("context_len", str(item.value), "context", have=have)


RULES = {
    "hardware.gpu": _gpu,
    "hardware.count": _count,
    "hardware.vram_gb": _memory,
    "hardware.cpu_only": _cpu_only,
    "time_limit_h": _time,
    "budget_usd": _budget,
    "params": _params,
    "context_len": _context,
}
