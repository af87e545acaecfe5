"""How endpoints and models behave, the good one and the broken ones, by name.

A behaviour answers one request. `answering` makes one of a function from a request to an answer; `in_turn` puts several
behind each other, the last one for ever. `BROKEN` are those that no answer comes from, whatever is asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from tests.llm.server import Behaviour, Heard, Talk

Answer = Callable[[Heard], Any]


def answering(answer: Answer | Mapping[str, Any]) -> Behaviour:
    """A well-behaved endpoint: the answer is an object (sent as JSON) or a text as it is, for a request or by kind."""

    def behave(talk: Talk) -> None:
        given = answer(talk.heard) if callable(answer) else answer[talk.heard.kind]
        talk.reply(given if isinstance(given, str) else json.dumps(given, ensure_ascii=False))

    return behave


def saying(text: str | None, **how: Any) -> Behaviour:
    """An endpoint that always says this."""
    return lambda talk: talk.reply(text, **how)


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One after the other; the last one stays."""
    left, lock = list(behaviours), Lock()

    def behave(talk: Talk) -> None:
        with lock:
            now = left.pop(0) if len(left) > 1 else left[0]
        now(talk)

    return behave


def refusing(status: int, message: str = "no", code: str | None = None, **headers: str) -> Behaviour:
    """An endpoint that answers with an error, in OpenAI's form."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return lambda talk: talk.body({"error": error}, status, **headers)


def able_of(
    shape: str, then: Behaviour, *, streams: bool = True, usage: bool = True, cap: str = "max_tokens"
) -> Behaviour:
    """An endpoint that understands no more of a request than this, and says what it does not understand."""
    known = {"json_schema": {"json_schema", "json_object"}, "json_object": {"json_object"}, "plain": set()}[shape]

    def behave(talk: Talk) -> None:
        body = talk.heard.body
        wanted = (body.get("response_format") or {}).get("type")
        caps = {"max_tokens", "max_completion_tokens"} & body.keys()
        if wanted and wanted not in known:
            refusing(400, f"response_format type {wanted} is not supported")(talk)
        elif body.get("stream_options") and not usage:
            refusing(400, "Unrecognized request argument supplied: stream_options")(talk)
        elif body.get("stream") and not streams:
            refusing(400, "streaming is not supported")(talk)
        elif caps - {cap}:
            refusing(400, f"Unsupported parameter: '{min(caps - {cap})}'")(talk)
        else:
            then(talk)

    return behave


def _html(talk: Talk) -> None:
    talk.body("<!doctype html><html><body>Sign in to the hotel's network</body></html>", kind="text/html")


def _empty_choices(talk: Talk) -> None:
    if talk.heard.streams:
        talk.head(kind="text/event-stream")
        talk.event({"id": "a", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": []})
        talk.event("[DONE]")
    else:
        talk.body({"id": "a", "object": "chat.completion", "created": 0, "model": "m", "choices": []})


def _no_choices(talk: Talk) -> None:
    if talk.heard.streams:
        talk.head(kind="text/event-stream")
        talk.event({"detail": "I am another kind of service"})
        talk.event("[DONE]")
    else:
        talk.body({"detail": "I am another kind of service"})


def _torn_event(talk: Talk) -> None:
    talk.head(kind="text/event-stream")
    talk.write('data: {"id": "a", "choices": [{"index": 0, "del\n\n')


def _odd_events(talk: Talk) -> None:
    talk.head(kind="text/event-stream")
    odd: object
    for odd in ([1, 2], "7", None, {"choices": {}}, {"choices": [7]}, {"choices": [{"delta": "x"}]}):
        talk.event(json.dumps(odd))
    talk.event("[DONE]")


def _error_event(talk: Talk) -> None:
    talk.head(kind="text/event-stream")
    talk.event({"error": {"message": "the model has crashed", "code": "internal"}})


def _reset(talk: Talk) -> None:
    talk.reset()


def _reset_half_way(talk: Talk) -> None:
    talk.head(kind="text/event-stream")
    talk.event({"id": "a", "choices": [{"index": 0, "delta": {"content": '{"coat": tr'}, "finish_reason": None}]})
    talk.reset()


def _silent(talk: Talk) -> None:
    talk.pause(30)


def _dripping_head(talk: Talk) -> None:
    for sign in "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Slow: " + "." * 3000:
        talk.write(sign)
        if not talk.pause(0.02):
            return


def _dripping_comment(talk: Talk) -> None:
    talk.head(kind="text/event-stream")
    while talk.pause(0.02):
        talk.write(":")


def _endless(talk: Talk) -> None:
    talk.head(kind="text/event-stream")
    while talk.pause(0.001):
        talk.event({"id": "a", "choices": [{"index": 0, "delta": {"content": "and then "}, "finish_reason": None}]})


def _endless_line(talk: Talk) -> None:
    talk.head(kind="text/event-stream")
    talk.write("data: ")
    while not talk.over.is_set():
        talk.write("x" * 65536)


def _ten_megabytes(talk: Talk) -> None:
    talk.reply('{"coat": true, "why": "' + "x" * 10_000_000 + '"}')


def _compressed(talk: Talk) -> None:
    talk.head(Content_Encoding="gzip")
    talk.write(b"\x1f\x8b" + b"\0" * 100)


def _not_utf8(talk: Talk) -> None:
    talk.head(kind="text/event-stream")
    talk.write(b'data: {"id": "\xff\xfe", "choices": [{"index": 0, "delta": {"content": "\xc3("}}]}\n\n')


# What brings no reply at all, with the word that says so.
BROKEN: dict[str, tuple[Behaviour, str]] = {
    "a web page with 200": (_html, "malformed"),
    "another service's JSON": (_no_choices, "malformed"),
    "a torn event": (_torn_event, "malformed"),
    "empty choices": (_empty_choices, "malformed"),
    "not UTF-8": (_not_utf8, "malformed"),
    "odd events": (_odd_events, "malformed"),
    "a compressed reply": (_compressed, "malformed"),
    "an error within the stream": (_error_event, "server"),
    "a reset": (_reset, "broken"),
    "a reset half way": (_reset_half_way, "broken"),
    "silence": (_silent, "deadline"),
    "a dripping head": (_dripping_head, "deadline"),
    "a dripping body": (_dripping_comment, "deadline"),
    "an endless stream": (_endless, "deadline"),
    "an endless line": (_endless_line, "too_long"),
    "ten megabytes": (_ten_megabytes, "too_long"),
    "500": (refusing(500, "out of memory"), "server"),
    "503": (refusing(503, "loading the model"), "server"),
    "429": (refusing(429, "slow down"), "rate_limit"),
    "429 for an hour": (refusing(429, "slow down", Retry_After="3600"), "rate_limit"),
    "400 whatever is asked": (refusing(400, "no"), "bad_request"),
    "a prompt that is too long": (refusing(400, "too long", code="context_length_exceeded"), "context_length"),
}

# What no question can be put to; the run stops, with the word for it and what the person is told to look at.
UNUSABLE: dict[str, tuple[Behaviour, str]] = {
    "401": (refusing(401, "Incorrect API key provided"), "OPENAI_API_KEY"),
    "403": (refusing(403, "not allowed"), "another key"),
    "404 for the model": (refusing(404, "The model does not exist", code="model_not_found"), "model's name"),
    "a redirect": (lambda talk: talk.body("", 307, Location="http://127.0.0.1:1/elsewhere"), "address"),
    "no quota left": (refusing(429, "You exceeded your current quota", code="insufficient_quota"), "account"),
    "402": (refusing(402, "Insufficient Balance"), "account"),
}

# What comes as a reply and is no answer to `{"coat": bool, "why": str}`, with the word for what is wrong.
WORDS: dict[str, tuple[Behaviour, str]] = {
    "broken JSON": (saying('{"coat": true, "why": "it is cold'), "not_json"),
    "prose alone": (saying("You should take a coat."), "not_json"),
    "two objects": (saying('{"coat": true, "why": "a"} or {"coat": false, "why": "b"}'), "not_json"),
    "a list": (saying('[{"coat": true, "why": "a"}]'), "not_json"),
    "a key twice": (saying('{"coat": true, "coat": false, "why": "a"}'), "not_json"),
    "NaN": (saying('{"coat": NaN, "why": "a"}'), "not_json"),
    "a deep nest": (saying('{"coat": ' + "[" * 20_000 + "]" * 20_000 + "}"), "not_json"),
    "wrong types": (saying('{"coat": "yes", "why": 7}'), "shape"),
    "a number as text": (saying('{"coat": 1, "why": "a"}'), "shape"),
    "extra keys": (saying('{"coat": true, "why": "a", "score": 1.0}'), "shape"),
    "a missing key": (saying('{"coat": true}'), "shape"),
    "too long a value": (saying(json.dumps({"coat": True, "why": "x" * 5000})), "shape"),
    "a terminal's code": (saying(json.dumps({"coat": True, "why": "\x1b[2J"})), "shape"),
    "half a surrogate": (saying('{"coat": true, "why": "\\ud800"}'), "shape"),
    "cut off": (saying('{"coat": tr', finish="length"), "truncated"),
    "a refusal": (saying(None, refusal="I cannot help with that"), "refused"),
    "a filter": (saying("", finish="content_filter"), "refused"),
    "nothing": (saying(""), "empty"),
    "tool calls": (
        saying(
            None,
            finish="tool_calls",
            tool_calls=[{"index": 0, "id": "1", "type": "function", "function": {"name": "coat", "arguments": "{}"}}],
        ),
        "tools",
    ),
    "the example copied": (saying('{"coat": true, "why": "CANARY-planner.coat"}'), "faults"),
    "nonsense that fits": (saying('{"coat": false, "why": "it is -40 degrees and lovely"}'), "faults"),
}
