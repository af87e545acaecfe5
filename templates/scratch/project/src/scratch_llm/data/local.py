"""Datasets of one's own: a txt, jsonl, csv or parquet file, or a folder of them.

A txt file holds documents parted by blank lines; in a folder each txt file is one document.
"""

import csv
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scratch_llm.data.columns import Row, RowError, columns_for, to_record
from scratch_llm.data.encodings import open_text
from scratch_llm.data.faults import Faults
from scratch_llm.data.records import Kind, Record
from scratch_llm.utils.errors import ConfigError, DataError, MissingError, install_command

Rows = Iterator[Row | RowError]  # a row that cannot be read is given as the error, so that reading goes on
FORMATS: Final = (".txt", ".jsonl", ".csv", ".parquet")
HOPELESS: Final = 100  # so many broken rows before the first good one mean a wrong file or column


def read_local(path: Path, kind: Kind, *, text_column: str = "text", faults: Faults | None = None) -> Iterator[Record]:
    """Read all records of a file or folder; broken rows are left out and counted in `faults`."""
    faults = Faults() if faults is None else faults
    n_read = 0
    for place, row in _rows(path, text_column):
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
    """List the readable files of a dataset in a fixed order."""
    if path.is_file():
        if path.suffix.lower() not in FORMATS:
            raise ConfigError(f"{path} has no known format", f"use one of {', '.join(FORMATS)}")
        return [path]
    if not path.is_dir():
        raise ConfigError(f"there is no file or folder {path}", "set data.path to your dataset")
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in FORMATS and file.is_file())
    visible = [file for file in found if not any(part.startswith(".") for part in file.relative_to(path).parts)]
    if not visible:
        raise DataError(f"there is no dataset in {path}", f"put files there: {', '.join(FORMATS)}")
    return visible


def _rows(path: Path, text_column: str) -> Iterator[tuple[str, Row | RowError]]:
    for file in files_of(path):
        for i, row in enumerate(_rows_of(file, text_column, whole=path.is_dir()), start=1):
            yield f"{file.name}, row {i}", row


def _rows_of(file: Path, text_column: str, *, whole: bool) -> Rows:
    match file.suffix.lower():
        case ".txt":
            texts = _whole_text(file) if whole else _paragraphs(file)
            return ({text_column: text} for text in texts)
        case ".jsonl":
            return _json_lines(file)
        case ".csv":
            return _csv(file)
        case _:
            return _parquet(file)


def _whole_text(path: Path) -> Iterator[str]:
    with open_text(path) as file:
        yield file.read().strip()


def _paragraphs(path: Path) -> Iterator[str]:
    with open_text(path) as file:
        for filled, lines in itertools.groupby(file, key=lambda line: bool(line.strip())):
            if filled:
                yield "".join(lines).strip()


def _json_lines(path: Path) -> Rows:
    with open_text(path) as file:
        for line in file:
            if line.strip():
                yield json_row(line)


def json_row(line: str) -> Row | RowError:
    """Read one line of a jsonl file."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return RowError(f"this is not JSON: {error}")
    return row if isinstance(row, dict) else RowError("this is not a JSON object")


def _csv(path: Path) -> Rows:
    csv.field_size_limit(2**31 - 1)  # documents are longer than the 128 KiB that csv allows
    header: list[str] = []
    with open_text(path, newline="") as file:
        rows = csv.reader(file, delimiter=_delimiter(file.readline()), strict=True)
        file.seek(0)
        while True:
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield RowError(f"this is not CSV: {error}")
                continue
            if not header:
                header = cells
            elif cells:
                yield _csv_row(header, cells)


def _delimiter(header: str) -> str:
    """Tell by the header what parts the cells: spreadsheets of many countries write semicolons."""
    return max(",;\t", key=header.count)


def _csv_row(header: list[str], cells: list[str]) -> Row | RowError:
    if len(cells) != len(header):
        return RowError(f"{len(cells)} cells where the header has {len(header)}")
    return dict(zip(header, cells, strict=True))


def _parquet(path: Path) -> Rows:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise MissingError("parquet files need pyarrow", install_command("data")) from error
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=256):
                yield from batch.to_pylist()
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{path} is not a readable parquet file: {error}", "write the file again") from error
