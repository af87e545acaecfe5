"""What a service is held to in these tests, and the files that come of it."""

from __future__ import annotations

from pathlib import Path

from agents.tester.equipment import Equipment, Watchers
from agents.tester.objectives import Held, objectives_of
from framework.artifacts.requirements import Item, Project, Requirements
from framework.artifacts.slots import Throughput, Value

WATCHERS = Watchers(
    owner="1000:1000",
    compose_project="tales-1",
    image="tales:cpu-v1",
    scrape_seconds=15,
    prometheus="prometheus:1",
    alertmanager="alertmanager:1",
    grafana="grafana:1",
)


def held(
    availability: float = 0.99, latency_s: float = 0.3, requests_per_s: float | None = None, quantile: float = 0.95
) -> Held:
    return Held(
        availability=availability,
        latency_s=latency_s,
        quantile=quantile,
        memory_bytes=2.5e9,
        queue_places=64,
        requests_per_s=requests_per_s,
    )


def wishes(**values: Value) -> Requirements:
    """Requirements with these slots; `sla_latency_ms` stands for `sla.latency_ms`."""
    items = [
        Item(slot=slot.replace("sla_", "sla."), value=value, provenance="answered", score=1.0)
        for slot, value in values.items()
    ]
    return Requirements(project=Project(name="tales", title="Tales", language="en"), items=items)


def equipment(of: Held, device: str = "cpu", wanted: Requirements | None = None) -> Equipment:
    asked = Throughput(value=of.requests_per_s, unit="req/s") if of.requests_per_s else None
    wanted = wanted or (wishes(sla_throughput=asked) if asked else wishes())
    return Equipment(
        title="Tales",
        name="tales",
        lang="en",
        device=device,
        held=of,
        objectives=objectives_of(wanted, of),
        requirements_sha256="0" * 64,
        watchers=WATCHERS,
    )


def laid(texts: dict[str, str], root: Path) -> Path:
    """The files in a folder; that of the monitoring."""
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root / "deploy/monitoring"
