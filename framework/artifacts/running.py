"""docker_running_report.md: what watches the service, what was seen of it, and what became of every requirement."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from framework.artifacts.base import Proof, Strict
from framework.artifacts.laid_file import LaidFile
from framework.artifacts.receipts import VOLATILE_OF_RECEIPT, CommandReceipt
from framework.artifacts.report import Report

State = Literal["passed", "failed", "unverified"]
Fulfilment = Literal["met", "unmet", "small", "configured", "unverified"]  # small: seen on the small model alone


class Objective(Strict):
    """A requirement that the running service is held to, as Prometheus sees it."""

    slot: str
    kind: Literal["availability", "latency", "throughput"]
    wanted: str
    stated: bool = Field(description="whether the requirements say so; else it is the service's default")
    threshold: float = Field(description="a share, seconds, or requests a second")
    quantile: float | None = Field(default=None, description="of the latency")
    query: str = Field(description="the live figure, over an hour")
    broken: str = Field(description="1 where it is not kept")


class Check(Strict):
    """One thing that was looked at, and what came of it."""

    name: str
    state: State
    detail: str = ""


class PanelQuery(Strict):
    """A query of the dashboard, run against a Prometheus that really scraped the service."""

    panel: str
    expr: str
    state: State
    value: float | None = None


class Drill(Strict):
    """An alert that was made to fire and to resolve; the seconds since the cause began, and since it ended."""

    alert: str
    fired_s: float | None
    resolved_s: float | None
    notified: list[str] = Field(description="what reached the receiver through Alertmanager: firing, resolved")

    @property
    def complete(self) -> bool:
        """Whether it came and went."""
        return self.fired_s is not None and self.resolved_s is not None


class Seen(Strict):
    """What the program that tries the monitoring saw."""

    checks: list[Check]
    queries: list[PanelQuery]
    drill: Drill | None

    @property
    def unverified(self) -> list[Check]:
        """What could not be tried on this machine."""
        return [check for check in self.checks if check.state == "unverified"]


class Walked(Strict):
    """A value of the requirements, and what became of it."""

    slot: str
    value: str
    provenance: str
    state: Fulfilment
    evidence: str = Field(description="what was measured or proven, or why nothing was")
    source: str = Field(description="the report or file that it stands in")


class Served(Strict):
    """The weights that the service answers with, as their own files tell it."""

    path: str
    small: bool = Field(description="whether they are those of the run that only proves the code")
    parameters: int | None = Field(default=None, description="counted in their file; none where it does not tell")
    context: int | None = Field(default=None, description="the longest text, in tokens")
    data: str = Field(default="", description="what they have learned from; empty where nothing tells")
    shaped: bool = Field(default=False, description="whether the model is that of the project's full run")
    learned: bool = Field(default=False, description="whether they have learned what the full run is to teach")


class Running(Report, Proof):
    """The service as it runs."""

    FILE: ClassVar[str] = "docker_running_report.md"
    TELLS_UNMET: ClassVar[bool] = True
    VOLATILE: ClassVar[Any] = {
        "receipts": {"__all__": VOLATILE_OF_RECEIPT},
        "seen": {
            "drill": {"fired_s", "resolved_s"},
            "queries": {"__all__": {"value"}},
            "checks": {"__all__": {"detail"}},
        },
    }

    url: str = Field(description="of the service that was watched")
    image: str
    remarks: list[str] = Field(description="what the figures of the deployment do not show")
    alerts: list[str] = Field(description="every alert that the rules hold")
    objectives: list[Objective]
    files: list[LaidFile] = Field(description="that watch the service or replace it")
    receipts: list[CommandReceipt]
    seen: Seen
    served: Served | None = Field(default=None, description="what the requirements on the model were held against")
    walked: list[Walked] = Field(default_factory=list, description="empty until the requirements have been walked")

    def body(self) -> str:
        from framework.artifacts.running_body import render

        return render(self)

    def headline(self) -> str:
        from framework.artifacts.running_body import headline

        return headline(self)

    def unmet_wishes(self) -> list[str]:
        from framework.artifacts.running_body import unmet

        return unmet(self)
