"""Which encoding a text file is in, found by looking at its bytes."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

from scratch_llm.utils.errors import DataError

_BLOCK: Final = 1 << 20
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like the mark of UTF-16, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TOLERATED: Final = 0.05  # share of the characters beyond ASCII that may be broken in a file that counts as UTF-8
_ZEROS: Final = 0.3  # of every second byte, so many zeros mean UTF-16: its blanks, digits and line ends have one each


def open_text(path: Path, newline: str | None = None) -> TextIO:
    """Open a text file in its own encoding; bytes that are broken become lone surrogates, which `columns` refuses."""
    return path.open(encoding=detect_encoding(path), errors="surrogateescape", newline=newline)


def detect_encoding(path: Path) -> str:
    """Give the encoding that reads the whole file: by its mark, else UTF-8, GB18030 or UTF-16, whichever fits first.

    A file that is UTF-8 but for a few broken bytes counts as UTF-8: read as GB18030 it would turn into wrong characters
    without any error.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    candidates = _candidates(head)
    for encoding in candidates:
        if _broken_share(path, encoding) <= (_TOLERATED if encoding.startswith("utf-8") else 0):
            return encoding
    raise DataError(
        f"the encoding of {path} is unknown, it looks like no text: tried {', '.join(candidates)}", "save it as UTF-8"
    )


def _candidates(head: bytes) -> list[str]:
    marked = [encoding for mark, encoding in _MARKS if head.startswith(mark)]
    if marked:
        return marked
    surplus = head[1::2].count(0) - head[::2].count(0)  # zeros come second in little endian, first in big endian
    utf16 = "utf-16-le" if surplus >= 0 else "utf-16-be"
    if abs(surplus) > _ZEROS * (len(head) / 2):
        return [utf16]
    # A single zero byte is a character of the others too. UTF-16 takes nearly any bytes, so it is last.
    return ["utf-8", "gb18030", utf16] if b"\0" in head else ["utf-8", "gb18030"]


def _broken_share(path: Path, encoding: str) -> float:
    """Decode the whole file; give the share of broken characters among those beyond ASCII."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    n_broken = n_beyond = 0
    for block in _blocks(path):
        text = decoder.decode(block, final=not block)
        if not text.isascii():
            # Where the text itself holds this character, nothing is broken.
            n_broken += max(0, text.count("\ufffd") - block.count("\ufffd".encode(encoding)))
            n_beyond += len(text) - len(text.encode("ascii", "ignore"))
    return n_broken / n_beyond if n_beyond else 0.0


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
    yield b""
