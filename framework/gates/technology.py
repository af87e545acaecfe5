"""The gate of tech.md (W-F2): a real choice, every candidate with its data and limits, no wish dropped in silence."""

from __future__ import annotations

from collections.abc import Iterator

from framework.artifacts.files import ProjectFiles
from framework.artifacts.records import Finding, Verdict
from framework.artifacts.requirements import Requirements
from framework.artifacts.tech import Candidate, Range, Tech
from framework.messages import say

LEAST = 2
_RANGES = ("gpu_hours", "wall_hours", "cost_usd")
_MEMORY = ("train_vram_gb", "infer_vram_gb")


def judge(files: ProjectFiles) -> Verdict:
    """At least two candidates with data and constraints, one of them recommended, and every unmet wish named."""
    tech = files.read_artifact(Tech)
    findings = [
        *_choice(tech),
        *(finding for candidate in tech.candidates for finding in _candidate(tech, candidate)),
        *_wishes(tech, files.read_artifact(Requirements)),
    ]
    return Verdict(findings=findings)


def _error(tech: Tech, where: str, key: str, **fields: object) -> Finding:
    return Finding(severity="error", where=where, message=say(tech.language, f"technology.gate_{key}", **fields))


def _choice(tech: Tech) -> Iterator[Finding]:
    names = [candidate.name for candidate in tech.candidates]
    if len(names) < LEAST:
        yield _error(tech, "candidates", "few", count=len(names))
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield _error(tech, "candidates", "twice", name=name)
    if tech.recommended not in names:
        yield _error(tech, "recommended", "recommended", name=tech.recommended, names=", ".join(names))
    if not tech.machines:
        yield _error(tech, "machines", "no_machine")
    best, works = tech.choice, [candidate for candidate in tech.candidates if candidate.feasible]
    if best and works and not best.feasible:
        slots = ", ".join(conflict.slot for conflict in best.conflicts if conflict.severity == "stop")
        yield _error(tech, "recommended", "infeasible", name=best.name, slots=slots, other=works[0].name)


def _candidate(tech: Tech, candidate: Candidate) -> Iterator[Finding]:
    for which, data in (("mini", candidate.data.mini), ("full", candidate.data.full)):
        if not data.name.strip():
            yield _error(tech, candidate.name, "no_data", name=candidate.name, which=which)
    yield from _ranges(tech, candidate)
    yield from _memory(tech, candidate)


def _ranges(tech: Tech, candidate: Candidate) -> Iterator[Finding]:
    for field in _RANGES:
        span: Range | None = getattr(candidate.figures, field)
        if span is None:
            yield from _unexplained(tech, candidate, field)
        elif not 0 <= span[0] <= span[1]:
            fields = {"field": field, "low": span[0], "high": span[1]}
            yield _error(tech, candidate.name, "range", name=candidate.name, **fields)


def _memory(tech: Tech, candidate: Candidate) -> Iterator[Finding]:
    for field in _MEMORY:
        value: float | None = getattr(candidate.figures, field)
        if value is None:
            yield from _unexplained(tech, candidate, field)
        elif value <= 0:
            yield _error(tech, candidate.name, "memory", name=candidate.name, field=field, value=value)
    needed = candidate.figures.train_vram_gb
    if needed is not None and tech.machines and candidate.figures.fits and needed > tech.machines[0].memory_gb:
        fields = {"needed": needed, "memory": tech.machines[0].memory_gb}
        yield _error(tech, candidate.name, "fits", name=candidate.name, **fields)


def _unexplained(tech: Tech, candidate: Candidate, field: str) -> Iterator[Finding]:
    if not candidate.figures.unknown_because.strip():
        yield _error(tech, candidate.name, "unexplained", name=candidate.name, field=field)


def _wishes(tech: Tech, wanted: Requirements) -> Iterator[Finding]:
    """The wishes that a program can compare with the recommendation. Each is fulfilled or stands under `unmet`."""
    named = {unmet.slot for unmet in tech.unmet}
    for slot in dict.fromkeys(_unfulfilled(tech, wanted)):
        if slot not in named:
            wish = wanted.text(slot) or say(tech.language, "technology.not_stated")
            yield _error(tech, slot, "unmet", slot=slot, wish=wish, name=tech.recommended)
    for unmet in tech.unmet:
        if not unmet.nearest:
            yield _error(tech, unmet.slot, "unmet_nearest", slot=unmet.slot)


def _unfulfilled(tech: Tech, wanted: Requirements) -> Iterator[str]:
    best = tech.choice
    if best is None:
        return
    yield from (conflict.slot for conflict in best.conflicts if conflict.severity == "stop")
    if wanted.texts("base_model") and not best.named_by_user:
        yield "base_model"
    tuning = {"full", "lora", "qlora"} & {method.lower() for method in wanted.texts("method")}
    if tuning and best.method not in tuning | {"as_is"}:
        yield "method"
    limit, wall = wanted.number("time_limit_h"), best.figures.wall_hours
    if limit and wall and wall[0] > limit:
        yield "time_limit_h"
    budget, cost = wanted.number("budget_usd"), best.figures.cost_usd
    if budget and cost and cost[0] > budget:
        yield "budget_usd"
