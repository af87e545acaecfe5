"""What happens around every request: an id, one log line, counters; then the API key; then the size of the body.

Plain ASGI, because Starlette's BaseHTTPMiddleware hides a client that has left from the routes.
"""

import asyncio
import hmac
import logging
import re
import time
import uuid
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scratch_llm.inference.server.metrics import Metrics
from scratch_llm.inference.server.refusals import (
    BodyTooLarge,
    BodyTooSlow,
    Unauthorized,
    error_response,
)

_log = logging.getLogger("scratch_llm.access")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
OPEN_PATHS = frozenset({"/health", "/ready", "/metrics", "/docs", "/redoc", "/openapi.json"})


class Observed:
    """Gives each request an id, and logs and counts how it ended."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status, began = 500, time.monotonic()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            self._record(scope, status, time.monotonic() - began)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")  # never the raw path: anyone could invent new labels
        self._metrics.requests.labels(route, str(status)).inc()
        self._metrics.latency.labels(route).observe(seconds)
        state = scope["state"]
        fields: dict[str, Any] = {
            "request_id": state["request_id"],
            "method": scope["method"],
            "route": route,
            "status": status,
            "seconds": round(seconds, 4),
        }
        if ticket := state.get("ticket"):
            fields |= {
                "prompt_tokens": ticket.n_prompt_tokens,
                "generated_tokens": ticket.n_new_tokens,
                "outcome": ticket.outcome,
            }
        if "prompt" in state:
            fields["prompt"] = state["prompt"]
        # Probes ask every few seconds; they are told only when something is wrong.
        level = logging.DEBUG if route in OPEN_PATHS and status < 400 else logging.INFO
        _log.log(level, "request", extra={"fields": fields})


class KeyProtected:
    """Asks for the API key before anything of the request is read."""

    def __init__(self, app: ASGIApp, api_key: str) -> None:
        self._app = app
        self._api_key = api_key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS or self._may_enter(scope):
            await self._app(scope, receive, send)
            return
        refusal = Unauthorized("the API key is missing or wrong", "send it as 'Authorization: Bearer <key>'")
        await error_response(refusal.body, refusal.status, refusal.headers)(scope, receive, send)

    def _may_enter(self, scope: Scope) -> bool:
        scheme, _, key = Headers(scope=scope).get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(key.strip().encode("latin-1"), self._api_key)


class BodyLimited:
    """Stops reading a body that is too large, whether or not its length was announced, or that does not arrive."""

    def __init__(self, app: ASGIApp, max_bytes: int, seconds: float) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        n_byte, is_whole = 0, False
        until = asyncio.get_running_loop().time() + self._seconds
        announced = Headers(scope=scope).get("content-length", "0") if scope["type"] == "http" else "0"

        async def receive_within_limit() -> Message:
            nonlocal n_byte, is_whole
            if announced.isdigit() and int(announced) > self._max_bytes:
                raise self._too_large()
            try:
                # After the body comes only the news that the client has left, for which one waits without a limit.
                async with asyncio.timeout_at(None if is_whole else until):
                    message = await receive()
            except TimeoutError:
                raise self._too_slow() from None
            is_whole = not message.get("more_body", False)
            n_byte += len(message.get("body", b""))
            if n_byte > self._max_bytes:
                raise self._too_large()
            return message

        await self._app(scope, receive_within_limit, send)

    def _too_slow(self) -> HTTPException:
        message = f"the body was not there within {self._seconds:g} s"
        return HTTPException(BodyTooSlow.status, message, {"Connection": "close"})  # the rest may still come

    def _too_large(self) -> HTTPException:
        # An HTTPException, the one error that FastAPI lets through while it reads a body.
        message = f"the body is larger than {self._max_bytes} bytes"
        return HTTPException(BodyTooLarge.status, message)
