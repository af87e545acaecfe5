"""A JSON file that is one list, read object by object: a list of any length needs the memory of its longest object."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TextIO

from scratch_llm.data.columns import Located, RowError
from scratch_llm.data.encodings import open_text

_CHUNK: Final = 1 << 16
_LONGEST: Final = 1 << 24  # characters of one object
_WHOLE: Final = 1 << 26  # characters of a file that is one object


def read_array(path: Path, limit: int | None = None) -> Iterator[Located]:
    """Read the objects of a list; of a single object, those of the one list in it, or else the object itself."""
    with open_text(path, limit=limit) as file:
        start = file.read(_CHUNK)
        if start.lstrip("\ufeff \t\r\n").startswith("["):
            yield from _Elements(file, start).read()
        else:
            yield from _wrapped(start + file.read(_WHOLE))


def _wrapped(text: str) -> Iterator[Located]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        yield Located(1, RowError(f"this is not JSON: {error}"))
        return
    lists = [inner for inner in value.values() if _is_table(inner)] if isinstance(value, dict) else []
    rows = lists[0] if len(lists) == 1 else [value]
    for row in rows:
        yield Located(1, row if isinstance(row, dict) else RowError("this is not a JSON object"))


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


class _Elements:
    """A window over the file, a place in it, and the line of that place."""

    def __init__(self, file: TextIO, start: str) -> None:
        self.file = file
        self.text = start
        self.at = 0
        self.line = 1
        self.decoder = json.JSONDecoder()

    def read(self) -> Iterator[Located]:
        """Give the elements; what follows a broken one cannot be read any more."""
        self._pass(self.text.index("[") + 1)
        while self._next_sign() not in ("]", ""):
            try:
                value = self._element()
            except (ValueError, RecursionError) as error:
                yield Located(self.line, RowError(f"this is not JSON, and what follows it was not read: {error}"))
                return
            yield Located(self.line, value if isinstance(value, dict) else RowError("this is not a JSON object"))
            self._pass(self.end)
            if self._next_sign() == ",":
                self._pass(self.at + 1)

    def _element(self) -> Any:
        while True:
            try:
                value, self.end = self.decoder.raw_decode(self.text, self.at)
                return value
            except (ValueError, RecursionError):
                if len(self.text) - self.at > _LONGEST or not self._more():
                    raise

    def _next_sign(self) -> str:
        """Pass over blanks and look; nothing where the file has ended."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in "\ufeff \t\r\n":
                self._pass(self.at + 1)
            if self.at < len(self.text) or not self._more():
                return self.text[self.at : self.at + 1]

    def _more(self) -> bool:
        """Read on; the window grows by its own length, so that a long element is not parsed again and again."""
        rest = self.text[self.at :]
        more = self.file.read(max(_CHUNK, len(rest)))
        self.text, self.at = rest + more, 0
        return bool(more)

    def _pass(self, end: int) -> None:
        self.line += self.text.count("\n", self.at, end)
        self.at = end
