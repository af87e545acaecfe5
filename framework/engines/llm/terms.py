"""The words in which a call is spoken of: what is asked, what an endpoint understands of it, what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypedDict

from pydantic import JsonValue

from framework.artifacts.base import Strict

Shape = Literal["json_schema", "json_object", "plain"]
Cap = Literal["max_tokens", "max_completion_tokens", "none"]
Trouble = Literal[
    "unreachable",  # nobody listens there
    "broken",  # the connection broke
    "deadline",  # the time was up
    "too_long",  # more than max_reply_bytes
    "malformed",  # something came that is no reply
    "unauthorized",
    "forbidden",
    "not_found",
    "redirected",
    "quota",
    "rate_limit",
    "server",
    "bad_request",
    "context_length",  # the prompt is longer than the model can read
    "no_stream",  # the endpoint answers in one piece
]


class Abilities(Strict):
    """What an endpoint understands of a request."""

    shape: Shape = "json_schema"
    stream: bool = True
    usage: bool = True  # whether it takes the wish for figures at the end of a stream
    cap: Cap = "max_tokens"  # by which name it takes the longest answer that is wanted


class Message(TypedDict):
    """One turn of a talk."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Request:
    """What is asked of which model."""

    model: str
    messages: Sequence[Message]
    schema: JsonValue = None  # what a json_schema endpoint is held to
    abilities: Abilities = Abilities()  # noqa: RUF009 - it is frozen


@dataclass(frozen=True)
class Usage:
    """The tokens that the endpoint has counted."""

    prompt: int
    completion: int


@dataclass(frozen=True)
class Reply:
    """What came back, as it came."""

    text: str
    finish: str = ""  # why it ended: stop, length, content_filter, tool_calls ...
    refusal: str = ""
    usage: Usage | None = None
    model: str = ""
    calls_tools: bool = False


class WireError(Exception):
    """A call that brought no reply."""

    def __init__(self, trouble: Trouble, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"{trouble}: {detail}" if detail else trouble)
        self.trouble: Final = trouble
        self.detail: Final = detail
        self.retry_after: Final = retry_after
        self.received = 0  # characters that had come before it
