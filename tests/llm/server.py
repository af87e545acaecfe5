"""A small OpenAI-compatible server on 127.0.0.1 whose every answer is scripted. Real HTTP, no key, no model."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

KIND = re.compile(r"You answer one question of it: ([\w.]+)\.")


@dataclass(frozen=True)
class Heard:
    """One request, as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def kind(self) -> str:
        """The kind of the question, as the prompt says it."""
        found = KIND.search(self.said("system"))
        return found.group(1) if found else ""

    @property
    def streams(self) -> bool:
        return bool(self.body.get("stream"))

    def said(self, role: str = "user") -> str:
        """All that was said in that role."""
        return "\n".join(str(turn["content"]) for turn in self.body.get("messages", []) if turn["role"] == role)

    @property
    def is_repair(self) -> bool:
        """Whether the model is told what was wrong with its first answer."""
        return any(turn["role"] == "assistant" for turn in self.body.get("messages", []))


class Talk:
    """One request being answered. A behaviour says through it what goes over the wire."""

    def __init__(self, handler: BaseHTTPRequestHandler, heard: Heard, over: Event) -> None:
        self._handler = handler
        self.heard = heard
        self.over = over  # set when the server goes: nobody waits longer than that

    def head(self, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        """Status and headers; the body ends with the connection."""
        self._handler.send_response(status)
        for name, value in {"Content-Type": kind, "Connection": "close", **headers}.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()
        self._handler.close_connection = True

    def write(self, data: str | bytes) -> None:
        """Bytes on the wire, at once."""
        self._handler.wfile.write(data.encode() if isinstance(data, str) else data)
        self._handler.wfile.flush()

    def body(self, data: object, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        """A whole answer that is not streamed."""
        text = data if isinstance(data, str) else json.dumps(data)
        self.head(status, kind, **headers)
        self.write(text)

    def event(self, data: object) -> None:
        """One event of a stream."""
        self.write(f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n")

    def reset(self) -> None:
        """Break the connection off, so that the other side sees a reset."""
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._handler.connection.close()
        self._handler.close_connection = True

    def pause(self, seconds: float) -> bool:
        """Let time pass; False when the server goes."""
        return not self.over.wait(seconds)

    def reply(
        self,
        text: str | None,
        finish: str = "stop",
        usage: tuple[int, int] | None = (100, 20),
        **message: object,
    ) -> None:
        """What a well-behaved server sends for that text, streamed or in one piece as it was asked."""
        model = str(self.heard.body.get("model", ""))
        told = {"id": "answer", "created": 0, "model": model}
        counted = usage and dict(zip(("prompt_tokens", "completion_tokens"), usage, strict=True))
        counted = counted and {**counted, "total_tokens": sum(counted.values())}
        if not self.heard.streams:
            said = {"role": "assistant", "content": text, **message}
            choices = [{"index": 0, "message": said, "finish_reason": finish}]
            self.body({**told, "object": "chat.completion", "choices": choices, "usage": counted})
            return
        self.head(kind="text/event-stream")
        told["object"] = "chat.completion.chunk"
        deltas: list[dict[str, object]] = [{"role": "assistant", "content": "", **message}]
        deltas += [{"content": piece} for piece in re.findall(r"(?s).{1,400}", text or "")]
        for delta in deltas:
            self.event({**told, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        self.event({**told, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        if counted and (self.heard.body.get("stream_options") or {}).get("include_usage"):
            self.event({**told, "choices": [], "usage": counted})
        self.event("[DONE]")


Behaviour = Callable[[Talk], None]


def _object(data: bytes) -> dict[str, Any]:
    """What a client of a model sends; nothing where another program has come by."""
    try:
        sent = json.loads(data)
    except ValueError:
        return {}
    return sent if isinstance(sent, dict) else {}


@dataclass
class Server:
    """A running server."""

    port: int
    behaviour: Behaviour
    heard: list[Heard] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def asked(self, kind: str = "") -> list[Heard]:
        """The requests, all or those of one kind of question."""
        return [each for each in self.heard if not kind or each.kind == kind]


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[Server]:
    """A server that behaves so; `server.behaviour` may be changed while it runs."""
    over = Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            heard = Heard(self.path, dict(self.headers.items()), _object(self.rfile.read(length)))
            server.heard.append(heard)
            try:
                server.behaviour(Talk(self, heard, over))
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # whoever asked has hung up

        def log_message(self, format: str, *args: object) -> None:
            """Nobody wants to read it."""

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (ConnectionError, ValueError, OSError):
                self.close_connection = True

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    http.block_on_close = False
    server = Server(http.server_port, behaviour)
    thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        over.set()
        http.shutdown()
        http.server_close()
        thread.join(5)
