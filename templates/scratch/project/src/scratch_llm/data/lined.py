"""Which text files hold a document on each line: they have no blank line, and their lines end like sentences."""

from itertools import islice
from pathlib import Path
from typing import Final

from scratch_llm.data.encodings import BROKEN_PACKING, lines_of, open_text
from scratch_llm.utils.errors import DataError

PARTED_BY_LINES: Final = "each line is one: it has no blank line, and its lines end like sentences"
_LOOK: Final = 2000  # lines
_BYTES: Final = 1 << 20  # by which the encoding is judged
_MANY: Final = 20
_ENDS: Final = tuple(".!?。！？…‥．｡؟।")
_CLOSING: Final = "\"'”’»」』）)]*_】》〉"
_ENDED: Final = 0.7  # share of the lines; in a text that is wrapped few lines end where a sentence does
_SURELY: Final = 0.95  # from here on lines of one width are no wrapped text either
_WRAPPED: Final = 120  # characters; nobody wraps wider
_SAME: Final = 0.85  # of the longest line


def is_lined(path: Path) -> bool:
    """Look at the first lines of a text file."""
    try:
        with open_text(path, limit=_BYTES) as file:
            lines = [line.rstrip("\r\n") for _, line in islice(lines_of(file), _LOOK)]
    except BROKEN_PACKING as error:
        raise DataError(f"{path} is no whole gzip file: {error}", "pack it again") from error
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) < _MANY or not all(map(str.strip, lines)):
        return False
    ended = sum(map(_ends, lines)) / len(lines)
    return ended >= _SURELY or (ended >= _ENDED and not _is_wrapped(lines))


def _ends(line: str) -> bool:
    return line.rstrip().rstrip(_CLOSING).endswith(_ENDS)


def _is_wrapped(lines: list[str]) -> bool:
    """Whether most lines are nearly as long as the longest, as an editor leaves them."""
    longest = max(map(len, lines))
    return longest <= _WRAPPED and 2 * sum(len(line) >= _SAME * longest for line in lines) > len(lines)
