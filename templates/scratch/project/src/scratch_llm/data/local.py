"""Datasets of one's own: a txt, jsonl, json, csv or parquet file, packed by gzip or not, or a folder of them.

A txt file holds documents parted by blank lines; in a folder each txt file is one document. A folder with files `train`
and `validation` is split already: they are taken as they are, and a file `test` is not looked at.
"""

import csv
import itertools
import re
from collections.abc import Iterator
from json import loads
from pathlib import Path
from typing import Final, Literal, TextIO

from scratch_llm.data.columns import (
    Located,
    Row,
    RowError,
    columns_for,
    to_record,
)
from scratch_llm.data.encodings import BROKEN_PACKING, open_text
from scratch_llm.data.faults import Faults
from scratch_llm.data.formats import FORMATS, format_of, is_named_like_data
from scratch_llm.data.json_array import read_array
from scratch_llm.data.records import Kind, Record
from scratch_llm.utils.errors import ConfigError, DataError, MissingError, install_command

__all__ = [
    "FORMATS",
    "LEADS_OUT",
    "Split",
    "files_of",
    "json_row",
    "links_out_of",
    "n_given_validation",
    "read_local",
    "rows_of",
    "split_files",
]

Split = Literal["train", "validation", "test"]
LEADS_OUT: Final = "it is a link that leads out of the folder, and was skipped"
HOPELESS: Final = 100  # so many broken rows before the first good one mean a wrong file or column
LONGEST: Final = 1 << 24  # characters of a line or paragraph; a longer one is no text that anybody wrote
_SPLIT: Final = re.compile(r"(train|validation|valid|val|dev|test)([-_.]\d.*)?", re.IGNORECASE)
_SPLIT_OF: Final[dict[str, Split]] = {"train": "train", "test": "test"}
_CELL: Final = 120  # characters; the names of columns are shorter


def read_local(path: Path, kind: Kind, *, text_column: str = "text", faults: Faults | None = None) -> Iterator[Record]:
    """Read all records of a file or folder; broken rows are left out and counted in `faults`."""
    faults = Faults() if faults is None else faults
    for link in links_out_of(path):
        faults.add(link.name, LEADS_OUT)
    return _records(files_of(path), path, kind, text_column, faults)


def n_given_validation(path: Path, kind: Kind, text_column: str) -> int | None:
    """Count the records that a folder sets apart for validation; None where it is not split.

    They come first in what `read_local` gives.
    """
    files = split_files(path).get("validation")
    return None if not files else sum(1 for _ in _records(files, path, kind, text_column, Faults()))


def _records(files: list[Path], path: Path, kind: Kind, text_column: str, faults: Faults) -> Iterator[Record]:
    n_read = 0
    for place, row in _rows(files, path, text_column):
        try:
            if isinstance(row, RowError):
                raise row
            record = to_record(row, kind, text_column)
        except RowError as error:
            faults.add(place, str(error))
            if not n_read and faults.count >= HOPELESS:
                break
        else:
            n_read += 1
            yield record
    if not n_read:
        raise _nothing_found(path, kind, text_column, faults)


def _nothing_found(path: Path, kind: Kind, text_column: str, faults: Faults) -> DataError:
    if not faults.count:
        return DataError(f"{path} holds no {kind} record (it is empty)", "put text into it")
    reason = faults.examples[0]
    advice = "; data.text_column names another column" if kind == "text" else ""
    return DataError(
        f"{path} holds no {kind} record ({reason})", f"it needs the columns {columns_for(kind, text_column)}{advice}"
    )


def files_of(path: Path) -> list[Path]:
    """List the readable files of a dataset in a fixed order; of one that is split, what validates comes first."""
    if path.is_file():
        format_of(path)  # refuses what is none
        return [path]
    if not path.is_dir():
        raise ConfigError(f"there is no file or folder {path}", "set data.path to your dataset")
    if given := split_files(path):
        return [*given["validation"], *given["train"]]
    visible = [file for file in _visible(path) if _stays_in(file, path)]
    if not visible:
        advice = "; links that lead out of the folder are not followed" if links_out_of(path) else ""
        raise DataError(f"there is no dataset in {path}", f"put files there: {', '.join(FORMATS)}{advice}")
    return visible


def links_out_of(path: Path) -> list[Path]:
    """List the files of a dataset that are not read, because they lie elsewhere: nobody has named what is there."""
    return [file for file in _visible(path) if not _stays_in(file, path)] if path.is_dir() else []


def _visible(folder: Path) -> list[Path]:
    found = sorted(file for file in folder.rglob("*") if is_named_like_data(file) and file.is_file())
    return [file for file in found if not any(part.startswith(".") for part in file.relative_to(folder).parts)]


def _stays_in(file: Path, folder: Path) -> bool:
    return not file.is_symlink() or file.resolve().is_relative_to(folder.resolve())


def split_files(path: Path) -> dict[Split, list[Path]]:
    """Find the files of a folder that is split already: both `train` and `validation` must be there."""
    if not path.is_dir():
        return {}
    found: dict[Split, list[Path]] = {}
    for file in sorted(path.iterdir()):
        named = _SPLIT.fullmatch(file.name.partition(".")[0])
        if named and is_named_like_data(file) and file.is_file() and _stays_in(file, path):
            found.setdefault(_SPLIT_OF.get(named[1].lower(), "validation"), []).append(file)
    return found if {"train", "validation"} <= found.keys() else {}


def _rows(files: list[Path], path: Path, text_column: str) -> Iterator[tuple[str, Row | RowError]]:
    for file in files:
        for i, located in enumerate(rows_of(file, text_column, whole=path.is_dir()), start=1):
            yield f"{file.name}, row {i}", located.row


def rows_of(file: Path, text_column: str = "text", *, whole: bool, limit: int | None = None) -> Iterator[Located]:
    """Read the rows of one file, each with its line.

    Args:
        file: The file.
        text_column: The column that running text is given in.
        whole: Take a txt file as one document.
        limit: Bytes by which the encoding is judged; None for all.
    """
    try:
        match format_of(file):
            case "txt":
                yield from _texts(file, text_column, limit, whole=whole)
            case "jsonl":
                yield from _json_lines(file, limit)
            case "json":
                yield from read_array(file, limit)
            case "csv":
                yield from _csv(file, limit)
            case _:
                yield from _parquet(file)
    except BROKEN_PACKING as error:
        raise DataError(f"{file} is no whole gzip file: {error}", "pack it again") from error


def _lines(file: TextIO) -> Iterator[tuple[int, str]]:
    """Give the lines with their numbers; of one that is too long only its beginning, so that memory holds."""
    number = 0
    while line := file.readline(LONGEST):
        number += 1
        yield number, line
        while len(line) == LONGEST and not line.endswith("\n"):
            line = file.readline(LONGEST)


def _too_long(text: str) -> RowError | None:
    return RowError(f"it is longer than {LONGEST:,} characters") if len(text) >= LONGEST else None


def _texts(path: Path, column: str, limit: int | None, *, whole: bool) -> Iterator[Located]:
    with open_text(path, limit=limit) as file:
        if whole:
            text = file.read(LONGEST)
            yield Located(1, _too_long(text) or {column: text.strip()})
            return
        for filled, lines in itertools.groupby(_lines(file), key=lambda line: bool(line[1].strip())):
            if filled:
                yield from _paragraph(lines, column)


def _paragraph(lines: Iterator[tuple[int, str]], column: str) -> Iterator[Located]:
    """Join lines; a paragraph without end is given in parts."""
    kept: list[str] = []
    first = n_character = 0
    for number, line in lines:
        first = first or number
        kept.append(line)
        n_character += len(line)
        if n_character >= LONGEST:
            yield Located(first, _too_long(line) or {column: "".join(kept).strip()})
            kept, first, n_character = [], 0, 0
    if kept:
        yield Located(first, {column: "".join(kept).strip()})


def _json_lines(path: Path, limit: int | None) -> Iterator[Located]:
    with open_text(path, limit=limit) as file:
        for number, line in _lines(file):
            if line.strip():
                yield Located(number, _too_long(line) or json_row(line))


def json_row(line: str) -> Row | RowError:
    """Read one line of a jsonl file."""
    try:
        row = loads(line)
    except (ValueError, RecursionError) as error:
        return RowError(f"this is not JSON: {error}")
    return row if isinstance(row, dict) else RowError("this is not a JSON object")


def _csv(path: Path, limit: int | None) -> Iterator[Located]:
    csv.field_size_limit(LONGEST - 1)  # documents are longer than the 128 KiB that csv allows
    header: list[str] = []
    with open_text(path, newline="", limit=limit) as file:
        first = file.readline(LONGEST)
        file.seek(0)
        rows = csv.reader((line for _, line in _lines(file)), delimiter=_delimiter(first), strict=True)
        while True:
            begin = rows.line_num + 1
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield Located(begin, RowError(f"this is not CSV: {error}"))
                continue
            if not header:
                header = _names(cells)
                if header == cells:
                    continue
            if cells:
                yield Located(begin, _csv_row(header, cells))


def _delimiter(header: str) -> str:
    """Tell by the header what parts the cells: spreadsheets of many countries write semicolons."""
    return max(",;\t", key=header.count)


def _names(cells: list[str]) -> list[str]:
    """Give the names of the columns: the first row, or numbers where that row is data already."""
    names = [cell.strip() for cell in cells]
    is_header = len(set(names)) == len(names) and all(len(name) <= _CELL and not _is_number(name) for name in names)
    return cells if is_header else [f"column_{number}" for number in range(1, len(cells) + 1)]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _csv_row(header: list[str], cells: list[str]) -> Row | RowError:
    if len(cells) != len(header):
        return RowError(f"{len(cells)} cells where the header has {len(header)}")
    return dict(zip(header, cells, strict=True))


def _parquet(path: Path) -> Iterator[Located]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise MissingError("parquet files need pyarrow", install_command("data")) from error
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            batches = (batch.to_pylist() for batch in file.iter_batches(batch_size=256))
            for number, row in enumerate(itertools.chain.from_iterable(batches), start=1):
                yield Located(number, row)
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{path} is not a readable parquet file: {error}", "write the file again") from error
