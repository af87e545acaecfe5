"""The `/v1` routes: OpenAI's API, so that its clients and everything built on them work here."""

import time
from collections.abc import AsyncIterator
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from scratch_llm.inference.server.engine import Ticket
from scratch_llm.inference.server.generation import Generation, Piece, usage
from scratch_llm.inference.server.openai_schema import (
    AnswerMessage,
    ChatAnswer,
    ChatChoice,
    ChatMessage,
    ChatPiece,
    ChatPieceChoice,
    ChatRequest,
    CompletionAnswer,
    CompletionChoice,
    CompletionRequest,
    Delta,
    ModelCard,
    ModelList,
)
from scratch_llm.inference.server.refusals import ModelNotFound
from scratch_llm.inference.server.routes import GENERATION, refusals
from scratch_llm.tokenizers import Message


def openai_routes(generation: Generation, model_name: str) -> APIRouter:
    """OpenAI's routes for one model."""
    served = _Served(generation, model_name)
    responses = {**GENERATION, **refusals(404)}
    router = APIRouter(prefix="/v1", tags=["openai"])
    router.get("/models", responses=refusals(401))(served.models)
    router.get("/models/{model}", responses=refusals(401, 404))(served.model)
    router.post("/completions", response_model=CompletionAnswer, responses=responses)(served.completions)
    router.post("/chat/completions", response_model=ChatAnswer, responses=responses)(served.chat)
    return router


class _Served:
    """One model under its name."""

    def __init__(self, generation: Generation, name: str) -> None:
        self._generation = generation
        self._name = name
        self._card = ModelCard(id=name, created=int(time.time()))

    async def models(self) -> ModelList:
        """List what can be asked for."""
        return ModelList(data=[self._card])

    async def model(self, model: str) -> ModelCard:
        """Describe one model."""
        self._check(model)
        return self._card

    async def completions(self, request: Request, body: CompletionRequest) -> CompletionAnswer | StreamingResponse:
        """Continue a text."""
        self._check(body.model)
        ticket = await self._generation.continue_text(request, body.text, body.sampling, body.max_tokens)
        form = CompletionAnswer(id=f"cmpl-{ticket.id}", created=int(time.time()), model=self._name, choices=[])
        if body.stream:
            events = partial(_text_events, form, body, ticket)
            return await self._generation.stream(request, ticket, events)
        answer = await self._generation.whole(request, ticket)
        choice = CompletionChoice(text=answer.text, finish_reason=answer.finish_reason)
        return form.model_copy(update={"choices": [choice], "usage": answer.usage})

    async def chat(self, request: Request, body: ChatRequest) -> ChatAnswer | StreamingResponse:
        """Answer a conversation."""
        self._check(body.model)
        self._generation.limits.check(body.max_tokens)  # though the other name wins below
        messages = [_turn(message) for message in body.messages]
        wanted = body.max_completion_tokens or body.max_tokens
        ticket = await self._generation.answer_chat(request, messages, body.sampling, wanted)
        name, created = f"chatcmpl-{ticket.id}", int(time.time())
        if body.stream:
            form = ChatPiece(id=name, created=created, model=self._name, choices=[])
            events = partial(_chat_events, form, body, ticket)
            return await self._generation.stream(request, ticket, events)
        answer = await self._generation.whole(request, ticket)
        choice = ChatChoice(message=AnswerMessage(content=answer.text), finish_reason=answer.finish_reason)
        return ChatAnswer(id=name, created=created, model=self._name, choices=[choice], usage=answer.usage)

    def _check(self, wanted: str) -> None:
        if wanted != self._name:
            raise ModelNotFound(f"model '{wanted}' is not served here", f"ask for '{self._name}'")


def _turn(message: ChatMessage) -> Message:
    # `developer` is OpenAI's newer name of `system`; the chat template has one role for both.
    return Message("system" if message.role == "developer" else message.role, message.text)


async def _text_events(
    form: CompletionAnswer, body: CompletionRequest, ticket: Ticket, pieces: AsyncIterator[Piece]
) -> AsyncIterator[BaseModel]:
    async for piece in pieces:
        choice = CompletionChoice(text=piece.text, finish_reason=piece.finish_reason)
        yield form.model_copy(update={"choices": [choice]})
    if body.wants_usage:
        yield form.model_copy(update={"usage": usage(ticket)})


async def _chat_events(
    form: ChatPiece, body: ChatRequest, ticket: Ticket, pieces: AsyncIterator[Piece]
) -> AsyncIterator[BaseModel]:
    delta = Delta(role="assistant")
    async for piece in pieces:
        choice = ChatPieceChoice(
            delta=delta.model_copy(update={"content": piece.text}), finish_reason=piece.finish_reason
        )
        yield form.model_copy(update={"choices": [choice]})
        delta = Delta()
    if body.wants_usage:
        yield form.model_copy(update={"usage": usage(ticket)})
