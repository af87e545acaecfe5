"""What is happening while stages run: a live view in a terminal, plain lines everywhere else."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from framework.cli.console import Console
from framework.cli.layout import plain
from framework.runtime.events import Event

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

MARKS: dict[str, tuple[str, str]] = {
    "fresh": ("✓", "dim green"),
    "left_out": ("-", "dim"),
    "passed": ("✓", "bold green"),
    "failed": ("✗", "bold red"),
    "paused": ("•", "yellow"),
    "stopped": ("•", "yellow"),
}
PULSES = {"llm.hearing"}  # how far something has come: for eyes, not for logs
_IDLE = ("fresh", "left_out")  # nothing was done


class Progress(Protocol):
    """Listens to the events of one run."""

    def __call__(self, event: Event) -> None: ...


def progress(console: Console) -> AbstractContextManager[Progress]:
    """The view that fits where the output goes."""
    if console.live:
        return LiveProgress(console)
    return nullcontext(PlainProgress(console))


def sentence(console: Console, event: Event) -> str:
    """What the event says in the catalogue."""
    return console.word(event.key, **event.fields) if event.key else ""


@dataclass
class PlainProgress:
    """One line per event, for logs and pipes."""

    console: Console
    began: dict[str, float] = field(default_factory=dict)

    def __call__(self, event: Event) -> None:
        """Print what happened."""
        if event.kind == "notice":
            self.console.line(sentence(self.console, event))
        elif event.kind == "progress" and event.key not in PULSES:
            self.console.line(f"{event.stage}: {sentence(self.console, event)}")
        elif event.kind not in ("progress", "step_started"):
            self._stage(event)

    def _stage(self, event: Event) -> None:
        now = time.monotonic()
        seconds = now - self.began.setdefault(event.stage, now)
        self.console.say(f"event.{event.kind}", stage=event.stage, agent=event.agent, seconds=f"{seconds:.1f}")


@dataclass
class Row:
    """One stage in the live view."""

    agent: str
    began: float
    doing: str = ""
    state: str = "running"
    seconds: float = 0.0

    def end(self, state: str) -> None:
        """Stop the clock."""
        self.state = state
        self.seconds = time.monotonic() - self.began


class LiveProgress:
    """A line per stage that is redrawn in place: who works, for how long, on what."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rows: dict[str, Row] = {}
        self._live: Live | None = None

    def __enter__(self) -> LiveProgress:
        from rich.live import Live

        self._live = Live(console=self._console.rich, get_renderable=self._draw, refresh_per_second=10)
        self._live.start()
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        for row in self._rows.values():
            if row.state == "running":
                row.end("stopped" if error else "paused")
        if self._live is not None:
            self._live.stop()

    def __call__(self, event: Event) -> None:
        """Take note of what happened; the next redraw shows it."""
        if event.kind == "notice":
            self._console.rich.print(plain(sentence(self._console, event)), style="yellow")
            return
        row = self._rows.setdefault(event.stage, Row(event.agent, time.monotonic()))
        if event.kind == "progress":
            row.doing = sentence(self._console, event)
        elif event.kind == "step_started":
            row.agent = event.agent
        elif event.kind == "stage_started":
            self._rows[event.stage] = Row(event.agent, time.monotonic())
        elif row.state == "running":
            row.end(event.kind.removeprefix("stage_"))

    def _draw(self) -> Table:
        from rich.spinner import Spinner
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2, 0, 0))
        for stage, row in self._rows.items():
            mark = Spinner("dots", style="cyan") if row.state == "running" else Text(*MARKS[row.state])
            seconds = time.monotonic() - row.began if row.state == "running" else row.seconds
            table.add_row(
                mark,
                Text(stage, "dim" if row.state in _IDLE else "bold"),
                Text(row.agent, "cyan"),
                Text(f"{seconds:.1f} s" if row.state not in _IDLE else "", "dim"),
                Text(plain(self._remark(row)), "dim", overflow="ellipsis", no_wrap=True),
            )
        return table

    def _remark(self, row: Row) -> str:
        if row.state in (*_IDLE, "paused", "stopped"):
            return self._console.word(f"event.remark_{row.state}")
        return row.doing if row.state == "running" else ""
