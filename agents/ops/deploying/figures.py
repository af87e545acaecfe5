"""What the clients saw, as figures; and the figures beside the SLA of requirements.md."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from framework.artifacts.base import Strict
from framework.artifacts.deployment import Level, Percentiles, SlaRow
from framework.artifacts.requirements import Requirements
from framework.messages import Lang, say

USUAL_PERCENTILE = 95.0
_MS = 1000
_OF_THREE = 3  # where none of n failed, at most 3 of n do, with a certainty of 95 %


class Load(Strict):
    """What ask_service.py writes of a load: for each request its seconds, those to the first piece, and its tokens."""

    clients: int
    window_s: float
    busy_s: float
    answers: list[tuple[float, float, int]]
    errors: dict[str, int]


@dataclass(frozen=True)
class Taken:
    """What the container took while it was under load."""

    cpu_s: float
    memory_bytes: int


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so many per cent of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)]


def level_of(load: Load, taken: Taken, share: float) -> Level:
    """One load in figures; at least one request was answered."""
    latency = [seconds * _MS for seconds, _, _ in load.answers]
    first = [seconds * _MS for _, seconds, _ in load.answers]
    return Level(
        clients=load.clients,
        requests=len(load.answers),
        errors=load.errors,
        window_s=round(load.window_s, 2),
        latency_ms=_percentiles(latency),
        first_token_ms=_percentiles(first),
        asked_ms=round(percentile(latency, share), 1),
        requests_per_s=round(len(load.answers) / load.window_s, 2),
        tokens_per_s=round(sum(tokens for _, _, tokens in load.answers) / load.window_s, 1),
        cpu_cores=round(taken.cpu_s / load.busy_s, 2),
        memory_mb=round(taken.memory_bytes / (1 << 20), 1),
    )


def _percentiles(values: Sequence[float]) -> Percentiles:
    p50, p95, p99 = (round(percentile(values, share), 1) for share in (50, 95, 99))
    return Percentiles(p50=p50, p95=p95, p99=p99)


def asked_percentile(wanted: Requirements) -> float:
    """That the latency is promised at."""
    return wanted.number("sla.percentile") or USUAL_PERCENTILE


def sla_rows(wanted: Requirements, levels: Sequence[Level], lang: Lang, unproven: str) -> list[SlaRow]:
    """Each promise with what was measured; `unproven` says why a broken one proves nothing, if that is so."""
    rows = list(_rows(wanted, levels, lang))
    return [row.model_copy(update={"kept": None, "why": unproven}) if unproven else row for row in rows]


def _rows(wanted: Requirements, levels: Sequence[Level], lang: Lang) -> Iterator[SlaRow]:
    """A throughput has to be had while the latency is kept; a latency alone, by one client."""
    limit, speed = wanted.number("sla.latency_ms"), wanted.throughput()
    within = [one for one in levels if limit is None or one.asked_ms <= limit]
    busiest = max(within or levels, key=lambda one: one.requests_per_s)
    if limit is not None:
        shown = busiest if within else min(levels, key=lambda one: one.asked_ms)
        share = f"p{asked_percentile(wanted):g}"
        yield SlaRow(
            slot="sla.latency_ms",
            wanted=say(lang, "deploy.sla_latency", share=share, value=f"{limit:g}"),
            measured=say(lang, "deploy.sla_latency_seen", share=share, value=f"{shown.asked_ms:g}"),
            clients=shown.clients,
            kept=bool(within),
        )
    if speed is not None:
        reached = busiest.requests_per_s if speed.unit == "req/s" else busiest.tokens_per_s
        yield SlaRow(
            slot="sla.throughput",
            wanted=str(speed),
            measured=f"{reached:g} {speed.unit}",
            clients=busiest.clients,
            kept=bool(within) and reached >= speed.value,
        )
    yield from _availability(wanted, levels, lang)


def _availability(wanted: Requirements, levels: Sequence[Level], lang: Lang) -> Iterator[SlaRow]:
    """Of the sample; a month is the monitoring's to judge."""
    share = wanted.number("sla.availability")
    if share is None:
        return
    requests = sum(one.requests + sum(one.errors.values()) for one in levels)
    answered = 100 * sum(one.requests for one in levels) / max(1, requests)
    telling = _OF_THREE / (1 - share / 100) if share < 100 else math.inf
    too_few = answered >= share and requests < telling
    yield SlaRow(
        slot="sla.availability",
        wanted=f"{share:g} %",
        measured=say(lang, "deploy.sla_answered", value=f"{answered:.4g}", count=requests),
        clients=max(one.clients for one in levels),
        kept=None if too_few else answered >= share,
        why=say(lang, "deploy.sla_few", count=requests, needed=f"{telling:.0f}") if too_few else "",
    )
