"""A package index of one's own: behind TLS that nobody knows, and for those who know the password."""

from __future__ import annotations

import base64
import http.server
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.docker.image.wheels import PACKAGES

HOST = "127.0.0.1"
PASSWORD = "canary-of-the-password"


@dataclass(frozen=True)
class Index:
    """Where it is, and the file that vouches for it."""

    address: str
    certificate: Path


@contextmanager
def serving(wheels: Path, folder: Path) -> Iterator[Index]:
    """Serve the wheels to this machine."""
    certificate, key = folder / "ca.pem", folder / "ca.key"
    subject = ["-subj", "/CN=canary-of-the-authority", "-addext", f"subjectAltName=IP:{HOST}"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    server = http.server.ThreadingHTTPServer((HOST, 0), _handler(wheels))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Index(f"https://reader:{PASSWORD}@{HOST}:{server.server_address[1]}/simple", certificate)
    finally:
        server.shutdown()
        server.server_close()


def _handler(wheels: Path) -> type[http.server.BaseHTTPRequestHandler]:
    wanted = "Basic " + base64.b64encode(f"reader:{PASSWORD}".encode()).decode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers.get("Authorization") == wanted
            self.send_response(200 if known else 401)
            if not known:
                self.send_header("WWW-Authenticate", "Basic")
            self.send_header("Content-Type", "application/octet-stream" if self.path.endswith(".whl") else "text/html")
            self.end_headers()
            self.wfile.write(_page(wheels, self.path) if known else b"")

        def log_message(self, *_: object) -> None:
            """Nobody listens."""

    return Handler


def _page(wheels: Path, path: str) -> bytes:
    name = path.rstrip("/").rpartition("/")[2]
    if name.endswith(".whl"):
        return (wheels / name).read_bytes()
    links = (f'<a href="/files/{one.file}">{one.file}</a>' for one in PACKAGES if one.name == name)
    return "".join(links).encode()
