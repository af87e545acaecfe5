"""The account of the terms it stands under: limits in service, licence, privacy, network, Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from agents.coder.scratch.case import Made, Outcome, texts_of
from agents.coder.scratch.identity import NO_LICENSE, is_supported, wished_minor
from agents.coder.scratch.sources import Supply
from framework.artifacts.requirements import Item
from framework.rendering.context import LicenseName

_ALERTS, _SERVER = "monitoring/alerts.yaml", "configs/serve/project.yaml"
_LOAD = "benchmarks/server_load.py"
_LICENSES = tuple(name.lower() for name in get_args(LicenseName))


def _latency(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    service, serving = made.context.service, made.case.choice.serving
    expected = f"{serving.latency_ms[0]:g}-{serving.latency_ms[1]:g} ms" if serving else "-"
    fields = {"limit": service.latency_s, "percentile": f"{service.percentile:g}", "deadline": service.deadline_s}
    yield made.covered(item.slot, str(item.value), "latency", [_SERVER, _ALERTS, _LOAD], expected=expected, **fields)


def _throughput(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    service = made.context.service
    fields = {"rate": f"{service.requests_per_s or 0:g}", "slots": service.n_slot, "queue": service.max_queue}
    yield made.covered("sla.throughput", str(item.value), "throughput", [_SERVER, _ALERTS, _LOAD], **fields)


def _availability(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    share = f"{made.context.service.availability:g}"
    yield made.covered("sla.availability", str(item.value), "availability", [_ALERTS], share=share)


def _offline(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    if item.value is not True:
        yield made.covered("offline", "false", "online", [])
        return
    used = ", ".join(made.called(supply.name) for supply in supplies)
    files = [f"configs/{supply.task}/full.yaml" for supply in supplies]
    yield made.covered("offline", "true", "offline", files, used=used)


def _license(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    for text in texts_of(item):
        if text.lower() == "commercial":
            yield from _commercial(made, supplies)
        elif text.lower() in NO_LICENSE:
            yield _openness(made, text)
        else:
            yield _one_license(made, text)


def _openness(made: Made, text: str) -> Outcome:
    own = made.context.identity.license
    if text.lower() == "open source" and own == "proprietary":
        return made.unmet("license", text, "closed", own=own)
    return made.covered("license", text, "license", ["LICENSE", "pyproject.toml"], own=own)


def _one_license(made: Made, text: str) -> Outcome:
    own = made.context.identity.license
    if text.lower() == own.lower():
        return made.covered("license", text, "license", ["LICENSE", "pyproject.toml"], own=own)
    if text.lower() in _LICENSES:
        return made.unmet("license", text, "second_license", own=own)
    return made.unmet("license", text, "license", own=own, known=", ".join(get_args(LicenseName)))


def _commercial(made: Made, supplies: list[Supply]) -> Iterator[Outcome]:
    doubtful = [supply.name for supply in supplies if supply.source and not supply.source.sellable]
    if doubtful:
        yield made.unmet("license", "commercial", "commercial", used=", ".join(doubtful))
    else:
        own, used = made.context.identity.license, ", ".join(made.called(supply.name) for supply in supplies)
        yield made.covered("license", "commercial", "commercial", ["LICENSE"], own=own, used=used)


def _privacy(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    for text in texts_of(item):
        if text == "on-premises":
            files = [f"{made.package}/config/serve.py", f"{made.package}/inference/server/logs.py"]
            yield made.covered("privacy", text, "on_premises", files)
        else:
            yield made.unmet("privacy", text, "privacy")


def _python(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    have = made.context.identity.python
    wished = wished_minor(made.case.wanted)
    if is_supported(wished):
        files = ["pyproject.toml", ".github/workflows/test.yml"]
        tested = ", ".join(made.context.identity.pythons)
        yield made.covered("python", str(item.value), "python", files, have=have, wished=f"3.{wished}", tested=tested)
    else:
        yield made.unmet("python", str(item.value), "python", have=have)


RULES = {
    "sla.latency_ms": _latency,
    "sla.percentile": _latency,
    "sla.throughput": _throughput,
    "sla.availability": _availability,
    "offline": _offline,
    "license": _license,
    "privacy": _privacy,
    "python": _python,
}
