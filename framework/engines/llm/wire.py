"""One call to the endpoint: what is said, what comes back, and every way in which that fails, within a deadline.

The client reads in a thread of its own, since timeouts are per read (a dripping server outlives them) and finding a
host's address has none at all. Whoever waits here is told of progress, can be stopped, and goes when the time is up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread

from framework.engines.llm.settings import LlmSettings
from framework.engines.llm.terms import Reply, Request, WireError

FAREWELL = 0.5  # seconds for the thread to end: an interpreter that goes down around one at work aborts
TICK = 0.1  # seconds between two looks at the clock and at the wish to stop


def unstopped() -> None:
    """For whoever does not want to be stopped."""


def unheard(_characters: int) -> None:
    """For whoever does not want to know how far a reply has come."""


def load_client() -> None:
    """Import the client now (almost two seconds), so that no deadline has to pay for it."""
    from framework.engines.llm import client

    _ = client.speak


def call(
    settings: LlmSettings,
    request: Request,
    until: float,
    stopped: Callable[[], None] = unstopped,
    heard: Callable[[int], None] = unheard,
) -> Reply:
    """The reply; WireError if there is none by then (on the monotonic clock). What `stopped` raises passes through."""
    from framework.engines.llm import client

    pieces: SimpleQueue[str | Reply | WireError | None] = SimpleQueue()
    line = client.Line(settings, request, until)

    def speak() -> None:
        try:
            client.speak(line, pieces.put)
        finally:
            pieces.put(None)  # it has ended, whatever way

    thread = Thread(target=speak, name="llm-call", daemon=True)
    thread.start()
    received = 0
    try:
        while True:
            piece = _next(pieces, until, stopped)
            if isinstance(piece, str):
                received += len(piece)
                heard(received)
            elif isinstance(piece, Reply):
                return piece
            else:
                raise piece or WireError("malformed", "the client has ended without a reply")
    except WireError as error:
        error.received = received
        raise
    finally:
        line.close()
        thread.join(FAREWELL)


def _next(
    pieces: SimpleQueue[str | Reply | WireError | None], until: float, stopped: Callable[[], None]
) -> str | Reply | WireError | None:
    while True:
        stopped()
        left = until - time.monotonic()
        if left <= 0:
            raise WireError("deadline")
        try:
            return pieces.get(timeout=min(left, TICK))
        except Empty:
            continue
