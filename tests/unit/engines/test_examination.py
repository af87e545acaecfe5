"""What `foundry doctor` finds out about an endpoint, beyond what its own tests see: the list of models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from framework.engines.llm.examination import examine
from framework.engines.llm.settings import LlmSettings

ANSWER = {"role": "assistant", "content": '{"sum": 42}'}
REPLY = {"id": "a", "object": "chat.completion", "created": 0, "model": "m", "choices": []}


@contextmanager
def listing(models: object) -> Iterator[str]:
    """An endpoint that answers in one piece and has a list of models."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(models)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._send(REPLY | {"choices": [{"index": 0, "message": ANSWER, "finish_reason": "stop"}]})

        def _send(self, data: object) -> None:
            body = data.encode() if isinstance(data, str) else json.dumps(data).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nobody wants to read it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}/v1"
        http.shutdown()


@pytest.mark.parametrize(
    ("models", "context"),
    [
        ({"data": [{"id": "other", "max_model_len": 1}, {"id": "org/model", "max_model_len": 32768}]}, 32768),
        ({"data": [{"id": "org/model", "meta": {"n_ctx_train": 4096}}]}, 4096),
        ({"data": [{"id": "org/model", "max_model_len": "a lot"}]}, None),
        ({"data": [{"id": "org/model"}]}, None),
        ({"data": None}, None),
        ([], None),
        ("not JSON at all", None),
    ],
)
def test_the_context_is_what_the_list_of_models_tells(models: object, context: int | None) -> None:
    with listing(models) as address:
        found = examine(LlmSettings(base_url=address, model="org/model"))
    assert found.context == context
    assert found.trouble == ""
    assert found.right


def test_an_endpoint_that_is_not_there_is_asked_once() -> None:
    found = examine(LlmSettings(base_url="http://127.0.0.1:9/v1", model="org/model"))
    assert found.trouble.startswith("unreachable")
    assert found.json_schema is None
