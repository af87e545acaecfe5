"""Signals as a program at a terminal gets them."""

from __future__ import annotations

import signal


def hear_all() -> None:
    """For a child of tests that were started with nohup or in the background: what they ignore, it would ignore too."""
    for one in (signal.SIGINT, signal.SIGHUP):
        signal.signal(one, signal.SIG_DFL)
