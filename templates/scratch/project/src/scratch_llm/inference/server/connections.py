"""Connections that say nothing hold no place: their number and patience are bounded here, as uvicorn does not do it.

uvicorn waits for ever for the head of a request, and refuses whoever comes once too many wait: a few hundred half-sent
requests would shut out everybody, the health check too. Here a head has a time limit like a body; when all places are
taken, whoever has been silent for longest goes; and what operators ask is answered though all the others are at work.
"""

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from scratch_llm.inference.server.middleware import OPEN_PATHS
from scratch_llm.inference.server.refusals import ServerFull, error_response

_RESERVE = 64  # connections beyond the limit, for operators: of those no more than this are even accepted


def bounded(max_connections: int, head_s: float) -> type[asyncio.Protocol]:
    """Make the protocol of a server's connections."""

    class Bounded(Connection):
        most, patience_s = max_connections, head_s

    return Bounded


class Connection(H11Protocol):
    """One connection of a client."""

    most: int
    patience_s: float

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._serve = self.app
        self.app = self._admit
        self._patience: asyncio.TimerHandle | None = None
        self._silent_since = self.loop.time()

    @property
    def is_silent(self) -> bool:
        """Whether it has no request in work."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Take a place, if need be that of the one that has been silent for longest."""
        super().connection_made(transport)
        self._expect_head()
        if len(self.connections) > self.most:
            others = [one for one in self.connections if one is not self and isinstance(one, Connection)]
            silent = [one for one in others if one.is_silent and not one.transport.is_closing()]
            if silent:
                min(silent, key=lambda one: one._silent_since).hang_up()
            elif len(self.connections) > self.most + _RESERVE:
                self.hang_up()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._stop_expecting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Each head has its time, also that of a later request; a body's is the middleware's matter."""
        super().data_received(data)
        if self.is_silent:
            self._expect_head()
        else:
            self._stop_expecting()

    def on_response_complete(self) -> None:
        """From now on it is silent."""
        self._silent_since = self.loop.time()
        super().on_response_complete()

    def hang_up(self) -> None:
        """At once: a client that does not read would keep it open."""
        self.connections.discard(self)
        self.transport.abort()

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Beyond the limit only what operators ask is answered."""
        if len(self.connections) <= self.most or scope["path"] in OPEN_PATHS:
            await self._serve(scope, receive, send)
            return
        refusal = ServerFull(f"{self.most} connections are open, as many as there is room for", "try again soon")
        headers = {**refusal.headers, "Connection": "close"}
        await error_response(refusal.body, refusal.status, headers)(scope, receive, send)

    def _expect_head(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(self.patience_s, self._give_up)

    def _stop_expecting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if self.is_silent:
            self.hang_up()
