"""Waits for calls without letting one caller keep the others waiting."""

from __future__ import annotations

import argparse
import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_LOOPBACK = "127.0.0.1"
_LARGEST_POST = 1 << 20
_CALL_S = 10  # until a call has said all it has to say
_CALLERS = 16  # at the same time; more are turned away
Answer = Callable[[], tuple[int, object]]


def place(text: str) -> tuple[str, int]:
    """HOST:PORT; others may reach it only where an address is given in full."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (port.isascii() and port.isdigit() and int(port) < 1 << 16):
        raise argparse.ArgumentTypeError(f"{text!r} must be HOST:PORT or PORT, 127.0.0.1:9095 say")
    return host or _LOOPBACK, int(port)


class _Server(ThreadingHTTPServer):
    """A thread for each caller, so many and no more."""

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._places = threading.BoundedSemaphore(_CALLERS)
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Without asking the network for this machine's name."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """In a thread of its own, if there is one."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """One call."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()


def answering(address: tuple[str, int], answer: Answer) -> ThreadingHTTPServer:
    """A server that gives this answer to every POST."""

    class Webhook(BaseHTTPRequestHandler):
        def setup(self) -> None:
            super().setup()
            self._late = threading.Timer(_CALL_S, self._end)
            self._late.daemon = True
            self._late.start()

        def finish(self) -> None:
            self._late.cancel()
            with suppress(OSError):  # the caller has left
                super().finish()

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "0")
            if not (length.isascii() and length.isdigit()):
                self._say(400, {"error": "Content-Length is no length"})
            elif len(length) > len(str(_LARGEST_POST)) or int(length) > _LARGEST_POST:
                self._say(413, {"error": f"a call may have {_LARGEST_POST} bytes"})
            elif len(self.rfile.read(int(length))) == int(length):
                self._late.cancel()
                self._say(*answer())

        def _end(self) -> None:
            """It dripped: whoever waits for the rest of it waits no more."""
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

        def _say(self, status: int, data: object) -> None:
            body = json.dumps(data).encode()
            with suppress(OSError):  # the caller has left
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

    return _Server(address, Webhook)
