"""An engine in whatever state a test needs: a real HTTP server on a socket that speaks a part of docker's API."""

from __future__ import annotations

import json
import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

Answer = tuple[int, Any]
GPU_REFUSED = 'could not select device driver "" with capabilities: [[gpu]]'
CARDS = "GPU 0: Test Card (UUID: GPU-1)\nGPU 1: Test Card (UUID: GPU-2)\n"


@dataclass
class Api:
    """What the engine answers; `asked` is what it was asked, in order."""

    version: str = "24.0.7"
    info: dict[str, Any] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)  # reference: id
    registry: Answer = (500, {"message": "no such host"})
    gpu: Answer = (500, {"message": GPU_REFUSED})  # of starting a container that wants one; 204 lets it start
    said: dict[str, tuple[int, str]] = field(default_factory=dict)  # first word of a command: exit code, output
    asked: list[str] = field(default_factory=list)
    made: dict[str, dict[str, Any]] = field(default_factory=dict)  # container: as it was ordered
    removed: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, query: str, body: Any) -> Answer:
        """What it says to one request."""
        self.asked.append(f"{method} {path}")
        for pattern, reply in self._routes(query, body):
            if found := re.fullmatch(pattern, f"{method} {path}"):
                return reply(*found.groups())
        return 404, {"message": f"no such thing: {path}"}

    def _routes(self, query: str, body: Any) -> list[tuple[str, Callable[..., Answer]]]:
        return [
            ("GET /_ping", lambda: (200, "OK")),
            ("GET /version", lambda: (200, {"Version": self.version, "ApiVersion": "1.43"})),
            ("GET /info", lambda: (200, self._info())),
            ("GET /images/(.+)/json", self._image),
            ("GET /images/(.+)/history", lambda _: (200, [{"Size": 5, "CreatedBy": "ADD"}])),
            ("GET /distribution/.+/json", lambda: self.registry),
            ("POST /images/create", lambda: (200, {"status": "imported"})),
            ("DELETE /images/.+", lambda: (200, [])),
            ("POST /containers/create", lambda: self._create(body)),
            ("POST /containers/(.+)/start", self._start),
            ("POST /containers/(.+)/wait", lambda name: (200, {"StatusCode": self._outcome(name)[0]})),
            ("GET /containers/(.+)/logs", lambda name: (200, self._outcome(name)[1].encode())),
            ("GET /containers/json", lambda: (200, [])),
            ("GET /containers/(.+)/json", lambda name: (200, self._state(name))),
            ("DELETE /containers/(.+)", self._remove),
            ("GET /networks", lambda: (200, [])),
            ("GET /volumes", lambda: (200, {"Volumes": None})),
        ]

    def _info(self) -> dict[str, Any]:
        usual = {
            "ID": "TEST",
            "Name": "node-a",
            "Driver": "overlay2",
            "DockerRootDir": "/var/lib/docker",
            "OperatingSystem": "Test OS",
            "Architecture": "x86_64",
            "NCPU": 4,
            "MemTotal": 8 << 30,
            "Runtimes": {"runc": {"path": "runc"}},
        }
        return usual | self.info

    def _image(self, reference: str) -> Answer:
        if reference not in self.images:
            return 404, {"message": f"No such image: {reference}"}
        return 200, {"Id": self.images[reference], "Size": 5, "Config": {}, "RepoTags": [reference]}

    def _create(self, body: Any) -> Answer:
        name = f"c{len(self.made)}"
        self.made[name] = body
        return 201, {"Id": name}

    def _start(self, name: str) -> Answer:
        wants_gpu = self.made[name]["HostConfig"].get("DeviceRequests")
        return self.gpu if wants_gpu else (204, b"")

    def _outcome(self, name: str) -> tuple[int, str]:
        return self.said.get(self.made[name]["Entrypoint"][0], (127, "no such program\n"))

    def _state(self, name: str) -> dict[str, Any]:
        state = {"Status": "exited", "Running": False, "ExitCode": self._outcome(name)[0], "OOMKilled": False}
        config = {"Image": "x", "Labels": {}, "Tty": True}  # with a terminal the log comes without frames
        return {"Id": name, "Name": f"/{name}", "Image": "sha256:x", "State": state, "Config": config}

    def _remove(self, name: str) -> Answer:
        self.removed.append(name)
        return 204, b""


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    api: Api


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def address_string(self) -> str:
        return "socket"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: pytest shows what matters."""

    def do_GET(self) -> None:
        self._reply()

    def do_POST(self) -> None:
        self._reply()

    def do_DELETE(self) -> None:
        self._reply()

    def _reply(self) -> None:
        said = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_json = "json" in (self.headers.get("Content-Type") or "")
        path, _, query = re.sub(r"^/v\d\.\d+", "", self.path).partition("?")
        status, answer = self.server.api.answer(
            self.command, path, query, json.loads(said) if is_json and said else None
        )
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def serving(api: Api, socket: Path) -> Iterator[str]:
    """The engine's address while it runs."""
    with _Server(str(socket), _Handler) as server:
        server.api = api
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"unix://{socket}"
        finally:
            server.shutdown()
            thread.join()
