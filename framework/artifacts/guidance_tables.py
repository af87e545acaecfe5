"""The tables of figures in full_train_guidance.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from framework.artifacts.markdown import table, text
from framework.artifacts.tech_figures import card_hours, gb, hours, minutes, money, number, params
from framework.messages import say

if TYPE_CHECKING:
    from framework.artifacts.guidance import Alarm, Counts, Guidance, Plan, Span, Tuning


def plans(g: Guidance) -> str:
    """What a card takes, machine by machine."""
    heads = _heads(
        g,
        *("machine", "batch", "accumulation", "step", "memory", "sharing"),
        *("precision", "rate", "steps", "speed", "save"),
    )
    return table(heads, (_plan(g, plan) for plan in _different(g)))


def costs(g: Guidance) -> str:
    """What it takes in hours and money."""
    heads = _heads(g, "machine", "wall", "hours", "price", "cost", "span")
    return table(heads, (_cost(g, plan) for plan in _different(g)))


def schedule(g: Guidance) -> str:
    """The rate with its range, and how it moves."""
    plan, moves = g.plans[0], g.schedule
    rows = [
        _spread(g, "rate", moves.rate),
        _counted(g, "warmup", moves.warmup),
        _counted(g, "batch", plan.batch),
    ]
    fields = {"name": moves.name, "last": moves.last_share, "decay": moves.weight_decay, "clip": moves.clip}
    return f"{_spans(g, rows)}\n\n{_say(g, 'schedule_name', **fields)}"


def amounts(g: Guidance) -> str:
    """Tokens and passes with their ranges, and how often it is saved."""
    tokens = g.amount.tokens
    rows = [[_say(g, "figure_tokens"), *(params(round(value)) for value in (tokens.low, tokens.best, tokens.high))]]
    if g.amount.epochs:
        rows.append(_spread(g, "epochs", g.amount.epochs))
    return _spans(g, [*rows, _saved(g, g.plans[0].save_minutes)])


def scaled(g: Guidance) -> str:
    """The rate for other steps."""
    heads = _heads(g, "step", "tokens", "rate")
    return table(heads, ([f"{s.step_sequences:,}", f"{s.step_tokens:,}", f"{s.rate:g}"] for s in g.schedule.scaled))


def alarms(g: Guidance) -> str:
    """What to watch, and from when on somebody must look."""
    return table(_heads(g, "watch", "where", "usual", "below", "above", "act"), (_alarm(alarm) for alarm in g.alarms))


def _say(g: Guidance, key: str, **fields: object) -> str:
    return say(g.language, f"guidance.{key}", **fields)


def _heads(g: Guidance, *keys: str) -> list[str]:
    return [_say(g, f"head_{key}") for key in keys]


def _different(g: Guidance) -> Iterator[Plan]:
    """Each machine once: the user's may be one of the usual ones."""
    seen: set[str] = set()
    for plan in g.plans:
        if plan.machine.name not in seen:
            seen.add(plan.machine.name)
            yield plan


def _plan(g: Guidance, plan: Plan) -> list[str]:
    batch = f"{plan.batch.low} / **{plan.batch.best}** / {plan.batch.high}" if plan.fits else _say(g, "not_fitting")
    sharing = f"`{plan.sharing.strategy}`" + (f", {_say(g, 'recomputed')}" if plan.checkpointing else "")
    save = _say(g, "save_text", steps=f"{plan.save_every.best:,}", minutes=minutes(plan.save_minutes.best))
    return [
        text(plan.machine.name),
        batch,
        str(plan.accumulation),
        f"{plan.step_sequences:,}",
        f"{gb(plan.memory_gb)} / {gb(plan.usable_gb)}",
        sharing if plan.fits else text(plan.why_not),
        plan.precision,
        f"{plan.learning_rate:g}",
        f"{plan.steps:,}",
        f"{plan.tokens_per_s[0]:,.0f} - {plan.tokens_per_s[1]:,.0f}",
        save,
    ]


def _cost(g: Guidance, plan: Plan) -> list[str]:
    return [
        text(plan.machine.name),
        hours(g.language, plan.wall_hours),
        card_hours(plan.gpu_hours),
        f"{number(plan.price_usd_per_hour[0])} - {number(plan.price_usd_per_hour[1])}",
        money(plan.cost_usd),
        money(plan.price_span_usd),
    ]


def _spans(g: Guidance, rows: list[list[str]]) -> str:
    return table(_heads(g, "figure", "low", "best", "high"), rows)


def _spread(g: Guidance, key: str, span: Span) -> list[str]:
    return [_say(g, f"figure_{key}"), *(f"{value:g}" for value in (span.low, span.best, span.high))]


def _saved(g: Guidance, span: Span) -> list[str]:
    return [_say(g, "figure_save"), *(minutes(value) for value in (span.low, span.best, span.high))]


def _counted(g: Guidance, key: str, span: Counts) -> list[str]:
    return [_say(g, f"figure_{key}"), *(f"{value:,}" for value in (span.low, span.best, span.high))]


def _alarm(alarm: Alarm) -> list[str]:
    low, high = ("-" if value is None else f"{value:,g}" for value in (alarm.low, alarm.high))
    return [text(alarm.name), f"`{alarm.where}`", sentence(alarm.usual), low, high, sentence(alarm.act)]


def tunings(g: Guidance) -> str:
    """The trainings that follow."""
    heads = _heads(g, "file", "low", "best", "high", "step", "passes")
    return table(heads, (_tuning(one) for one in g.tunings))


def _tuning(one: Tuning) -> list[str]:
    rates = [f"{value:g}" for value in (one.rate.low, one.rate.best, one.rate.high)]
    return [f"`{one.config}`", *rates, str(one.step_sequences), f"{one.epochs:g}"]


def sentence(line: str) -> str:
    """A sentence in which what stands between backticks is code."""
    return "`".join(part if number % 2 else _kept(part) for number, part in enumerate(line.split("`")))


def _kept(part: str) -> str:
    """Escaped, with the blanks at its ends."""
    lead, tail = part[: len(part) - len(part.lstrip())], part[len(part.rstrip()) :]
    return f"{lead}{text(part)}{tail}" if part.strip() else part
