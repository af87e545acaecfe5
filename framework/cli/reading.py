"""The text of a request as people send it: typed, piped or in a file, in the encodings that are about."""

from __future__ import annotations

import codecs
import os
import stat
import sys
from pathlib import Path

from framework.cli.language import tell
from framework.errors import UsageError

LIMIT = 3 * 512 * 1024  # bytes: a megabyte with room to spare; a long specification is a hundredth of it
_BINARY_SHARE = 0.02  # of control characters: no text has as many, every binary file has more
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def read_request(text: str) -> str:
    """The request that TEXT stands for: `-` is standard input, `@FILE` a file, anything else itself."""
    if text == "-":
        return decode(sys.stdin.buffer.read(LIMIT + 4), tell("usage.standard_input"))
    if text.startswith("@"):
        return decode(read_bytes(Path(text[1:]), tell("usage.at_sign")), text[1:])
    return decode(os.fsencode(text), "TEXT")


def read_bytes(path: Path, hint: str = "") -> bytes:
    """A file that the user named; what is wrong with it is a usage error."""
    try:
        if not _ends(path):
            raise UsageError(tell("usage.no_text_file", source=path), tell("usage.no_text_file_hint"))
        with path.open("rb") as file:
            return file.read(LIMIT + 4)
    except OSError as error:
        raise UsageError(tell("usage.unreadable", path=path, error=error.strerror or error), hint) from error


def _ends(path: Path) -> bool:
    """Whether reading it comes to an end: a pipe of the user's shell does, a named one may wait for ever."""
    handed = str(path) == "/dev/stdin" or str(path.parent) in ("/dev/fd", "/proc/self/fd")
    mode = path.stat().st_mode
    return handed or stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def decode(data: bytes, source: str) -> str:
    """The text in the bytes: UTF-8, UTF-16 or GB18030, whichever it is without doubt."""
    data = data.rstrip() if b"\x00" not in data else data
    if len(data) > LIMIT:
        raise UsageError(tell("usage.too_long", source=source, limit=LIMIT // 1024), tell("usage.too_long_hint"))
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _looks_binary(text):
            return text
    raise UsageError(tell("usage.no_text_file", source=source), tell("usage.no_text_file_hint"))


def _encodings(data: bytes) -> list[str]:
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return [encoding]
    if b"\x00" in data:  # no text has NUL characters, but UTF-16 has NUL bytes in every Latin letter
        return ["utf-16-le" if data[1::2].count(0) > data[::2].count(0) else "utf-16-be"]
    return ["utf-8", "gb18030"]


def _looks_binary(text: str) -> bool:
    odd = sum(1 for char in text if (char < " " and char not in "\t\n\r\f\x1b") or "\ue000" <= char <= "\uf8ff")
    return "\x00" in text or odd > _BINARY_SHARE * len(text)
