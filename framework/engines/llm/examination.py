"""What an endpoint can do, tried with a small question each: for `foundry doctor`. It loads the client."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import openai
from pydantic import JsonValue

from framework.artifacts.base import Strict
from framework.engines.llm.capabilities import assumed, lowered
from framework.engines.llm.client import Line, speak
from framework.engines.llm.parsing import read_reply
from framework.engines.llm.settings import LlmSettings
from framework.engines.llm.terms import Abilities, Message, Reply, Request, WireError
from framework.engines.llm.wire import call

PATIENCE = 20.0  # seconds for everything together
_QUESTION: Final[tuple[Message, ...]] = (
    {"role": "system", "content": 'Answer with one JSON object and nothing else, of the form {"sum": NUMBER}.'},
    {"role": "user", "content": "What is 17 + 25?"},
)
_SCHEMA: Final[dict[str, JsonValue]] = {
    "type": "object",
    "properties": {"sum": {"type": "integer"}},
    "required": ["sum"],
    "additionalProperties": False,
}
_TOOL: Final = {"type": "function", "function": {"name": "tell", "description": "Tell the sum.", "parameters": _SCHEMA}}
_LENGTHS = ("max_model_len", "context_length", "context_window", "max_context_length", "n_ctx", "n_ctx_train")


class Sum(Strict):
    """The answer to the small question."""

    sum: int


@dataclass(frozen=True)
class Examined:
    """What came of it; None where that could not be found out. `trouble` says why there was no reply at all."""

    host: str
    model: str
    trouble: str = ""
    json_schema: bool | None = None
    json_object: bool | None = None
    tools: bool | None = None
    usage: bool | None = None  # whether it counts the tokens
    context: int | None = None  # tokens that the model can read, where the endpoint tells
    right: bool = False  # whether the model has answered the small question
    seconds: float = 0.0  # that the first reply took


def examine(settings: LlmSettings) -> Examined:
    """Ask the endpoint the small question in every form that it may know."""
    model, began = settings.model_for("planner"), time.monotonic()
    until = began + PATIENCE
    plain = assumed(settings).model_copy(update={"shape": "plain"})
    try:
        reply, able = _plainest(settings, model, plain, until)
    except WireError as error:
        return Examined(settings.host, model, trouble=str(error))
    seconds = time.monotonic() - began
    return Examined(
        host=settings.host,
        model=model,
        json_schema=_takes(settings, model, able.model_copy(update={"shape": "json_schema"}), until),
        json_object=_takes(settings, model, able.model_copy(update={"shape": "json_object"}), until),
        tools=_takes_tools(settings, model, able, until),
        usage=reply.usage is not None,
        context=_context(settings, model, until),
        right=read_reply(reply, Sum) == Sum(sum=42),
        seconds=seconds,
    )


def _plainest(settings: LlmSettings, model: str, able: Abilities, until: float) -> tuple[Reply, Abilities]:
    """The reply to the plainest call that the endpoint takes, and which one that was."""
    try:
        return call(settings, Request(model, _QUESTION, abilities=able), until), able
    except WireError as error:
        less = lowered(able, error)
        if less is None:
            raise
        return _plainest(settings, model, less, until)


def _takes(settings: LlmSettings, model: str, able: Abilities, until: float) -> bool | None:
    return _verdict(lambda: call(settings, Request(model, _QUESTION, _SCHEMA, able), until))


def _takes_tools(settings: LlmSettings, model: str, able: Abilities, until: float) -> bool | None:
    """Whether the model calls the one tool that it is given. foundry itself has no need of that."""
    line = WithTool(settings, Request(model, _QUESTION, abilities=able), until)

    def ask() -> Reply:
        told: list[str | Reply | WireError] = []
        speak(line, told.append)
        ending = told[-1]
        if isinstance(ending, Reply):
            return ending
        raise ending if isinstance(ending, WireError) else WireError("malformed")

    try:
        return _verdict(ask, lambda reply: reply.calls_tools)
    finally:
        line.close()


def _verdict(ask: Callable[[], Reply], good: Callable[[Reply], bool] = lambda _: True) -> bool | None:
    try:
        return good(ask())
    except WireError as error:
        return False if error.trouble == "bad_request" else None


class WithTool(Line):
    """A connection for a request that comes with a tool."""

    def extra(self) -> dict[str, Any]:
        """The body, with the tool that has to be called."""
        return super().extra() | {"tools": [_TOOL], "tool_choice": "required"}


def _context(settings: LlmSettings, model: str, until: float) -> int | None:
    """The length that the endpoint's own list of models tells; many tell none."""
    line = Line(settings, Request(model, _QUESTION, abilities=Abilities(stream=False)), until)
    try:
        listed = line.model().root_client.models.list().data
        facts: dict[str, Any] = next((one.model_dump() for one in listed if one.id == model), {})
    except (openai.OpenAIError, WireError, AttributeError, TypeError, ValueError):
        return None  # whatever stands there, it is no list of models
    finally:
        line.close()
    inner = facts.get("meta")
    told = facts | (inner if isinstance(inner, dict) else {})
    return next((told[name] for name in _LENGTHS if isinstance(told.get(name), int) and told[name] > 0), None)
