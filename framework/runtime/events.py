"""What is happening now, told to whoever listens (the progress display, the log)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

EventKind = Literal[
    "stage_started",
    "step_started",
    "progress",
    "stage_fresh",
    "stage_left_out",
    "stage_passed",
    "stage_failed",
    "notice",
]


@dataclass(frozen=True)
class Event:
    """One thing that happened in a run. `key` and `fields` name a sentence of the message catalogue."""

    kind: EventKind
    stage: str
    agent: str = ""
    key: str = ""
    fields: dict[str, object] = field(default_factory=dict)


Listener = Callable[[Event], None]
