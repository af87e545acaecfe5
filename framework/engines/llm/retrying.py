"""Asking again after what passes by itself: with jitter, as the endpoint wishes, and never beyond the deadline."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final

from framework.engines.llm.settings import LlmSettings
from framework.engines.llm.terms import Reply, Trouble, WireError
from framework.engines.llm.wire import TICK

PASSING: Final[frozenset[Trouble]] = frozenset({"unreachable", "broken", "rate_limit", "server"})
_FIRST, _LONGEST = 0.5, 8.0  # seconds


def persistently(
    once: Callable[[], Reply],
    settings: LlmSettings,
    until: float,
    stopped: Callable[[], None],
    chance: Callable[[], float] = random.random,
) -> Reply:
    """The reply of the first call that brings one; the error of the last one if none does."""
    attempt = 0
    while True:
        try:
            return once()
        except WireError as error:
            wait = _wait(error, attempt, chance)
            in_time = wait <= settings.longest_wait_s and time.monotonic() + wait < until
            if error.trouble not in PASSING or attempt >= settings.retries or not in_time:
                raise
            attempt += 1
        _rest(wait, stopped)


def _wait(error: WireError, attempt: int, chance: Callable[[], float]) -> float:
    """What the endpoint asks for and a little more; else twice as long each time. Nobody should call in step."""
    if error.retry_after is not None:
        return error.retry_after + 0.1 * chance()
    return min(_FIRST * 2.0**attempt, _LONGEST) * (0.5 + chance())


def _rest(seconds: float, stopped: Callable[[], None]) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        stopped()
        time.sleep(min(left, TICK))
