"""A line to an engine that can be cut: whoever talks over it then finds the engine gone."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self


class Line:
    """Passes bytes between its own socket and the engine's."""

    def __init__(self, engine: str, place: Path) -> None:
        self._engine = engine
        self._place = place
        self._open: list[socket.socket] = []
        self._door = socket.socket(socket.AF_UNIX)

    def __enter__(self) -> Self:
        self._door.bind(str(self._place))
        self._door.listen()
        Thread(target=self._admit, daemon=True).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.cut()

    def cut(self) -> None:
        """Nothing goes through any more, and nobody listens."""
        self._place.unlink(missing_ok=True)
        for one in (self._door, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _admit(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._door.accept()
                there = socket.socket(socket.AF_UNIX)
                there.connect(self._engine)
                self._open += [here, there]
                for one, other in ((here, there), (there, here)):
                    Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
