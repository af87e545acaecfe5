"""HTTP/1.1 with little work, so that hundreds of clients in one process measure the server and not themselves."""

import asyncio
import time
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Reply:
    """What came back, and when its first piece came."""

    status: int
    body: bytes
    first_piece_s: float
    complete_s: float


class Connection:
    """One kept connection to one server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, host: str, port: int) -> Self:
        """Connect."""
        return cls(*await asyncio.open_connection(host, port))

    async def post(self, path: str, body: bytes) -> Reply:
        """Send JSON and read the whole reply."""
        began = time.monotonic()
        lines = (
            f"POST {path} HTTP/1.1",
            "Host: server",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        )
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        status_line, *headers = (await self._reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
        length = next((int(line.split(b":")[1]) for line in headers if line.startswith(b"content-length:")), None)
        pieces = []
        first_piece = 0.0
        while length is None or not pieces:
            piece = await (self._chunk() if length is None else self._reader.readexactly(length))
            first_piece = first_piece or time.monotonic() - began
            if not piece:
                break
            pieces.append(piece)
        return Reply(int(status_line.split(b" ")[1]), b"".join(pieces), first_piece, time.monotonic() - began)

    async def close(self) -> None:
        """Disconnect."""
        self._writer.close()
        await self._writer.wait_closed()

    async def _chunk(self) -> bytes:
        size = int(await self._reader.readuntil(b"\r\n"), 16)
        return (await self._reader.readexactly(size + 2))[:-2]
