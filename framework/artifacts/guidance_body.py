"""full_train_guidance.md for people: hardware first, then rates, data, what to watch, scripts, and what proves it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from framework.artifacts.guidance_tables import alarms, amounts, costs, plans, scaled, schedule, sentence, tunings
from framework.artifacts.markdown import bullets, table, text
from framework.artifacts.tech_figures import CENT, card_hours, hours, money, number, params
from framework.messages import say

if TYPE_CHECKING:
    from framework.artifacts.guidance import Difference, Guidance, Script, Source
    from framework.artifacts.tech import Range

_FENCE = "````"
_SAME_STEP = 1.05  # that much larger a step is the same: a share of it may not divide
_NEARLY = 0.8  # of what is best for the arithmetic: less is worth a word


def render(guidance: Guidance) -> str:
    """The whole report."""
    return "\n\n".join(part for part in _parts(guidance) if part)


def headline(guidance: Guidance) -> str:
    """Its result in one line."""
    plan = guidance.plans[0]
    return _say(
        guidance,
        "headline",
        machine=plan.machine.name,
        batch=plan.batch.best,
        accumulation=plan.accumulation,
        steps=f"{plan.steps:,}",
        wall=hours(guidance.language, plan.wall_hours),
        cost=money(plan.cost_usd),
    )


def _parts(g: Guidance) -> Iterator[str]:
    yield f"# {text(_say(g, 'title', title=g.project.title))}"
    yield _summary(g)
    yield bullets(sentence(line) for line in (*g.limits, *_many(g)))
    if g.plain_words:
        yield from _section(g, "plain", _say(g, "plain_note"), text(g.plain_words))
    yield from _section(g, "steps", "\n".join(f"{n}. {sentence(line)}" for n, line in enumerate(g.steps, 1)))
    yield from _section(g, "plans", _say(g, "plans_note"), plans(g), *_larger(g))
    yield from _section(g, "sharing", _sharing(g))
    yield from _section(g, "schedule", schedule(g), _say(g, "scaled_note"), scaled(g), _facts(g, g.schedule.facts))
    yield from _section(g, "amount", amounts(g), _amount(g), _facts(g, g.amount.facts))
    if g.tunings:
        yield from _section(g, "tunings", _say(g, "tunings_note"), tunings(g))
    yield from _section(g, "checkpoints", _checkpoints(g), _facts(g, g.checkpoints.facts))
    yield from _section(g, "mixture", _mixture(g), _facts(g, g.mixture.advice))
    yield from _section(g, "cost", costs(g))
    yield from _section(g, "alarms", alarms(g))
    yield from _section(g, "drills", *_drills(g))
    yield from _section(g, "scripts", _scripts(g), *_diffs(g))
    yield from _section(g, "measured", _measured(g))
    yield from _section(g, "differences", _differences(g))
    yield from _section(g, "receipts", _receipts(g))
    yield from _section(g, "unverified", _say(g, "unverified_note"), _unverified(g))
    yield from _section(g, "assumptions", bullets(text(line) for line in g.assumptions))


def _section(g: Guidance, key: str, *parts: str) -> Iterator[str]:
    yield f"## {_say(g, f'section_{key}')}"
    yield from parts


def _say(g: Guidance, key: str, **fields: object) -> str:
    return say(g.language, f"guidance.{key}", **fields)


def _heads(g: Guidance, *keys: str) -> list[str]:
    return [_say(g, f"head_{key}") for key in keys]


def _summary(g: Guidance) -> str:
    plan = g.plans[0]
    return _say(
        g,
        "summary",
        candidate=text(g.candidate),
        params=params(g.amount.params),
        config=g.config,
        tokens=params(plan.tokens),
        steps=f"{plan.steps:,}",
        machine=text(plan.machine.name),
        batch=plan.batch.best,
        strategy=plan.sharing.strategy,
        wall=hours(g.language, plan.wall_hours),
        cost=money(plan.cost_usd),
    )


def _larger(g: Guidance) -> Iterator[str]:
    """Where the cards are more than the sequences of a step."""
    own = min(plan.step_sequences for plan in g.plans)
    sizes = sorted({plan.step_sequences for plan in g.plans if plan.step_sequences > own * _SAME_STEP})
    for size in sizes:
        names = dict.fromkeys(text(plan.machine.name) for plan in g.plans if plan.step_sequences == size)
        fields = {"sequences": size, "own": own, "high": f"{g.schedule.rate.high:g}"}
        yield _say(g, "plans_larger", machines=", ".join(names), **fields)


def _sharing(g: Guidance) -> str:
    lines = {text(plan.machine.name): text(plan.sharing.why) for plan in reversed(g.plans)}
    return bullets(f"**{name}**: {why}" for name, why in reversed(lines.items()))


def _facts(g: Guidance, facts: list[Source]) -> str:
    """Each with its source in brackets."""
    return bullets(f"{sentence(fact.text)} [{text(_sourced(g, fact))}]" for fact in facts)


def _sourced(g: Guidance, fact: Source) -> str:
    return f"{_say(g, 'source')}: {fact.source}" + (f", {fact.date}" if fact.date else "")


def _amount(g: Guidance) -> str:
    amount, optimal = g.amount, g.amount.compute_optimal
    if amount.dataset_tokens is None:
        held = _say(g, "amount_unknown")
    else:
        held = _say(g, "amount_held", held=params(amount.dataset_tokens), most=amount.most_epochs)
    held = " ".join([held, *_many(g)])
    if amount.tokens.best >= optimal * _NEARLY:
        return held
    share, fitting = f"{amount.tokens.best / optimal:.0%}", params(round(amount.params * amount.tokens.best / optimal))
    return f"{held} {_say(g, 'amount_short', share=share, fitting=fitting)}"


def _many(g: Guidance) -> Iterator[str]:
    """More passes than are worth it."""
    amount, plan = g.amount, g.plans[0]
    if amount.epochs and amount.epochs.best > amount.most_epochs:
        steps = max(1, round(plan.steps * amount.most_epochs / amount.epochs.best))
        yield _say(g, "amount_many", passes=f"{amount.epochs.best:g}", most=amount.most_epochs, steps=f"{steps:,}")


def _checkpoints(g: Guidance) -> str:
    saved = g.checkpoints
    size, disk = number(saved.size_gb), number(saved.disk_gb)
    return _say(g, "checkpoints_text", size=size, kept=saved.kept, disk=disk, seconds=saved.write_seconds.best)


def _mixture(g: Guidance) -> str:
    return table(
        _heads(g, "dataset", "share", "tokens", "languages", "license"),
        (
            [text(p.name), f"{p.share:.0%}", params(p.tokens), ", ".join(map(text, p.languages)), text(p.license)]
            for p in g.mixture.parts
        ),
    )


def _drills(g: Guidance) -> Iterator[str]:
    for drill in g.drills:
        yield f"### {text(drill.name)}"
        yield "\n".join([f"{_FENCE}bash", *drill.lines, _FENCE])
        yield text(drill.expect)


def _scripts(g: Guidance) -> str:
    return table(_heads(g, "file", "for", "state"), (_script(g, script) for script in g.scripts))


def _script(g: Guidance, script: Script) -> list[str]:
    state = _say(g, "state_edited" if script.edited else "state_made")
    return [f"`{script.path}`", text(script.purpose), state]


def _diffs(g: Guidance) -> Iterator[str]:
    for script in g.scripts:
        if script.diff:
            yield f"`{script.path}`:"
            yield "\n".join([f"{_FENCE}diff", script.diff.replace("`", "'"), _FENCE])


def _measured(g: Guidance) -> str:
    if g.measured is None:
        return _say(g, "measured_none")
    shown = {
        "speed": g.measured.tokens_per_s,
        "speed_factor": g.measured.speed_factor,
        "extra": g.measured.memory_extra_gb,
        "first": g.measured.first_loss,
        "last": g.measured.last_loss,
    }
    fields = {key: "-" if value is None else number(value) for key, value in shown.items()}
    return _say(g, "measured_text", machine=text(g.measured.machine), device=g.measured.device, **fields)


def _differences(g: Guidance) -> str:
    return table(_heads(g, "figure", "machine", "tech", "here", "why"), (_difference(g, one) for one in g.differences))


def _difference(g: Guidance, one: Difference) -> list[str]:
    why = _say(g, "inside") if one.inside else sentence(one.why)
    machine = text(one.machine) if one.machine else _say(g, "anywhere")
    return [_say(g, f"difference_{one.figure}"), machine, *(_amid(one, span) for span in (one.tech, one.here)), why]


def _amid(one: Difference, span: Range) -> str:
    """Of hours and money less than a hundredth is nothing."""
    return card_hours(span) if one.figure.endswith(("_hours", "_usd")) and span[1] < CENT else _range(span)


def _range(span: Range) -> str:
    low, high = (f"{value:.4g}" if value < 1000 else f"{value:,.0f}" for value in span)
    return low if low == high else f"{low} - {high}"


def _receipts(g: Guidance) -> str:
    return table(
        _heads(g, "command", "proved", "seconds"),
        ([f"`{' '.join(one.command)}`", text(one.proved), f"{one.seconds:.1f}"] for one in g.receipts),
    )


def _unverified(g: Guidance) -> str:
    return table(_heads(g, "claim", "proof"), ([text(one.claim), f"`{one.proof}`"] for one in g.unverified))
