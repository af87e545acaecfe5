"""Tables as text: rows of cells parted by commas, semicolons, tabs or bars, with or without a header."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

from scratch_llm.data.columns import Located, Row, RowError
from scratch_llm.data.encodings import LONGEST, lines_of, open_text

_SIGNS: Final = ",;\t|"
_CELL: Final = 120  # characters; the names of columns are shorter
_SENTENCE: Final = 20  # characters from which on a full stop ends a sentence, and no name such as "No."
_SAID: Final = re.compile(r"\s*sep=(.)\s*", re.IGNORECASE)  # how Excel says what parts the cells


def read_table(path: Path, limit: int | None) -> Iterator[Located]:
    """Read the rows of a table, each with the line that it begins at; one that is broken takes no other with it."""
    csv.field_size_limit(LONGEST - 1)  # documents are longer than the 128 KiB that csv allows
    header: list[str] = []
    with open_text(path, newline="", limit=limit) as file:
        lines = _Lines(file)
        sign = _delimiter(lines)
        rows = csv.reader(lines, delimiter=sign, strict=True)
        while True:
            lines.taken.clear()
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield Located(lines.taken[0][0], RowError(f"this is not CSV: {error}"))
                lines.give_back(lines.taken[1:])  # a quote that nobody closed has swallowed them
                continue
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header, is_named = _names(cells)
                if is_named:
                    continue
            yield Located(lines.taken[0][0], _row(header, cells, sign))


class _Lines:
    """The lines of a file with their numbers; those that a broken row has swallowed can be read again."""

    def __init__(self, file: TextIO) -> None:
        self._file = lines_of(file)
        self._again: deque[tuple[int, str]] = deque()
        self.taken: list[tuple[int, str]] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.taken.append(self._again.popleft() if self._again else next(self._file))
        return self.taken[-1][1]

    def give_back(self, lines: list[tuple[int, str]]) -> None:
        """Let lines be read again."""
        self._again.extendleft(reversed(lines))


def _delimiter(lines: _Lines) -> str:
    """Tell by the first line what parts the cells: spreadsheets of many countries write semicolons."""
    first = next(lines, "")
    if said := _SAID.fullmatch(first):
        return said[1]
    lines.give_back(lines.taken)
    return max(_SIGNS, key=first.count)


def _names(cells: list[str]) -> tuple[list[str], bool]:
    """Give the names of the columns, and whether the first row says them: else it is data already."""
    numbered = [f"column_{number}" for number in range(1, len(cells) + 1)]
    named = [cell.strip() for cell in cells if cell.strip()]
    if len(set(named)) < len(named) or not all(map(_is_name, named)):
        return numbered, False
    is_one_blank = len(named) == len(cells) - 1  # the index that pandas writes
    return [
        cell if cell.strip() or is_one_blank else number for cell, number in zip(cells, numbered, strict=True)
    ], True


def _is_name(text: str) -> bool:
    is_sentence = len(text) > _SENTENCE and text.endswith((".", "。", "!", "！"))
    return len(text) <= _CELL and not is_sentence and not _is_number(text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _row(header: list[str], cells: list[str], sign: str) -> Row | RowError:
    if len(header) == 1:  # whoever has one column does not quote what seems to part it
        return {header[0]: sign.join(cells)}
    if len(cells) != len(header):
        return RowError(f"{len(cells)} cells where the header has {len(header)}")
    return dict(zip(header, cells, strict=True))
