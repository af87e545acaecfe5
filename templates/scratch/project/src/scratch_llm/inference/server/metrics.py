"""What Prometheus reads; one registry per app, so that two apps in one process do not mix."""

from collections.abc import Iterable

import torch
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector, generate_latest

from scratch_llm import __version__

_REQUEST_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_TOKEN_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
OUTCOMES = ("stop", "length", "client_left", "deadline_passed", "generation_failed", "not_ready")


class Metrics:
    """All measures of one app. Their names do not depend on the package's name: dashboards stay valid."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.requests = Counter("llm_requests", "Answered requests", ["route", "status"], registry=registry)
        self.latency = Histogram(
            "llm_request_seconds", "Time to the end of an answer", ["route"], buckets=_REQUEST_S, registry=registry
        )
        self.time_to_first_token = Histogram(
            "llm_time_to_first_token_seconds", "Waiting included", buckets=_REQUEST_S, registry=registry
        )
        self.time_per_token = Histogram(
            "llm_time_per_token_seconds", "After the first token", buckets=_TOKEN_S, registry=registry
        )
        self.prompt_tokens = Counter("llm_prompt_tokens", "Tokens taken in", registry=registry)
        self.new_tokens = Counter("llm_generated_tokens", "Tokens given out", registry=registry)
        self.finished = Counter("llm_finished", "Generations by how they ended", ["outcome"], registry=registry)
        self.waiting = Gauge("llm_queue_depth", "Requests that wait for a slot", registry=registry)
        self.active = Gauge("llm_active_requests", "Requests that are being generated", registry=registry)
        self.device_memory = Gauge("llm_device_memory_bytes", "GPU memory held by tensors", registry=registry)
        self.device_memory.set_function(torch.cuda.memory_allocated)  # 0 where there is no GPU
        self._build = Info("llm_build", "What is served", registry=registry)
        ProcessCollector(registry=registry)  # process_resident_memory_bytes and its kin (Linux)
        for outcome in OUTCOMES:
            self.finished.labels(outcome)

    def describe(self, model: str, backend: str) -> None:
        """Say what is served."""
        self._build.info({"version": __version__, "torch": torch.__version__, "model": model, "backend": backend})

    def expect(self, route: str, statuses: Iterable[int]) -> None:
        """Start counters at 0, so that the first event already shows in a rate."""
        self.latency.labels(route)
        for status in statuses:
            self.requests.labels(route, str(status))

    def render(self) -> bytes:
        """Prometheus' text format."""
        return generate_latest(self.registry)
