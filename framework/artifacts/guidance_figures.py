"""The figures of the guidance beside those of tech.md: what the skill explains and what the gate computes again."""

from __future__ import annotations

from collections.abc import Iterator

from framework.artifacts.guidance import Amount, Difference, Plan, Schedule
from framework.artifacts.tech import Candidate, Figures, Range, Tech

# As much as a size may be off before it is another model: heads, widths and the vocabulary are rounded.
SIZE_TOLERANCE = 1.5


def differences(
    tech: Tech, candidate: Candidate, amount: Amount, schedule: Schedule, plans: list[Plan]
) -> list[Difference]:
    """Every figure that both documents state, the one beside the other, without an explanation yet."""
    return [*_run(candidate, amount, schedule, plans[0]), *_machines(tech, candidate, plans)]


def _run(candidate: Candidate, amount: Amount, schedule: Schedule, plan: Plan) -> Iterator[Difference]:
    training = candidate.training
    if candidate.params:
        span = (candidate.params / SIZE_TOLERANCE, candidate.params * SIZE_TOLERANCE)
        yield Difference(figure="parameters", machine="", tech=span, here=_at(amount.params))
    if training is None:
        return
    yield Difference(figure="context", machine="", tech=_at(training.context), here=_at(amount.context))
    in_step = training.batch * training.accumulation * plan.machine.count
    yield Difference(figure="tokens", machine="", tech=_at(training.tokens), here=_at(plan.tokens))
    if amount.epochs:
        yield Difference(figure="epochs", machine="", tech=_at(training.epochs), here=_at(amount.epochs.best))
    yield Difference(figure="learning_rate", machine="", tech=_at(training.learning_rate), here=_at(schedule.rate.best))
    yield Difference(figure="step_sequences", machine="", tech=_at(in_step), here=_at(plan.step_sequences))


def _machines(tech: Tech, candidate: Candidate, plans: list[Plan]) -> Iterator[Difference]:
    stated = {tech.machines[0].name: candidate.figures} | {one.machine: one.figures for one in candidate.elsewhere}
    by_name = {plan.machine.name: plan for plan in reversed(plans)}
    for name, figures in stated.items():
        if name in by_name:
            yield from _machine(by_name[name], figures)


def _machine(plan: Plan, figures: Figures) -> Iterator[Difference]:
    name = plan.machine.name
    if figures.train_vram_gb is not None:
        limit = (0.0, figures.train_vram_gb)
        yield Difference(figure="memory_gb", machine=name, tech=limit, here=_at(plan.memory_gb))
    if figures.gpu_hours is not None:
        yield Difference(figure="gpu_hours", machine=name, tech=figures.gpu_hours, here=plan.gpu_hours)
    if figures.wall_hours is not None:
        yield Difference(figure="wall_hours", machine=name, tech=figures.wall_hours, here=plan.wall_hours)
    if figures.cost_usd is not None:
        yield Difference(figure="cost_usd", machine=name, tech=figures.cost_usd, here=plan.cost_usd)


def _at(value: float) -> Range:
    return (float(value), float(value))
