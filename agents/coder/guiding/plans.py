"""The full run on one machine: batch, memory, hours, money, and how often it is saved."""

from __future__ import annotations

import math
from dataclasses import dataclass

from agents.coder.guiding.amounts import Subject, rate_within
from agents.coder.guiding.facts import facts
from agents.coder.guiding.fitting import Card, Fit, fit, wants_copies
from agents.coder.guiding.hardware import Hardware
from framework.artifacts.guidance import Checkpoints, Counts, Plan, Sharing, Source, Span, Strategy
from framework.artifacts.tech import Precision, Range
from framework.artifacts.tech_figures import gb
from framework.knowledge.estimate import Estimate, EstimateRequest, estimate
from framework.knowledge.parameters import count_parameters
from framework.messages import say

# A checkpoint holds the weights and two moments, in fp32 each, whatever is computed in.
_BYTES_SAVED = 12
_BESIDES = 2  # the last one and the best one
_GB_PER_S = (2.0, 0.5, 0.1)  # a local NVMe disk, a shared file system, a slow one
_MINUTE, _HOUR = 60.0, 3600.0
_PATIENCE = (10 * _MINUTE, 30 * _MINUTE, 2 * _HOUR)  # what a person loses without much ado
_WORTH = 100  # at least so many times as long is trained as is saved
_SOONEST = 1 * _MINUTE  # a run of minutes is sooner begun again than saved all the time


@dataclass(frozen=True)
class Margins:
    """What ML.md leaves free of a card, and what was measured of the estimate on a processor."""

    headroom: float
    memory_extra_gb: float = 0.0
    speed_factor: float = 1.0


def plan_for(subject: Subject, hardware: Hardware, margins: Margins) -> Plan:
    """The run on that machine."""
    measured = hardware.machine.kind == "cpu"  # a figure of one processor says nothing of a GPU
    card = Card(subject.run, hardware.machine, margins.headroom, margins.memory_extra_gb if measured else 0.0)
    found = fit(card, subject.in_step)
    chosen = found or _at_least(card)
    figures = _estimated(subject, card, chosen)
    in_step = chosen.batch.best * chosen.accumulation * hardware.machine.count
    slower = 1 / margins.speed_factor if measured else 1.0
    wall, hours, cost = (_times(span, slower) for span in (figures.wall_hours, figures.gpu_hours, figures.cost_usd))
    steps = subject.steps if in_step == subject.in_step else math.ceil(figures.tokens / (in_step * subject.run.context))
    save = _saving(subject, hardware, steps, wall)
    price = card.accelerator.usd_per_hour
    return Plan(
        key=hardware.key,
        machine=hardware.machine,
        nodes=hardware.nodes,
        own=hardware.own,
        fits=found is not None,
        why_not="" if found else _why_not(subject, card, chosen),
        sharing=_sharing(subject, card, chosen),
        checkpointing=chosen.checkpointing,
        precision=chosen.precision,
        batch=chosen.batch,
        accumulation=chosen.accumulation,
        step_sequences=in_step,
        memory_gb=chosen.memory_gb,
        usable_gb=round(card.usable_gb, 2),
        room_gb=round(card.usable_gb - chosen.memory_gb, 2),
        learning_rate=rate_within(subject, in_step),
        steps=steps,
        tokens=figures.tokens,
        tokens_per_s=(figures.tokens / wall[1] / _HOUR, figures.tokens / wall[0] / _HOUR),
        mfu=_busy(figures, card),
        gpu_hours=hours,
        wall_hours=wall,
        cost_usd=cost,
        price_usd_per_hour=(price.low, price.high),
        price_span_usd=(hours[0] * price.low, hours[1] * price.high),
        save_every=save[0],
        save_minutes=save[1],
    )


def _at_least(card: Card) -> Fit:
    """What it would take with one sequence, everything saved that can be."""
    several, one = card.machine.count > 1, Counts(low=1, best=1, high=1)
    strategy: Strategy = "fsdp2" if several else "one_process"
    precision: Precision = "fp32" if several and card.machine.precision == "fp16" else card.machine.precision
    return Fit(strategy, True, precision, one, 1, round(card.taken(strategy, 1, True, precision), 2))


def _estimated(subject: Subject, card: Card, chosen: Fit) -> Estimate:
    return estimate(
        EstimateRequest(
            architecture=subject.run.architecture,
            accelerator=card.machine.accelerator,
            count=card.machine.count,
            memory_gb=card.machine.memory_gb,
            tokens=subject.tokens,
            context=subject.run.context,
            batch=chosen.batch.best,
            checkpointing=chosen.checkpointing,
            lang=subject.lang,
        )
    )


def _busy(figures: Estimate, card: Card) -> Range:
    """The share of the card's peak: what is usual for such a model, or less where starting the kernels takes longer."""
    low, high = (figures.flops / (hours * _HOUR * card.accelerator.train_tflops * 1e12) for hours in figures.gpu_hours)
    return float(f"{high:.3g}"), float(f"{low:.3g}")


def _times(span: Range, factor: float) -> Range:
    return span[0] * factor, span[1] * factor


def _why_not(subject: Subject, card: Card, chosen: Fit) -> str:
    fields = {"needed": gb(chosen.memory_gb), "room": gb(card.room_gb), "states": gb(card.states_gb)}
    return say(subject.lang, "guidance.does_not_fit", **fields)


def _sharing(subject: Subject, card: Card, chosen: Fit) -> Sharing:
    copied = card.copied.total
    sharded = card.memory("fsdp2", 1, False, chosen.precision).total
    if card.machine.count == 1:
        key = "cpu" if card.machine.kind == "cpu" else "one"
    elif chosen.strategy == "ddp":
        key = "ddp"
    else:
        key = "fsdp_room" if wants_copies(card) else "fsdp"
    fields = {"states": gb(card.states_gb), "usable": gb(card.usable_gb), "copied": gb(copied), "sharded": gb(sharded)}
    return Sharing(
        strategy=chosen.strategy,
        states_gb=round(card.states_gb, 2),
        copied_gb=round(copied, 2),
        sharded_gb=round(sharded, 2),
        why=say(
            subject.lang,
            f"guidance.sharing_{key}",
            cards=card.machine.count,
            traffic=f"{facts().sharding_traffic.value:g}",
            **fields,
        ),
    )


def checkpoints_of(subject: Subject) -> Checkpoints:
    """Their size on disk, and the rule of how often."""
    size, kept = checkpoint_gb(subject), subject.run.training.keep + _BESIDES
    fast, usual, slow = (round(size / speed, 2) for speed in _GB_PER_S)
    known = facts()
    hours = f"{known.hours_between_failures.value:,g}"
    return Checkpoints(
        size_gb=round(size, 3),
        kept=kept,
        disk_gb=round(size * (kept + 1), 3),  # a new one is written whole before an old one goes
        write_seconds=Span(low=fast, best=usual, high=slow),
        facts=[
            Source(
                text=say(subject.lang, "guidance.fact_failures", hours=hours),
                source=known.hours_between_failures.source,
                date=known.hours_between_failures.date,
            ),
            Source(
                text=say(subject.lang, "guidance.fact_interval"),
                source=known.interval.source,
                date=known.interval.date,
            ),
        ],
    )


def checkpoint_gb(subject: Subject) -> float:
    """One checkpoint on disk."""
    return count_parameters(subject.run.architecture).total * _BYTES_SAVED / 1e9


def _saving(subject: Subject, hardware: Hardware, steps: int, wall: Range) -> tuple[Counts, Span]:
    """As Young has it, but no person waits for more than their patience, no run for less than its tenth or a minute."""
    known, whole = facts(), math.sqrt(wall[0] * wall[1]) * _HOUR
    write = checkpoint_gb(subject) / _GB_PER_S[1]
    between = known.hours_between_failures.value / hardware.machine.count * _HOUR
    young = math.sqrt(known.interval.value * write * between)
    least = max(min(_WORTH * write, whole / 4), min(_SOONEST, whole))
    bounds = [max(least, min(young, patience, whole / 10)) for patience in _PATIENCE]
    step = whole / steps
    low, best, high = (max(1, round(bound / step)) for bound in bounds)
    stated = subject.run.training.save_every
    best = min(stated, best) if stated >= low else best  # more often than advised is the user's choice, rarer is none
    return Counts(low=low, best=best, high=high), Span(
        low=_minutes(low * step), best=_minutes(best * step), high=_minutes(high * step)
    )


def _minutes(seconds: float) -> float:
    return float(f"{seconds / _MINUTE:.3g}")
