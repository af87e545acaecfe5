"""From a request's wishes to an answer, sent whole or as server-sent events."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import cast

from fastapi import Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from scratch_llm.inference.request import FinishReason, SamplingParams
from scratch_llm.inference.server.engine import Engine, Ticket
from scratch_llm.inference.server.limits import Limits
from scratch_llm.inference.server.refusals import Refusal
from scratch_llm.inference.server.schema import Usage
from scratch_llm.tokenizers import Message, Tokenizer, encode_chat

_DONE = "data: [DONE]\n\n"


@dataclass(frozen=True)
class Answer:
    """A complete answer."""

    text: str
    finish_reason: FinishReason
    usage: Usage


@dataclass(frozen=True)
class Piece:
    """Text that has become certain; the last piece of an answer has a finish_reason."""

    text: str
    finish_reason: FinishReason | None


@dataclass(frozen=True)
class Generation:
    """What the routes work with."""

    engine: Engine
    tokenizer: Tokenizer
    limits: Limits
    log_prompts: bool

    async def continue_text(self, request: Request, prompt: str, wishes: SamplingParams, wanted: int | None) -> Ticket:
        """Begin to continue a text; `wanted` new tokens, or the default."""
        if self.log_prompts:
            request.state.prompt = prompt
        return await self._begin(request, lambda: self.tokenizer.encode(prompt, bos=True), wishes, wanted)

    async def answer_chat(
        self, request: Request, messages: Sequence[Message], wishes: SamplingParams, wanted: int | None
    ) -> Ticket:
        """Begin to answer a conversation."""
        if self.log_prompts:
            request.state.prompt = [[message.role, message.content] for message in messages]

        def encode() -> list[int]:
            return encode_chat(self.tokenizer, messages, add_generation_prompt=True).ids

        return await self._begin(request, encode, wishes, wanted)

    async def whole(self, request: Request, ticket: Ticket) -> Answer:
        """Wait for the complete answer."""
        async with self._while_client_waits(request, ticket):
            pieces = [piece async for piece in _pieces(ticket)]
        text = "".join(piece.text for piece in pieces)
        return Answer(text, cast("FinishReason", pieces[-1].finish_reason), usage(ticket))

    async def stream(
        self, request: Request, ticket: Ticket, events: Callable[[AsyncIterator[Piece]], AsyncIterator[BaseModel]]
    ) -> StreamingResponse:
        """Wait for the first piece, then send each piece as the events that `events` makes of it."""
        async with self._while_client_waits(request, ticket):
            await ticket.begin()
        return _EventStream(self.engine, ticket, events(_pieces(ticket)))

    async def _begin(
        self, request: Request, encode: Callable[[], list[int]], wishes: SamplingParams, wanted: int | None
    ) -> Ticket:
        self.engine.check_ready()
        prompt = await asyncio.to_thread(encode)  # a long prompt must not hold up the streams of the others
        n_new = self.limits.fit(len(prompt), wanted)
        ticket = self.engine.submit(prompt, wishes.model_copy(update={"max_new_tokens": n_new}))
        request.state.ticket = ticket
        return ticket

    @contextlib.asynccontextmanager
    async def _while_client_waits(self, request: Request, ticket: Ticket) -> AsyncIterator[None]:
        """Close the ticket as soon as the client is gone, and when the block fails."""
        watch = asyncio.create_task(self._close_when_left(request, ticket))
        try:
            yield
        except BaseException:
            self.engine.close(ticket)
            raise
        finally:
            watch.cancel()

    async def _close_when_left(self, request: Request, ticket: Ticket) -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        self.engine.close(ticket)


class _EventStream(StreamingResponse):
    """Server-sent events; however the stream ends, its ticket is closed."""

    def __init__(self, engine: Engine, ticket: Ticket, events: AsyncIterator[BaseModel]) -> None:
        unbuffered = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}  # the latter is for nginx
        super().__init__(_sent(events), media_type="text/event-stream", headers=unbuffered)
        self._engine = engine
        self._ticket = ticket

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._engine.close(self._ticket)


def usage(ticket: Ticket) -> Usage:
    """Count a ticket's tokens."""
    read, written = ticket.n_prompt_tokens, ticket.n_new_tokens
    return Usage(prompt_tokens=read, completion_tokens=written, total_tokens=read + written)


async def _pieces(ticket: Ticket) -> AsyncIterator[Piece]:
    async for update in ticket:
        if update.text or update.finish_reason:
            yield Piece(update.text, update.finish_reason)


async def _sent(events: AsyncIterator[BaseModel]) -> AsyncIterator[str]:
    """One line of JSON per event. The status is sent already, so that an error can only be one more event."""
    try:
        async for event in events:
            yield f"data: {event.model_dump_json()}\n\n"
    except Refusal as refusal:
        yield f"data: {refusal.body.model_dump_json()}\n\n"
    else:
        yield _DONE
