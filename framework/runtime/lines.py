"""The bytes that a program writes, as lines: each is told when it is whole, and the last ones are kept."""

from __future__ import annotations

import codecs
from collections import defaultdict, deque
from collections.abc import Callable, Sequence

KEPT = 1 << 16  # characters of each stream
_LONGEST = 4096
_SHORTEST = 16  # what a line is taken to have at the least, when lines are counted and not characters

Tell = Callable[[str], None]


class Lines:
    """What a program says on its streams."""

    def __init__(self, tell: Tell | None = None) -> None:
        self._tell = tell
        self._streams: dict[str, _Stream] = defaultdict(_Stream)

    def hear(self, stream: str, data: bytes) -> None:
        """Take in what has come."""
        self._told(self._streams[stream].take(data))

    def finish(self) -> None:
        """What has no end of line is a line all the same."""
        for stream in self._streams.values():
            self._told(stream.take(b"\n") if stream.rest else [])

    def text(self, stream: str) -> str:
        """The last of what was said."""
        return "\n".join(self._streams[stream].kept)[-KEPT:]

    def _told(self, lines: Sequence[str]) -> None:
        for line in lines:
            if self._tell and line.strip():
                self._tell(line)


class _Stream:
    """One stream. Progress bars end their lines with a carriage return."""

    def __init__(self) -> None:
        self.rest = ""
        self.kept: deque[str] = deque(maxlen=KEPT // _SHORTEST)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def take(self, data: bytes) -> list[str]:
        """The lines that are whole now."""
        text = self.rest + self._decoder.decode(data)
        *whole, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.rest = rest[-_LONGEST:]
        lines = [line[-_LONGEST:] for line in whole]
        self.kept.extend(lines)
        return lines
