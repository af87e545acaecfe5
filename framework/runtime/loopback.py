"""This machine as seen by itself: which port is free, and what a service says of its health."""

from __future__ import annotations

import socket
from http.client import HTTPConnection, HTTPException

from framework.errors import MissingOutside

LOCAL = "127.0.0.1"
_TRIES = 100
_SECONDS = 5


def free_port(first: int, address: str = LOCAL, last: int = 0) -> int:
    """The first port from there on that nothing listens at; rather the one that was found there the last time."""
    ports = range(first, min(first + _TRIES, 65536))
    for port in (last, *ports) if last in ports else ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was closed just now is free
            try:
                probe.bind((address, port))
            except OSError:
                continue
            return port
    raise MissingOutside(
        f"none of the ports {first} to {first + _TRIES - 1} of {address} is free.",
        hint="Name another one as `deploy.port` in the DOCKER_CONFIG.md of the project, then resume.",
    )


def health_status(port: int) -> int | None:
    """The status of /health; None where nothing answers."""
    connection = HTTPConnection(LOCAL, port, timeout=_SECONDS)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()
