"""Why a figure differs from the one of tech.md. The reason is derived from what is different, never guessed."""

from __future__ import annotations

from agents.coder.guiding.amounts import Subject
from agents.coder.guiding.full_run import FULL
from framework.artifacts.guidance import Difference, Measured, Plan
from framework.artifacts.tech_figures import count, gb, params
from framework.messages import say


def explained(difference: Difference, subject: Subject, plans: list[Plan], measured: Measured | None) -> Difference:
    """The difference with its reason; as it is where there is nothing to explain."""
    if difference.inside:
        return difference
    plan = next((plan for plan in plans if plan.machine.name == difference.machine), plans[0])
    return difference.model_copy(update={"why": _why(difference, subject, plan, measured)})


def _why(difference: Difference, subject: Subject, plan: Plan, measured: Measured | None) -> str:
    figure = difference.figure
    fields = _run_fields(subject) | _plan_fields(plan)
    if figure == "memory_gb":
        return say(subject.lang, "guidance.why_memory_gb", **fields, **_planned_batch(subject))
    if figure in ("gpu_hours", "wall_hours", "cost_usd"):
        if measured and measured.speed_factor and plan.machine.kind == "cpu":
            return say(subject.lang, "guidance.why_measured", share=f"{measured.speed_factor:.0%}")
        return say(subject.lang, "guidance.why_hours", **fields, **_planned_batch(subject), **_planned_size(subject))
    return say(subject.lang, f"guidance.why_{figure}", **fields)


def _run_fields(subject: Subject) -> dict[str, str]:
    run = subject.run
    held = subject.dataset_tokens
    return {
        "file": FULL,
        "layers": f"{run.model.n_layer}",
        "width": f"{run.model.d_model}",
        "vocab": count(run.vocab),
        "context": count(run.context),
        "rate": f"{run.optimizer.params.lr:g}",
        "steps": count(subject.steps),
        "in_step": count(subject.in_step),
        "tokens": params(subject.tokens),
        "dataset": run.data.dataset_name,
        "held": params(held),
    }


def _plan_fields(plan: Plan) -> dict[str, str]:
    return {
        "batch": count(plan.batch.best),
        "accumulation": count(plan.accumulation),
        "cards": count(plan.machine.count),
        "strategy": plan.sharing.strategy,
        "usable": gb(plan.usable_gb),
    }


def _planned_batch(subject: Subject) -> dict[str, str]:
    training = subject.candidate.training
    sharded = bool(training and training.sharded)
    return {"planned": count(training.batch) if training else "-", "planned_strategy": "fsdp2" if sharded else "ddp"}


def _planned_size(subject: Subject) -> dict[str, str]:
    training = subject.candidate.training
    return {
        "planned_tokens": params(training.tokens if training else None),
        "planned_params": params(subject.candidate.params),
    }
