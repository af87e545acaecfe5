"""A service that looks like the template's from outside, and fails in the way that its version says.

python stub_service.py PORT VERSION [ADDRESS], where VERSION is a name and a fault: `v2:flaky`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

WORDS = "once upon a time there was a little fox who lived by the sea and she had a red boat with a white sail".split()
_SOUND = 40  # requests before the fault shows: more than a trial before the first user asks
_ALWAYS = (
    *("llm_queue_depth 0.0", "llm_active_requests 0.0", 'llm_build_info{model="m"} 1.0'),
    *(
        "process_resident_memory_bytes 1e8",
        "llm_device_memory_bytes 0.0",
        'llm_requests_total{route="/generate",status="429"} 0',
    ),
)
_BOUNDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Service:
    """What is counted, and what goes wrong."""

    def __init__(self, fault: str) -> None:
        self.fault, self.lock = fault, threading.Lock()
        self.statuses = {200: 0, 500: 0}
        self.asked = 0
        self.times: list[float] = []

    def text(self, seed: int) -> str:
        source = random.Random(seed)
        if self.fault == "garbage":
            return "".join(chr(source.randrange(0x4E00, 0x9FFF)) for _ in range(120))
        return " ".join(source.choice(WORDS) for _ in range(30))

    @property
    def sound(self) -> bool:
        """Whether the fault does not show yet."""
        return self.asked < _SOUND

    def status(self, route: str = "/generate") -> int:
        """Of the next request; a version that crashes gives none."""
        self.asked += 1
        if self.fault == "lost_route" and route == "/v1/completions":
            return 404
        if self.sound:
            return 200
        return self._failing(route)

    def _failing(self, route: str) -> int:
        if self.fault == "crash":
            os._exit(1)
        if self.fault == "slow":
            time.sleep(0.6)
        if self.fault == "hangs":
            time.sleep(600)
        if self.fault == "refuses" or (self.fault == "turns" and Path("turned").exists()):
            return 400
        if self.fault == "lost_later" and route == "/v1/completions":
            return 404
        return 500 if self.fault in ("flaky", "liar") and random.random() < 0.5 else 200

    def counted(self, status: int, seconds: float) -> None:
        """One that lies calls all it did a success."""
        with self.lock:
            told = 200 if self.fault == "liar" else status
            self.statuses[told] = self.statuses.get(told, 0) + 1
            self.times.append(seconds)

    def metrics(self) -> str:
        with self.lock:
            lines = [f'llm_requests_total{{route="/generate",status="{key}"}} {n}' for key, n in self.statuses.items()]
            for bound in (*_BOUNDS, float("inf")):
                le = "+Inf" if bound == float("inf") else f"{bound:g}"
                count = sum(one <= bound for one in self.times)
                lines.append(f'llm_request_seconds_bucket{{le="{le}",route="/generate"}} {count}')
            lines += self._of_answers(self.statuses[200])
        return "\n".join([*lines, *_ALWAYS, ""])

    def _of_answers(self, count: int) -> list[str]:
        times = ("llm_time_to_first_token_seconds", "llm_time_per_token_seconds")
        return [
            *(f'{name}_bucket{{le="{le}"}} {count}' for name in times for le in ("0.1", "+Inf")),
            f"llm_generated_tokens_total {30 * count}",
            f"llm_prompt_tokens_total {2 * count}",
            f'llm_finished_total{{outcome="stop"}} {count}',
            f"process_cpu_seconds_total {time.process_time()}",
        ]


def shaped(route: str, text: str) -> dict[str, object]:
    """As the route has it."""
    parts = {"/v1/completions": {"text": text}, "/v1/chat/completions": {"message": {"content": text}}}
    return {"choices": [parts[route]]} if route in parts else {"text": text}


def serve(port: int, fault: str, address: str = "127.0.0.1") -> None:
    service = Service(fault)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if service.fault == "deaf":
                self._answer(503, "{}")
                return
            models = json.dumps({"data": [{"id": "m"}]})
            pages = {"/metrics": service.metrics(), "/v1/models": models}
            self._answer(200, pages.get(self.path, "{}"))

        def do_POST(self) -> None:
            wish = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            began = time.monotonic()
            status = service.status(self.path)
            service.counted(status, time.monotonic() - began)
            text = "" if service.fault == "empty" and not service.sound else service.text(wish.get("seed", 0))
            if wish.get("stream"):
                self._stream(shaped(self.path, text))
            else:
                self._answer(status, json.dumps(shaped(self.path, text)))

        def _stream(self, piece: object) -> None:
            end = "" if service.fault == "endless" else "data: [DONE]\n\n"
            self._answer(200, f"data: {json.dumps(piece)}\n\n{end}")

        def _answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            cut = service.fault == "cut" and self.command == "POST" and not service.sound
            self.close_connection = cut
            self.wfile.write(body[: len(body) // 2] if cut else body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    ThreadingHTTPServer((address, port), Handler).serve_forever()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    serve(int(sys.argv[1]), sys.argv[2].partition(":")[2], *sys.argv[3:])
