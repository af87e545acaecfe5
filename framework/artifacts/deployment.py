"""deploy_report.md: the service as it was started here, what it answered, how fast, and what went wrong on the way."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from framework.artifacts.base import Proof, Strict
from framework.artifacts.env_check import Machine
from framework.artifacts.laid_file import LaidFile
from framework.artifacts.receipts import VOLATILE_OF_RECEIPT, CommandReceipt
from framework.artifacts.records import Device
from framework.artifacts.report import Report

FOLDER = "deploy/docker"
LOCAL = "127.0.0.1"
# fmt: off
# What a working service does, each seen once.
SMOKE = (
    "health", "docs", "metrics", "models", "completion", "stream", "curl", "openai",
    "unknown_model", "broken_body",
)
# fmt: on
# fmt: off
Trouble = Literal[
    "port_taken", "out_of_memory", "bad_weights", "unreadable", "missing_library", "no_gpu", "disk_full", "image_gone",
    "unhealthy", "exited", "slow_start", "unusable", "compose_failed",
]
# fmt: on
Repair = Literal["next_port", "more_memory", "start_again", "more_time", "none"]
Outcome = Literal["running", "failed"]


class Attempt(Strict):
    """One start that went wrong, and what was tried then."""

    trouble: Trouble
    sign: str = Field(description="what was seen: the line, or the state of the container")
    repair: Repair
    value: str = Field(default="", description="the new port or limit")


class Asked(Strict):
    """One thing that a working service does."""

    name: str
    state: Literal["passed", "failed", "absent"]
    seen: str


class Percentiles(Strict):
    """Of what was measured, in milliseconds."""

    p50: float
    p95: float
    p99: float


class Level(Strict):
    """The service with so many clients at once."""

    clients: int
    requests: int = Field(description="those that were answered")
    errors: dict[str, int]
    window_s: float
    latency_ms: Percentiles
    first_token_ms: Percentiles
    asked_ms: float = Field(description="the latency at the percentile of the SLA")
    requests_per_s: float
    tokens_per_s: float
    cpu_cores: float = Field(description="that the container kept busy")
    memory_mb: float = Field(description="of the container after it")

    @property
    def error_share(self) -> float:
        """Of all requests."""
        failed = sum(self.errors.values())
        return failed / max(1, failed + self.requests)


class SlaRow(Strict):
    """One promise, and what was measured. `kept` is none where this machine cannot show it."""

    slot: str
    wanted: str
    measured: str
    clients: int = Field(description="with so many clients at once")
    kept: bool | None
    why: str = ""


class Answers(Strict):
    """The service's answers to the fixed prompts beside those of the same weights without a server."""

    prompts: int
    equal: int
    new_tokens: int
    differing: list[str] = Field(default_factory=list, description="prompt, the service's answer, the offline one")

    @property
    def share(self) -> float:
        """Of the prompts that were answered alike."""
        return self.equal / self.prompts if self.prompts else 0.0


class Bounds(Strict):
    """What the container may take, as the engine has it."""

    memory_mb: int
    cpus: float
    pids: int
    tmpfs_mb: int


class Opening(Strict):
    """One way out of the container that foundry's own compose file does not open."""

    kind: Literal[
        "privileged", "socket", "mount", "shares", "binding", "capabilities", "privileges", "writable", "root"
    ]
    detail: str = ""


class Service(Strict):
    """What runs."""

    image: str
    image_id: str
    weights: str = Field(description="the folder that the weights were taken from, within the project or absolute")
    mounted: bool
    compose_project: str
    compose: str = Field(description="the words of the compose command, for people")
    compose_version: str
    files: list[str] = Field(description="for compose, in their order")
    labels: dict[str, str] = Field(description="that the container is found by")
    address: str
    port: int
    keyed: bool = Field(description="whether the API asks for a key")
    bounds: Bounds
    openings: list[Opening] = Field(default_factory=list, description="as the engine has it, whatever the files say")

    @property
    def url(self) -> str:
        """Where it answers on this machine."""
        return f"http://127.0.0.1:{self.port}"


class Engine(Strict):
    """Where it runs."""

    endpoint: str
    node: str
    version: str


class Deployment(Report, Proof):
    """The deployment."""

    FILE: ClassVar[str] = "deploy_report.md"
    VOLATILE: ClassVar[Any] = {
        "machine": {"disk_free_gb"},
        "started_s": True,
        "at": True,
        "receipts": {"__all__": VOLATILE_OF_RECEIPT},
    }

    outcome: Outcome
    device: Device
    at: str
    service: Service
    engine: Engine
    machine: Machine
    files: list[LaidFile]
    started_s: float = Field(description="until the health check was green")
    attempts: list[Attempt]
    smoke: list[Asked]
    answers: Answers | None
    equal_answers: float = Field(description="the least share that must be equal")
    clients: list[int] = Field(description="the loads that were to be measured")
    percentile: float = Field(description="of the SLA")
    new_tokens: int = Field(description="of each request of the load")
    levels: list[Level]
    sla: list[SlaRow]
    remarks: list[str] = Field(description="what the figures do not show")
    receipts: list[CommandReceipt]
    error_report: str = Field(default="", description="where the failure is told, if it is one")
    issue: str = ""
    log: str = ""

    @property
    def trouble(self) -> Attempt | None:
        """What it failed of."""
        return self.attempts[-1] if self.outcome == "failed" and self.attempts else None

    def body(self) -> str:
        from framework.artifacts.deployment_body import render

        return render(self)

    def headline(self) -> str:
        from framework.artifacts.deployment_body import headline

        return headline(self)
