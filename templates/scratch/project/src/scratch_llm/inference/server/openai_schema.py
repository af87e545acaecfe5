"""Requests and answers of the `/v1` routes: the part of OpenAI's API that a small model can honour.

Fields that change nothing here (`user`, `metadata`, `presence_penalty: 0`) are accepted, fields that would change the
answer and cannot be honoured are refused with a reason, and unknown fields are refused by name.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, WrapValidator
from pydantic_core import PydanticCustomError

from scratch_llm.inference.server.schema import (
    Body,
    Count,
    One,
    SamplingBody,
    StopText,
    Usage,
    Zero,
)

Role = Literal["system", "developer", "user", "assistant"]
Reason = Literal["stop", "length"]


def _only(reason: str) -> WrapValidator:
    """Say why a field accepts so little, in place of naming the values it accepts."""

    def check(value: Any, inner: Any) -> Any:
        try:
            return inner(value)
        except ValueError:
            raise PydanticCustomError("unavailable", "{reason}", {"reason": reason}) from None

    return WrapValidator(check)


def _boolean(value: Any) -> Any:
    if not isinstance(value, bool):  # Literal[False] alone would take 0 for it
        raise ValueError("must be true or false")
    return value


_False = Annotated[Literal[False], BeforeValidator(_boolean)]
_NoPenalty = Annotated[Annotated[float, Field(ge=0, le=0)] | None, _only("must be 0: use repetition_penalty instead")]
_One = Annotated[One | None, _only("must be 1: send one request for each answer")]
_No = Annotated[_False | None, _only("must be false: this server does not do it")]
_NO_LOGPROBS = _only("log probabilities are not available: leave it out")
_NoBias = Annotated[dict[str, Any] | None, Field(max_length=0), _only("must be empty: token biases are not available")]
_NoTools = Annotated[list[Any] | None, Field(max_length=0), _only("must be empty: the model cannot use tools")]


class StreamOptions(Body):
    """What a stream tells besides the text."""

    include_usage: bool | None = Field(None, description="send the token counts in a last event")
    include_obfuscation: _No = None


class _Wishes(SamplingBody):
    """What both OpenAI requests have in common; `top_k` and `repetition_penalty` are not OpenAI's."""

    model: str = Field(description="name of the model, see /v1/models")
    max_tokens: Count | None = Field(None, description="longest answer in tokens")
    temperature: float | None = Field(None, ge=0, le=2, description="0 is greedy; default 1")
    top_p: float | None = Field(None, ge=0, le=1, description="default 1")
    stop: StopText | Annotated[list[StopText], Field(max_length=4)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: _One = None
    presence_penalty: _NoPenalty = None
    frequency_penalty: _NoPenalty = None
    logit_bias: _NoBias = None
    user: str | None = Field(None, description="accepted, not used")

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with the token counts."""
        return self.stream_options is not None and self.stream_options.include_usage is True


class CompletionRequest(_Wishes):
    """Continue a text."""

    prompt: str | Annotated[list[str], Field(min_length=1, max_length=1)] = Field(description="text to continue")
    best_of: _One = None
    echo: _No = None
    logprobs: Annotated[None, _NO_LOGPROBS] = None
    suffix: Annotated[None, _only("texts are only continued at their end: leave it out")] = None

    @property
    def text(self) -> str:
        """The prompt, however it was sent."""
        return self.prompt if isinstance(self.prompt, str) else self.prompt[0]


class TextPart(Body):
    """Content in parts, of which only text can be read."""

    type: Annotated[Literal["text"], _only("must be 'text': the model reads nothing else")]
    text: str


class ChatMessage(Body):
    """One turn of a conversation."""

    role: Role
    content: str | Annotated[list[TextPart], Field(min_length=1)]

    @property
    def text(self) -> str:
        """The content as one text."""
        return self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)


class TextFormat(Body):
    """The form of the answer."""

    type: Annotated[Literal["text"], _only("must be 'text': answers are not constrained to a form")]


class ChatRequest(_Wishes):
    """Answer a conversation."""

    messages: list[ChatMessage] = Field(min_length=1, max_length=256)
    max_completion_tokens: Count | None = Field(None, description="newer name of max_tokens, wins over it")
    logprobs: Annotated[_False | None, _NO_LOGPROBS] = None
    top_logprobs: Annotated[Zero | None, _NO_LOGPROBS] = None
    response_format: TextFormat | None = None
    tools: _NoTools = None
    tool_choice: Annotated[Literal["none", "auto"] | None, _only("must be 'none': there are no tools")] = None
    parallel_tool_calls: bool | None = Field(None, description="accepted, there are no tools")
    metadata: dict[str, str] | None = Field(None, description="accepted, not used")
    store: _No = None
    service_tier: Literal["auto", "default"] | None = None
    safety_identifier: str | None = Field(None, description="accepted, not used")
    prompt_cache_key: str | None = Field(None, description="accepted, not used")


class CompletionChoice(BaseModel):
    """An answer, or a piece of one in a stream."""

    index: int = 0
    text: str
    finish_reason: Reason | None
    logprobs: None = None


class CompletionAnswer(BaseModel):
    """Answer of `/v1/completions`; in a stream, one event."""

    id: str
    object: Literal["text_completion"] = "text_completion"
    created: int
    model: str
    choices: list[CompletionChoice]
    usage: Usage | None = None


class AnswerMessage(BaseModel):
    """What the model says."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None


class ChatChoice(BaseModel):
    """A complete answer."""

    index: int = 0
    message: AnswerMessage
    finish_reason: Reason
    logprobs: None = None


class ChatAnswer(BaseModel):
    """Answer of `/v1/chat/completions`."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[ChatChoice]
    usage: Usage


class Delta(BaseModel):
    """What a piece adds to the message."""

    role: Literal["assistant"] | None = None
    content: str = ""


class ChatPieceChoice(BaseModel):
    """A piece of an answer."""

    index: int = 0
    delta: Delta
    finish_reason: Reason | None
    logprobs: None = None


class ChatPiece(BaseModel):
    """One event of a streamed chat."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChatPieceChoice]
    usage: Usage | None = None


class ModelCard(BaseModel):
    """A model that can be asked for."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "local"


class ModelList(BaseModel):
    """All of them: one."""

    object: Literal["list"] = "list"
    data: list[ModelCard]
