"""What the running service is held to: the requirements, and the service's defaults where they say nothing."""

from __future__ import annotations

from collections.abc import Iterator

from framework.artifacts.base import Strict
from framework.artifacts.requirements import Requirements
from framework.artifacts.running import Objective
from framework.rendering.context import Service

_LEAST_BUDGET = 1e-5  # of requests that may fail, where none may: a share of 0 could not be divided by
# Google's Site Reliability Workbook: an hour at 14.4 times the budget takes a fiftieth of the month's, six hours at 6
# times a twentieth.
_FAST, _SLOW = 14.4, 6.0
_MOST_FAST, _MOST_SLOW = 0.8, 0.5  # of all requests: with a small availability the rates above could never be reached


class Held(Strict):
    """The figures that rules and tests are made from."""

    availability: float
    latency_s: float
    quantile: float
    memory_bytes: float
    queue_places: int
    requests_per_s: float | None

    @property
    def budget(self) -> float:
        """The share of requests that may fail."""
        return max(_LEAST_BUDGET, round(1 - self.availability, 9))

    @property
    def burn_fast(self) -> float:
        """The share of failed requests that nobody should sleep through."""
        return max(self.budget, min(_FAST * self.budget, _MOST_FAST))

    @property
    def burn_slow(self) -> float:
        """The share of failed requests that does not last the month."""
        return max(self.budget, min(_SLOW * self.budget, _MOST_SLOW))

    @property
    def constants(self) -> dict[str, float]:
        """What the rules read, by the name that it is recorded under."""
        found: dict[str, float | None] = {
            "llm:objective:availability_ratio": self.availability,
            "llm:objective:burn_fast_ratio": self.burn_fast,
            "llm:objective:burn_slow_ratio": self.burn_slow,
            "llm:objective:latency_quantile": self.quantile,
            "llm:objective:latency_seconds": self.latency_s,
            "llm:objective:memory_bytes": self.memory_bytes,
            "llm:objective:queue_places": self.queue_places,
            "llm:objective:requests_per_second": self.requests_per_s,
        }
        return {name: float(value) for name, value in found.items() if value is not None}


def held_to(wanted: Requirements, service: Service, memory_bytes: float) -> Held:
    """The service's limits; the memory is what the alarm begins at."""
    return Held(
        availability=service.availability / 100,
        latency_s=service.latency_s,
        quantile=service.percentile / 100,
        memory_bytes=memory_bytes,
        queue_places=service.max_queue,
        requests_per_s=service.requests_per_s if wanted.throughput() else None,
    )


def objectives_of(wanted: Requirements, held: Held) -> list[Objective]:
    """What is compared with the live figures, over an hour."""
    return list(_objectives(wanted, held))


def _objectives(wanted: Requirements, held: Held) -> Iterator[Objective]:
    yield Objective(
        slot="sla.availability",
        kind="availability",
        wanted=f">= {100 * held.availability:g} %",
        stated=wanted.number("sla.availability") is not None,
        threshold=held.availability,
        query="min(1 - llm:errors:ratio_rate1h)",
        broken=f"(1 - llm:errors:ratio_rate1h) < bool {held.availability!r}",
    )
    yield Objective(
        slot="sla.latency_ms",
        kind="latency",
        wanted=f"<= {1000 * held.latency_s:g} ms (p{100 * held.quantile:g})",
        stated=wanted.number("sla.latency_ms") is not None,
        threshold=held.latency_s,
        quantile=held.quantile,
        query="max(llm:latency_seconds:quantile1h)",
        broken=f"llm:latency_seconds:quantile1h > bool {held.latency_s!r}",
    )
    if held.requests_per_s is not None:
        yield Objective(
            slot="sla.throughput",
            kind="throughput",
            wanted=f">= {wanted.throughput()}",
            stated=True,
            threshold=held.requests_per_s,
            query="sum(llm:answers:rate1h) and on () sum(avg_over_time(llm_queue_depth[1h])) >= 1",
            broken=(
                f"(sum by (job) (llm:answers:rate1h) < bool {held.requests_per_s!r})"
                " * (sum by (job) (avg_over_time(llm_queue_depth[1h])) >= bool 1)"
            ),
        )
