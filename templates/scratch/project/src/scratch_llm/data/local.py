"""Datasets of one's own: a txt, jsonl, json, csv or parquet file, packed by gzip or not, or a folder of them.

A txt file holds documents parted by blank lines, or one on each line (see `lined`); in a folder each txt file is one
document. A folder that is split
already is taken as it is split (see `folders`), and a file `test` is not looked at.
"""

import itertools
from collections.abc import Iterator
from json import loads
from pathlib import Path

from scratch_llm.data.columns import (
    Located,
    Row,
    RowError,
    columns_for,
    to_record,
)
from scratch_llm.data.encodings import BROKEN_PACKING, LONGEST, lines_of, open_text
from scratch_llm.data.faults import Faults, Nothing
from scratch_llm.data.folders import files_of, no_data_in, split_files, unread_in
from scratch_llm.data.formats import FORMATS, format_of
from scratch_llm.data.json_array import read_array
from scratch_llm.data.lined import PARTED_BY_LINES, is_lined
from scratch_llm.data.records import Kind, Record
from scratch_llm.data.tables import read_table
from scratch_llm.utils.errors import DataError, MissingError, install_command

__all__ = [
    "FORMATS",
    "files_of",
    "how_parted",
    "json_row",
    "n_given_validation",
    "notes_on",
    "read_local",
    "rows_of",
    "split_files",
]


def read_local(path: Path, kind: Kind, *, text_column: str = "text", faults: Faults | None = None) -> Iterator[Record]:
    """Read all records of a file or folder; broken rows are left out and counted in `faults`."""
    faults = Faults() if faults is None else faults
    for name, why in unread_in(path):
        faults.add(name, why)
    faults.notes += notes_on(path)
    return _records(files_of(path), path, kind, text_column, faults)


def notes_on(path: Path) -> list[str]:
    """Say what a person should know of how a file or folder is read."""
    unread = [f"{names}: {why}" for names, why in no_data_in(path)]
    return unread + [f"documents of {name}: {how}" for name, how in how_parted(path).items()]


def how_parted(path: Path) -> dict[str, str]:
    """Say how a text was parted into documents, where that was not told by blank lines but judged by its look."""
    lined = path.is_file() and format_of(path) == "txt" and is_lined(path)
    return {path.name: PARTED_BY_LINES} if lined else {}


def n_given_validation(path: Path, kind: Kind, text_column: str) -> int | None:
    """Count the records that a folder sets apart for validation; None where it is not split.

    They come first in what `read_local` gives.
    """
    files = split_files(path).get("validation")
    return None if not files else sum(1 for _ in _records(files, path, kind, text_column, Faults()))


def _records(files: list[Path], path: Path, kind: Kind, text_column: str, faults: Faults) -> Iterator[Record]:
    n_read = 0
    for file in files:
        nothing = Nothing(file, kind, columns_for(kind, text_column))
        for i, (_, row) in enumerate(rows_of(file, text_column, whole=path.is_dir()), start=1):
            try:
                if isinstance(row, RowError):
                    raise row
                record = to_record(row, kind, text_column)
            except RowError as error:
                faults.add(f"{file.name}, row {i}", str(error))
                nothing.add(f"row {i}: {error}")
            else:
                nothing.found = True
                n_read += 1
                yield record
        nothing.check()
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
                yield from read_table(file, limit)
            case _:
                yield from _parquet(file)
    except BROKEN_PACKING as error:
        raise DataError(f"{file} is no whole gzip file: {error}", "pack it again") from error


def _too_long(text: str) -> RowError | None:
    return RowError(f"it is longer than {LONGEST:,} characters") if len(text) >= LONGEST else None


def _texts(path: Path, column: str, limit: int | None, *, whole: bool) -> Iterator[Located]:
    with open_text(path, limit=limit) as file:
        if whole:
            text = file.read(LONGEST)
            yield Located(1, _too_long(text) or {column: text.strip()})
            return
        if is_lined(path):
            for number, line in lines_of(file):
                if line.strip():
                    yield Located(number, _too_long(line) or {column: line.strip()})
            return
        for filled, lines in itertools.groupby(lines_of(file), key=lambda line: bool(line[1].strip())):
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
        for number, line in lines_of(file):
            if line.strip():
                yield Located(number, _too_long(line) or json_row(line))


def json_row(line: str) -> Row | RowError:
    """Read one line of a jsonl file."""
    try:
        row = loads(line)
    except (ValueError, RecursionError) as error:
        return RowError(f"this is not JSON: {error}")
    return row if isinstance(row, dict) else RowError("this is not a JSON object")


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
