"""How it is served: slots and queue by the load that is asked for, alerts by the limits that are asked for."""

from __future__ import annotations

import math

from agents.coder.scratch.case import Case
from agents.coder.scratch.shape import cache_bytes_of, parameters_of
from framework.artifacts.slots import Throughput
from framework.rendering.context import Model, Service

LATENCY_S, PERCENTILE, AVAILABILITY = 10.0, 95.0, 99.0  # where nothing is said
ANSWER_TOKENS = 128  # the length that an answer is reckoned with
_DEADLINE_S = 60.0
_SLOTS = (4, 8, 16, 32, 64, 128)
_USUAL_SLOTS = 16
_RUNTIME_GB = 1.5  # what Python, PyTorch and the server hold besides weights and caches
_ALERT_SHARE = 1.3


def service_of(case: Case, model: Model, vocab: int) -> Service:
    """The server's limits and the alerts' thresholds."""
    latency = (case.wanted.number("sla.latency_ms") or 1000 * LATENCY_S) / 1000
    rate = requests_per_s(case.wanted.throughput(), _answer_tokens(case))
    slots = _slots(case, rate, model)
    return Service(
        n_slot=slots,
        max_queue=4 * slots,
        max_new_tokens=max(1, min(1024, model.context_length // 2)),
        deadline_s=_deadline(case, latency),
        latency_s=latency,
        percentile=case.wanted.number("sla.percentile") or PERCENTILE,
        availability=case.wanted.number("sla.availability") or AVAILABILITY,
        requests_per_s=rate,
        memory_gb=_memory_gb(case, model, vocab, slots),
    )


def requests_per_s(asked: Throughput | None, answer_tokens: int) -> float | None:
    """Tokens per second are told as answers of the usual length."""
    if asked is None:
        return None
    return asked.value if asked.unit == "req/s" else float(f"{asked.value / answer_tokens:.3g}")


def _answer_tokens(case: Case) -> int:
    return (case.choice.serving.answer_tokens if case.choice.serving else None) or ANSWER_TOKENS


def _deadline(case: Case, latency: float) -> float:
    """Ten times the latency that is asked for, but long enough for a queue and short enough for a person."""
    if case.wanted.number("sla.latency_ms") is None:
        return _DEADLINE_S
    return max(2 * latency, min(_DEADLINE_S, max(5.0, 10 * latency)))


def _slots(case: Case, rate: float | None, model: Model) -> int:
    """Requests that are in work at once are their rate times their time; caches get half of the machine at most."""
    alone = case.choice.serving.latency_ms[1] / 1000 if case.choice.serving else 1.0
    wished = _USUAL_SLOTS if rate is None else math.ceil(rate * alone)
    room = case.machine.memory_gb * 1e9 / 2 / max(1, cache_bytes_of(model, _number_bytes(case)))
    enough = [slots for slots in _SLOTS if slots >= wished] or [_SLOTS[-1]]
    return max(1, min(enough[0], int(room)))


def _number_bytes(case: Case) -> int:
    return 4 if case.machine.kind == "cpu" else 2


def _memory_gb(case: Case, model: Model, vocab: int, slots: int) -> float:
    """Weights in single precision, full caches and the runtime, or what tech.md reckons where that is more."""
    held = 4 * parameters_of(model, vocab) + slots * cache_bytes_of(model, _number_bytes(case))
    reckoned = case.choice.figures.infer_vram_gb or 0.0
    return math.ceil(2 * _ALERT_SHARE * max(held / 1e9 + _RUNTIME_GB, reckoned)) / 2
