"""The service's API without a model. MODE says what is wrong with it.

well, slow (to be ready), unhealthy, exits, out_of_memory (below 96 MiB), greedy (for memory, whatever it gets),
bad_weights, missing_library, fills (/tmp), other_model (answers differently), refuses (every third streamed request).
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from answers import answer

PORT = int(os.environ.get("PORT", "8000"))
MODE = os.environ.get("MODE", "well")
KEY = Path(os.environ.get("LLM_API_KEY_FILE", "/nowhere"))
MODEL = "standin"
_REQUESTS = itertools.count(1)


class Api(BaseHTTPRequestHandler):
    """As much of the API as a client of ours uses."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/health":
            self._say(503 if MODE == "unhealthy" else 200, {"status": "alive"})
        elif self.path == "/docs":
            self._send(200, b"<html>docs</html>", "text/html")
        elif self.path == "/metrics":
            self._send(200, b"llm_requests_total 1\n", "text/plain")
        elif not self._may_enter():
            self._refuse(401, "the API key is missing or wrong")
        elif self.path == "/v1/models":
            self._say(
                200, {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 1, "owned_by": "x"}]}
            )
        else:
            self._refuse(404, "no such route")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._may_enter():
            self._refuse(401, "the API key is missing or wrong")
        elif not body.endswith(b"}"):
            self._refuse(400, "the body is not JSON")
        else:
            self._complete(json.loads(body))

    def _complete(self, wish: dict[str, Any]) -> None:
        prompt = wish["prompt"] + (" and other words" if MODE == "other_model" else "")
        pieces = answer(prompt, wish["max_tokens"], wish.get("seed"))
        if wish["model"] != MODEL:
            self._refuse(404, f"no model {wish['model']}")
        elif not wish.get("stream"):
            self._say(200, self._piece("".join(pieces), "length", len(pieces)))
        elif MODE == "refuses" and next(_REQUESTS) % 3 == 0:
            self._refuse(500, "generation failed")
        else:
            self._stream(pieces)

    def _stream(self, pieces: list[str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for text in pieces:
            self._event(json.dumps(self._piece(text, None, None)))
        self._event(json.dumps(self._piece("", "length", len(pieces))))
        self._event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, text: str) -> None:
        data = f"data: {text}\n\n".encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _piece(self, text: str, finish: str | None, tokens: int | None) -> dict[str, object]:
        choice = {"index": 0, "text": text, "finish_reason": finish, "logprobs": None}
        usage = {"prompt_tokens": 1, "completion_tokens": tokens, "total_tokens": 1 + tokens} if tokens else None
        head = {"id": "1", "object": "text_completion", "created": 1, "model": MODEL}
        return {**head, "choices": [choice], "usage": usage}

    def _may_enter(self) -> bool:
        return not KEY.is_file() or self.headers.get("Authorization") == f"Bearer {KEY.read_text().strip()}"

    def _refuse(self, status: int, message: str) -> None:
        self._say(status, {"error": {"message": message, "type": "x", "param": None, "code": "refused"}})

    def _say(self, status: int, body: object) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form: str, *values: object) -> None:
        """Quiet."""


def check() -> int:
    """The health check."""
    try:
        connection = HTTPConnection("127.0.0.1", PORT, timeout=3)
        connection.request("GET", "/health")
        return int(connection.getresponse().status != 200)
    except OSError:
        return 1


def fall_ill() -> None:
    """What is wrong before anything is served."""
    if MODE == "exits":
        sys.exit("something that no playbook knows")
    if MODE == "bad_weights":
        sys.exit("safetensors_rust.SafetensorError: Error while deserializing header: HeaderTooLarge")
    if MODE == "missing_library":
        import nothing_of_this_name  # noqa: F401
    if MODE in ("out_of_memory", "greedy"):
        held = bytearray((96 if MODE == "out_of_memory" else 4096) << 20)
        held[::4096] = bytes(len(held[::4096]))
    if MODE == "fills":
        Path("/tmp/much").write_bytes(bytes(8 << 20))
    if MODE == "slow":
        time.sleep(600)


if __name__ == "__main__":
    if sys.argv[1:] == ["check"]:
        sys.exit(check())
    fall_ill()
    ThreadingHTTPServer(("0.0.0.0", PORT), Api).serve_forever()
