"""ChatOpenAI held on a short leash: no retries, no redirects, no compression, bytes counted, every error a WireError.

This module loads langchain_openai; nothing imports it before a call is made.
"""

from __future__ import annotations

import email.utils
import math
import ssl
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

import httpx2
import openai
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, MessageLikeRepresentation
from langchain_core.messages.ai import UsageMetadata, add_ai_message_chunks
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI
from langsmith import tracing_context
from pydantic import SecretStr

from framework.engines.llm.settings import LlmSettings
from framework.engines.llm.terms import Reply, Request, Trouble, Usage, WireError

NO_KEY = "none"  # the client demands one, and an endpoint of one's own asks for none
# By the last one the client knows its own request again.
_HEADERS: Final = frozenset(
    "host authorization content-type content-length accept accept-encoding connection user-agent "
    "x-stainless-raw-response".split()
)
_NEVER_USED = object()  # in the place of the asynchronous client, which takes time to make
_DETAIL = 300
_STATUSES: Final[dict[int, Trouble]] = {
    **dict.fromkeys((400, 415, 422, 501), "bad_request"),
    **dict.fromkeys((408, 409), "server"),
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    413: "context_length",
    429: "rate_limit",
}
_NO_QUOTA = ("insufficient_quota", "billing_hard_limit", "insufficient balance", "exceeded your current quota")
_FINISHES = ("stop", "length", "content_filter", "tool_calls", "function_call")
_NO_GRAMMAR = ("grammar", "json_schema", "response_format")  # what llama.cpp says of a schema beyond it
_TOO_LONG = ("context_length", "context length", "context window", "prompt is too long", "context size")


@cache
def _trust() -> ssl.SSLContext:
    """Whose certificates count. Reading them takes longer than anything else in making a connection."""
    return httpx2.create_ssl_context()


class Model(ChatOpenAI):
    """ChatOpenAI, which forgets in a stream that the model has refused, and takes every `o1` for OpenAI's own."""

    def _get_request_payload(
        self, input_: LanguageModelInput, *, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        payload: dict[str, Any] = super()._get_request_payload(input_, stop=stop, **kwargs)
        for message in payload["messages"]:
            if message["role"] == "developer":
                message["role"] = "system"  # which OpenAI understands as well, and everybody else
        return payload

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: dict[str, Any] | None
    ) -> ChatGenerationChunk | None:
        made = super()._convert_chunk_to_generation_chunk(chunk, default_chunk_class, base_generation_info)
        deltas = [choice.get("delta") or {} for choice in chunk.get("choices") or [] if isinstance(choice, dict)]
        refusal = "".join(str(delta.get("refusal") or "") for delta in deltas[:1])
        if made is not None and refusal:
            made.message.additional_kwargs["refusal"] = refusal
        return made


class Line:
    """A connection for one request."""

    def __init__(self, settings: LlmSettings, request: Request, until: float) -> None:
        self.settings = settings
        self.request = request
        self._until = until
        try:
            self._http = openai.DefaultHttpxClient(
                follow_redirects=False,
                trust_env=not settings.is_local,
                verify=_trust(),
                timeout=self._patience(),
                event_hooks={"request": [self._on_request], "response": [self._on_response]},
            )
        except (ImportError, ValueError, httpx2.InvalidURL) as error:  # of a proxy that the environment names
            raise WireError("unreachable", _short(f"proxy: {error}", settings)) from error

    def close(self) -> None:
        """Hang up. A thread that still reads finds the connection gone."""
        self._http.close()

    def model(self) -> Model:
        """The client for the request."""
        key = self.settings.api_key or SecretStr(NO_KEY)
        return Model(
            model=self.request.model,
            api_key=key,
            base_url=self.settings.base_url,
            timeout=self._patience(),
            max_retries=0,
            use_responses_api=False,
            temperature=self.settings.temperature,
            http_client=self._http,
            async_client=_NEVER_USED,
            openai_proxy="",
            http_socket_options=(),
            default_headers={"Accept-Encoding": "identity"},
            stream_usage=False,
            cache=False,
        )

    def extra(self) -> dict[str, Any]:
        """What the request's body holds beyond its messages."""
        body: dict[str, Any] = {}
        able = self.request.abilities
        if able.cap != "none":
            body[able.cap] = self.settings.max_reply_tokens
        if able.shape == "json_object":
            body["response_format"] = {"type": "json_object"}
        if able.shape == "json_schema" and self.request.schema:
            named = {"name": "answer", "strict": True, "schema": self.request.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        return body

    def _patience(self) -> float:
        """The longest wait for a single read."""
        return max(self._until - time.monotonic(), 0.01)

    def _on_request(self, request: httpx2.Request) -> None:
        """The client adds what other variables of the environment hold; that is not for any endpoint that is asked."""
        for name in [name for name in request.headers if name.lower() not in _HEADERS]:
            del request.headers[name]
        key = self.settings.api_key or SecretStr(NO_KEY)
        request.headers["authorization"] = f"Bearer {key.get_secret_value()}"

    def _on_response(self, response: httpx2.Response) -> None:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise WireError("malformed", "the reply is compressed, which nobody asked for")
        response.stream = Counted(response.stream, self.settings.max_reply_bytes, self._until)
        if response.status_code == httpx2.codes.OK and self.request.abilities.stream and kind == "application/json":
            raise WireError("no_stream", "the endpoint answers in one piece")
        if response.status_code == httpx2.codes.OK and kind == "text/html":
            raise WireError("malformed", "the endpoint answers with a web page")


class Counted(httpx2.SyncByteStream):
    """The bytes of a reply, as long as they are not too many and come in time."""

    def __init__(self, stream: Any, most: int, until: float) -> None:
        self._stream = stream
        self._most = most
        self._until = until

    def __iter__(self) -> Iterator[bytes]:
        seen = 0
        for chunk in self._stream:
            seen += len(chunk)
            if seen > self._most:
                raise WireError("too_long", f"more than {self._most} bytes")
            if time.monotonic() > self._until:
                raise WireError("deadline")
            yield chunk

    def close(self) -> None:
        self._stream.close()


def speak(line: Line, tell: Callable[[str | Reply | WireError], None]) -> None:
    """Make the call and tell the pieces of the reply as they come, then the reply or why there is none."""
    try:
        with tracing_context(enabled=False):  # else LangSmith's variables would send the prompts to one more place
            tell(_streamed(line, tell) if line.request.abilities.stream else _whole(line))
    except (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError, WireError) as error:
        tell(_wire_error(error, line.settings))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, RuntimeError) as error:
        # What endpoints send is anything at all, and the client stumbles over it in as many ways.
        tell(_caused(error) or WireError("malformed", _short(str(error), line.settings)))


def _streamed(line: Line, tell: Callable[[str], None]) -> Reply:
    usage = line.request.abilities.usage
    chunks: list[AIMessageChunk] = []
    stream = line.model().stream(_said(line.request), extra_body=line.extra(), stream_usage=usage)
    for chunk in stream:
        if text := chunk.text:
            tell(str(text))
        chunks.append(chunk)
    counted = [chunk.usage_metadata for chunk in chunks if chunk.usage_metadata]
    return _reply(add_ai_message_chunks(*chunks), counted[-1] if counted else None, line.settings)


def _whole(line: Line) -> Reply:
    message = line.model().invoke(_said(line.request), extra_body=line.extra())
    return _reply(message, message.usage_metadata, line.settings)


def _said(request: Request) -> list[MessageLikeRepresentation]:
    return [(message["role"], message["content"]) for message in request.messages]


def _reply(message: AIMessage, counted: UsageMetadata | None, settings: LlmSettings) -> Reply:
    told = message.response_metadata
    reply = Reply(
        text=settings.without_key(str(message.text)),
        finish=_finish(told.get("finish_reason")),
        refusal=settings.without_key(str(message.additional_kwargs.get("refusal") or "")),
        usage=Usage(max(counted["input_tokens"], 0), max(counted["output_tokens"], 0)) if counted else None,
        model=str(told.get("model_name") or ""),
        calls_tools=bool(
            message.tool_calls or message.invalid_tool_calls or "function_call" in message.additional_kwargs
        ),
    )
    if not (reply.text or reply.finish or reply.refusal or reply.calls_tools):
        raise WireError("malformed", "the reply has neither words nor an end")
    return reply


def _finish(told: object) -> str:
    """One of the known words: what an endpoint sends here goes into the journal."""
    return (str(told) if told in _FINISHES else "other") if told else ""


def _under(error: BaseException) -> Iterator[BaseException]:
    """An error with those that lie under it."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _caused(error: BaseException) -> WireError | None:
    """The error of ours that lies under one of the client's."""
    return next((each for each in _under(error) if isinstance(each, WireError)), None)


def _wire_error(error: Exception, settings: LlmSettings) -> WireError:
    if ours := _caused(error):
        return ours
    detail = _short(str(error), settings)
    if isinstance(error, openai.APIStatusError):
        return _by_status(error, detail)
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return WireError("deadline")
    if isinstance(error, openai.APIConnectionError | httpx2.HTTPError):
        deepest = next((each for each in _under(error) if isinstance(each, httpx2.HTTPError)), error)
        refused = isinstance(deepest, httpx2.ConnectError | httpx2.ProxyError | httpx2.UnsupportedProtocol)
        return WireError("unreachable" if refused else "broken", _short(str(deepest), settings))
    told = str(getattr(error, "code", "") or "") + detail.lower()
    return WireError("context_length" if _says(told, _TOO_LONG) else "server", detail)


def _by_status(error: openai.APIStatusError, detail: str) -> WireError:
    status = error.status_code
    told = f"{error.code or ''} {error.type or ''} {detail}".lower()
    trouble: Trouble = _STATUSES.get(status, "server" if status >= 500 else "bad_request")
    if 300 <= status < 400:
        trouble, detail = "redirected", "to " + _short(error.response.headers.get("location", "?"), None)
    if (status == 429 and _says(told, _NO_QUOTA)) or status == 402:
        trouble = "quota"
    if status == 400 and _says(told, _TOO_LONG):
        trouble = "context_length"
    if status == 500 and _says(told, _NO_GRAMMAR):
        trouble = "bad_request"
    return WireError(trouble, detail, _retry_after(error.response.headers.get("retry-after", "")))


def _says(told: str, signs: tuple[str, ...]) -> bool:
    return any(sign in told for sign in signs)


def _retry_after(value: str) -> float | None:
    """Seconds, from a number or a date; nothing from anything else."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError, OSError):
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _short(text: str, settings: LlmSettings | None) -> str:
    """One short printable line, without the key."""
    shown = settings.without_key(text) if settings else text
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in shown[: 4 * _DETAIL]).split())
    return line if len(line) <= _DETAIL else line[: _DETAIL - 1] + "…"
