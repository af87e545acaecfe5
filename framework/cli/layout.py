"""Lines and columns of text: measured, wrapped and styled for a terminal, or plain for a pipe.

rich would do this too, but its import alone takes longer than everything that `foundry status` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import combining, east_asian_width

Cell = str | tuple[str, str]  # a text, or a text and its style
Piece = tuple[str, str]

GAP = 2
NARROWEST = 12  # a column is not made narrower than this
_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
# Lines break at blanks, and between characters that are written without any.
_WORD = re.compile(
    r"\n|[^\S\n]+|[\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]+"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MISLEADING = re.compile("[\x80-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class Screen:
    """Where the text goes: `width` is None where lines have no end."""

    width: int | None = None
    styled: bool = False


def plain(text: str) -> str:
    """The text with everything made visible that would steer a terminal or hide what is written."""
    text = text.replace("\r\n", "\n").expandtabs(4)
    text = _CONTROL.sub(lambda match: "␡" if match[0] == "\x7f" else chr(0x2400 + ord(match[0])), text)
    return _MISLEADING.sub("\ufffd", text)


def width_of(text: str) -> int:
    """How many columns the text takes: Chinese characters take two, combining marks none."""
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def line(screen: Screen, cells: Sequence[Cell], indent: int = 0) -> str:
    """The cells one after the other, wrapped under their indent."""
    pieces = [_piece(cell) for cell in cells]
    room = max(screen.width - indent, NARROWEST) if screen.width else None
    return "\n".join(" " * indent + _styled(screen, row) for row in _wrapped(pieces, room))


def table(screen: Screen, rows: Sequence[Sequence[Cell]], headers: Sequence[str] = (), indent: int = 0) -> str:
    """Aligned columns; where they are too wide for the screen the widest ones are wrapped."""
    grid = [[_piece(cell) for cell in row] for row in rows]
    if headers:
        grid.insert(0, [_piece((header, "dim")) for header in headers])
    widths = _column_widths(grid, screen.width - indent if screen.width else None)
    return "\n".join(text for row in grid for text in _table_row(screen, row, widths, indent))


def _piece(cell: Cell) -> Piece:
    text, style = (cell, "") if isinstance(cell, str) else cell
    return plain(text), style


def _column_widths(grid: Sequence[Sequence[Piece]], room: int | None) -> list[int]:
    count = max((len(row) for row in grid), default=0)
    columns = [[row[index][0] for row in grid if index < len(row)] for index in range(count)]
    widths = [max(width_of(part) for text in column for part in text.split("\n")) for column in columns]
    while room and sum(widths) + GAP * (count - 1) > room and max(widths) > NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _table_row(screen: Screen, row: Sequence[Piece], widths: Sequence[int], indent: int) -> Iterator[str]:
    columns = [list(_wrapped([piece], width)) for piece, width in zip(row, widths, strict=False)]
    for number in range(max(map(len, columns), default=0)):
        text = " " * indent
        for column, width in zip(columns, widths, strict=False):
            part = column[number] if number < len(column) else []
            blanks = width - sum(width_of(word) for word, _ in part) + GAP
            text += _styled(screen, part) + " " * blanks
        yield text.rstrip()


def _wrapped(pieces: Sequence[Piece], room: int | None) -> Iterator[list[Piece]]:
    """The pieces cut into rows that fit; a word longer than a row is cut."""
    row: list[Piece] = []
    used = 0
    for word, style in _words(pieces, room):
        size = width_of(word)
        if word == "\n" or (room and used + size > room and used):
            yield row
            row, used = [], 0
            if word.isspace():
                continue
        row.append((word, style))
        used += size
    yield row


def _words(pieces: Sequence[Piece], room: int | None) -> Iterator[Piece]:
    for text, style in pieces:
        for word in _WORD.findall(text):
            step = max(1, room * len(word) // width_of(word)) if room and width_of(word) > room else len(word)
            yield from ((word[start : start + step], style) for start in range(0, len(word), step))


def _styled(screen: Screen, pieces: Sequence[Piece]) -> str:
    if not screen.styled:
        return "".join(text for text, _ in pieces)
    return "".join(f"\x1b[{_codes(style)}m{text}\x1b[0m" if style else text for text, style in pieces)


def _codes(style: str) -> str:
    return ";".join(_STYLES[word] for word in style.split())
