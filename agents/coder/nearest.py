"""What comes nearest to a wish that cannot be had: another method, more cards, a rented machine, a smaller model."""

from __future__ import annotations

from agents.coder.finalists import Judged
from agents.coder.machines import machine_named
from agents.coder.plan import Draft, Workshop
from framework.artifacts.tech import Machine
from framework.artifacts.tech_figures import gb, hours, money, params
from framework.messages import say


def nearest_to(wish: Judged, ranked: list[Judged], workshop: Workshop) -> list[str]:
    """Ways out, each with its figures; the nearest to the wish first."""
    found = [_other_method(wish, ranked, workshop)]
    if any(conflict.key in ("memory", "serving_memory", "time", "latency", "throughput") for conflict in wish.stops):
        found += [_more_cards(wish, workshop), _rented(wish, workshop)]
    if any(conflict.key in ("time", "budget") for conflict in wish.stops):
        found.append(_fewer_tokens(wish, workshop))
    found.append(_another_model(wish, ranked, workshop))
    if workshop.need.objective == "classification" and wish.stops:
        found.append(say(workshop.need.lang, "technology.nearest_linear"))
    return [text for text in found if text]


def _other_method(wish: Judged, ranked: list[Judged], workshop: Workshop) -> str | None:
    other = next((one for one in ranked if one.title == wish.title and one is not wish and not one.stops), None)
    return _say(workshop, "nearest_method", other) if other else None


def _another_model(wish: Judged, ranked: list[Judged], workshop: Workshop) -> str | None:
    other = next((one for one in ranked if one.title != wish.title and not one.stops), None)
    return _say(workshop, "nearest_model", other) if other else None


def _more_cards(wish: Judged, workshop: Workshop) -> str | None:
    """The smallest number of the same cards that is enough."""
    machine = wish.draft.machine
    if machine.kind in ("apple", "cpu"):
        return None
    for number in (2, 4, 8, 16, 32):
        if number > machine.count:
            more = machine.model_copy(
                update={"count": number, "name": machine.name.replace(f"{machine.count} x", f"{number} x", 1)}
            )
            if text := _where_it_fits(wish, more, "nearest_cards", workshop):
                return text
    return None


def _rented(wish: Judged, workshop: Workshop) -> str | None:
    """The first machine for rent on which it fits, by ML.md's order from cheap to dear."""
    if workshop.need.budget_usd == 0:
        return None
    machines = workshop.policy.machines
    for number in machines.rented_counts:
        for name in machines.rented:
            if text := _where_it_fits(wish, machine_named(name, number), "nearest_rented", workshop):
                return text
    return None


def _where_it_fits(wish: Judged, machine: Machine, key: str, workshop: Workshop) -> str | None:
    draft = workshop.draft(wish.draft.option, machine)
    if not draft.figures.fits or _too_slow(draft, workshop):
        return None
    cost = money(draft.figures.cost_usd) if draft.figures.cost_usd else "-"
    time = hours(workshop.need.lang, draft.figures.wall_hours) if draft.figures.wall_hours else "-"
    needed = draft.figures.train_vram_gb if draft.figures.train_vram_gb is not None else draft.figures.infer_vram_gb
    fields = {"name": draft.name, "machine": machine.name, "memory": gb(needed or 0), "hours": time, "cost": cost}
    return say(workshop.need.lang, f"technology.{key}", **fields)


def _too_slow(draft: Draft, workshop: Workshop) -> bool:
    wall, limit = draft.figures.wall_hours, workshop.need.time_limit_h
    return bool(wall and limit and wall[0] > limit)


def _fewer_tokens(wish: Judged, workshop: Workshop) -> str | None:
    """What the same run gets done within the limits."""
    training, figures = wish.draft.training, wish.draft.figures
    if training is None or figures.wall_hours is None or figures.cost_usd is None:
        return None
    shares = [1.0]
    if workshop.need.time_limit_h:
        shares.append(workshop.need.time_limit_h / figures.wall_hours[1])
    if workshop.need.budget_usd:
        shares.append(workshop.need.budget_usd / figures.cost_usd[1])
    tokens = int(training.tokens * min(shares))
    per_parameter = tokens / max(1, wish.params)
    fields = {"tokens": params(tokens), "wished": params(training.tokens), "ratio": f"{per_parameter:.2g}"}
    return say(workshop.need.lang, "technology.nearest_tokens", **fields)


def _say(workshop: Workshop, key: str, other: Judged) -> str:
    figures = other.draft.figures
    needed = figures.train_vram_gb if figures.train_vram_gb is not None else figures.infer_vram_gb
    fields = {
        "name": other.name,
        "memory": gb(needed or 0),
        "machine": other.draft.machine.name,
        "params": params(other.params),
    }
    return say(workshop.need.lang, f"technology.{key}", **fields)
