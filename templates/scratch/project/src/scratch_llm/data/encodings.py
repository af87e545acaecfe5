"""Which encoding a text file is in, found by looking at its bytes; gzip is unpacked on the way."""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple, TextIO, cast

from scratch_llm.utils.errors import DataError

BROKEN_PACKING: Final = (EOFError, zlib.error, gzip.BadGzipFile)
LONGEST: Final = 1 << 24  # characters of a line or paragraph; a longer one is no text that anybody wrote
_BLOCK: Final = 1 << 20
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like the mark of UTF-16, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TOLERATED: Final = 0.05  # share of the characters beyond ASCII that may be broken in a file that counts as UTF-8
_TOLERATED_OF_ALL: Final = 0.001  # share of all characters that may be broken where no encoding reads the whole file
_TOLERATED_CHINESE: Final = 0.01  # the same for Chinese of two bytes, if what then stands there is Chinese
_ZEROS: Final = 0.3  # of every second byte, so many zeros mean UTF-16: its blanks, digits and line ends have one each
_GZIP: Final = b"\x1f\x8b"
# A third of any text; of wrongly decoded text next to nothing. Both ways of writing, because Big5 has its own.
_FREQUENT: Final = frozenset(
    "的一是了我不人在他有这上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看"
    "起发当没成只如事把还用第样道想作种开美从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分很给间法使身者被高已"
    "這們來時為說國著裡後會過對於學麼發當沒還樣種開從無現給間動頭經長兒點問"
)
_RECOGNISED: Final = 0.12  # share of frequent characters from which on Chinese counts as rightly decoded
_LEAST: Final = 0.01  # and of so many characters so few are frequent in no Chinese at all: it is Japanese or Korean
_ENOUGH: Final = 300
_FOREIGN: Final = -1.0
_LOOK: Final = 1 << 18
_WESTERN: Final = "cp1252"
_BEYOND: Final = re.compile(rb"[\x80-\xff]+")
_TYPOGRAPHIC: Final = frozenset("‘’“”–—…•«»€£§°©®™´·¿¡ºª\xa0")


def is_packed(path: Path) -> bool:
    """Say whether gzip packed a file, whatever its name says.

    Raises:
        DataError: Nobody may read it, or the disk does not give it.
    """
    try:
        with path.open("rb") as file:
            return file.read(len(_GZIP)) == _GZIP
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}", "see who may read it, and whether it is whole"
        ) from error


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file for its bytes, unpacked where gzip packed it."""
    return cast(IO[bytes], gzip.open(path, "rb")) if is_packed(path) else path.open("rb")


def open_text(path: Path, newline: str | None = None, limit: int | None = None) -> TextIO:
    """Open a text file in its own encoding; bytes that are broken become lone surrogates, which `columns` refuses."""
    encoding = detect_encoding(path, limit)
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, errors="surrogateescape", newline=newline)


def lines_of(file: TextIO) -> Iterator[tuple[int, str]]:
    """Give the lines with their numbers; of one that is too long only its beginning, so that memory holds."""
    number = 0
    while line := file.readline(LONGEST):
        number += 1
        yield number, line
        while len(line) == LONGEST and not line.endswith("\n"):
            line = file.readline(LONGEST)


def detect_encoding(path: Path, limit: int | None = None) -> str:
    """Give the encoding that reads the whole file: by its mark, else UTF-8, GB18030, Big5, UTF-16 or Windows-1252.

    A file that is UTF-8 but for a few broken bytes counts as UTF-8: read as GB18030 it would turn into wrong characters
    without any error. So does a text in which hardly a byte is broken, where no other encoding reads all of it.

    Args:
        path: The file.
        limit: Bytes to judge by, for files that take long to read; None for all of them.
    """
    with open_bytes(path) as file:
        head = file.read(_LOOK)
    candidates = _candidates(head[:4096])
    nearly = ""
    for encoding in candidates:
        broken = _broken(path, encoding, limit)
        if broken.of_beyond <= _tolerated(encoding, head):
            return encoding
        if encoding.startswith("utf-8") and broken.of_all < _TOLERATED_OF_ALL:
            nearly = encoding
    if not nearly and _is_western(head):
        return _WESTERN
    if nearly:  # English with one wrong byte: there is next to nothing beyond ASCII to compare that with
        return nearly
    raise DataError(
        f"the encoding of {path} is unknown, it looks like no text: tried {', '.join(candidates)}", "save it as UTF-8"
    )


def _is_western(head: bytes) -> bool:
    """Whether bytes beyond ASCII are letters and signs of Western Europe: they stand alone among ASCII letters."""
    if b"\0" in head:
        return False
    try:
        beyond = [sign for sign in head.decode(_WESTERN) if sign > "\x7f"]
    except UnicodeDecodeError:
        return False
    runs = len(_BEYOND.findall(head))
    letters = sum(map(bytes.isalpha, (head[i : i + 1] for i in range(len(head)))))
    usual = sum(sign.isalpha() or sign in _TYPOGRAPHIC for sign in beyond)
    return bool(beyond) and len(beyond) < 0.3 * letters and runs > 0.8 * len(beyond) and usual > 0.9 * len(beyond)


def _tolerated(encoding: str, head: bytes) -> float:
    """Say which share of characters may be broken. Nearly any two bytes are a Chinese character in some encoding."""
    if encoding.startswith("utf-8"):
        return _TOLERATED
    if encoding not in ("gb18030", "cp950"):
        return 0
    score = _recognised(head, encoding)
    if score == _FOREIGN or (score < _RECOGNISED and _is_western(head)):
        return -1  # of Western Europe an accent and the letter behind it read as one Chinese character
    if encoding == "gb18030" and _recognised(head, "cp950") > max(score, _RECOGNISED):
        return -1  # it is Big5, which reads as GB18030 without an error, and without a sense
    return _TOLERATED_CHINESE if score >= _RECOGNISED else 0


def _recognised(head: bytes, encoding: str) -> float:
    text = codecs.getincrementaldecoder(encoding)("ignore").decode(head)
    beyond = [character for character in text if ord(character) > 0x2FFF and character.isalpha()]
    share = sum(character in _FREQUENT for character in beyond) / len(beyond) if beyond else 0.0
    return _FOREIGN if len(beyond) >= _ENOUGH and share < _LEAST else share


def _candidates(head: bytes) -> list[str]:
    marked = [encoding for mark, encoding in _MARKS if head.startswith(mark)]
    if marked:
        return marked
    surplus = head[1::2].count(0) - head[::2].count(0)  # zeros come second in little endian, first in big endian
    utf16 = "utf-16-le" if surplus >= 0 else "utf-16-be"
    if abs(surplus) > _ZEROS * (len(head) / 2):
        return [utf16]
    # A single zero byte is a character of the others too. UTF-16 takes nearly any bytes, so it is last.
    narrow = ["utf-8", "gb18030", "cp950"]
    return [*narrow, utf16] if b"\0" in head else narrow


class _Shares(NamedTuple):
    """How many of the characters beyond ASCII, and how many of all, are broken."""

    of_beyond: float
    of_all: float


def _broken(path: Path, encoding: str, limit: int | None) -> _Shares:
    """Decode the file, and count what is broken."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    n_broken = n_beyond = n_all = 0
    for block in _blocks(path, limit):
        text = decoder.decode(block, final=not block)
        n_all += len(text)
        if not text.isascii():
            # Where the text itself holds this character, nothing is broken.
            n_broken += max(0, text.count("\ufffd") - _count_own(block, encoding))
            n_beyond += len(text) - len(text.encode("ascii", "ignore"))
    return _Shares(n_broken / n_beyond, n_broken / n_all) if n_beyond else _Shares(0.0, 0.0)


def _count_own(block: bytes, encoding: str) -> int:
    own = "\ufffd".encode(encoding, "ignore")
    return block.count(own) if own else 0


def _blocks(path: Path, limit: int | None) -> Iterator[bytes]:
    """Give the bytes block by block, and an empty one where the file has ended, not only the looking."""
    n_read = 0
    try:
        with open_bytes(path) as file:
            while block := file.read(_BLOCK):
                yield block
                n_read += len(block)
                if limit is not None and n_read >= limit:
                    return
    except BROKEN_PACKING as error:
        raise DataError(f"{path} is no whole gzip file: {error}", "pack it again") from error
    yield b""
