"""Ctrl-C: the first one stops at the next safe point, the second one at once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from framework.errors import Interrupted


class StopRequest:
    """Whether the user has asked to stop."""

    def __init__(self) -> None:
        self._asked = False

    def check(self) -> None:
        """A safe point: everything finished is on disk."""
        if self._asked:
            raise Interrupted("stopped as you asked; everything that was finished is kept.")

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take Ctrl-C while stages run. Prompts are outside of it and see an ordinary Ctrl-C."""
        previous = signal.signal(signal.SIGINT, self._on_signal)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
