"""The server's own routes: generation, and what operators ask."""

from collections.abc import AsyncIterator
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from scratch_llm.inference.server.engine import Engine, Ticket
from scratch_llm.inference.server.generation import Generation, Piece, usage
from scratch_llm.inference.server.metrics import Metrics
from scratch_llm.inference.server.refusals import ErrorBody, NotReady
from scratch_llm.inference.server.schema import (
    GenerateAnswer,
    GeneratePiece,
    GenerateRequest,
)

_Responses = dict[int | str, dict[str, Any]]
_EVENT = {
    "type": "object",
    "description": "One server-sent event of a stream.",
    "required": ["data"],
    "properties": {"data": {"type": "string", "description": "JSON of a piece or of an error; at last [DONE]"}},
}


def refusals(*statuses: int) -> _Responses:
    """Declare the errors of a route."""
    return {status: {"model": ErrorBody} for status in statuses}


GENERATION: _Responses = {
    200: {"content": {"text/event-stream": {"schema": _EVENT}}},
    **refusals(400, 401, 408, 413, 422, 429, 500, 503, 504),
}


class Status(BaseModel):
    """How the server is."""

    status: Literal["alive", "ready"]


def status_routes(engine: Engine, metrics: Metrics) -> APIRouter:
    """What operators ask; open even where an API key is set."""
    router = APIRouter(tags=["status"])

    @router.get("/health", responses=refusals(503))
    async def health() -> Status:
        """Is the process able to work? If not, only a new one is."""
        if not engine.is_alive:
            raise NotReady("the thread that generates is not running", "start the server again")
        return Status(status="alive")

    @router.get("/ready", responses=refusals(503))
    async def ready() -> Status:
        """Should requests be sent here now? Not before the model runs, and not while the server shuts down."""
        engine.check_ready()
        return Status(status="ready")

    @router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def read_metrics() -> Response:
        """Measures in the format of Prometheus."""
        return Response(metrics.render(), media_type=CONTENT_TYPE_LATEST)

    return router


def generate_routes(generation: Generation) -> APIRouter:
    """The server's own way to ask for text."""
    router = APIRouter(tags=["generate"])

    @router.post("/generate", response_model=GenerateAnswer, responses=GENERATION)
    async def generate(request: Request, body: GenerateRequest) -> GenerateAnswer | StreamingResponse:
        """Continue a text, whole or as server-sent events that end with `[DONE]`."""
        ticket = await generation.continue_text(request, body.prompt, body.sampling, body.max_new_tokens)
        if body.stream:
            return await generation.stream(request, ticket, lambda pieces: _events(ticket, pieces))
        answer = await generation.whole(request, ticket)
        return GenerateAnswer(id=ticket.id, text=answer.text, finish_reason=answer.finish_reason, usage=answer.usage)

    return router


async def _events(ticket: Ticket, pieces: AsyncIterator[Piece]) -> AsyncIterator[GeneratePiece]:
    async for piece in pieces:
        total = usage(ticket) if piece.finish_reason else None
        yield GeneratePiece(id=ticket.id, text=piece.text, finish_reason=piece.finish_reason, usage=total)
