"""Records with the place where each one stands in its source, so that reading can go on there."""

import codecs
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from scratch_llm.config import DataConfig
from scratch_llm.data.columns import Row, RowError, columns_for, to_record
from scratch_llm.data.encodings import detect_encoding, is_packed
from scratch_llm.data.faults import Faults, Nothing
from scratch_llm.data.folders import files_of
from scratch_llm.data.formats import format_of
from scratch_llm.data.local import how_parted, json_row, notes_on
from scratch_llm.data.records import KIND_OF_TASK, Kind, Record
from scratch_llm.data.sources import load_records

# No other character of these has the byte of a line's end.
_LINED: Final = frozenset({"utf-8", "utf-8-sig", "gb18030", "cp950", "cp1252"})
_HEAD: Final = 1 << 16


class Place(NamedTuple):
    """Where a record begins."""

    record: int = 0  # how many records come before it
    file: int = 0
    byte: int = 0


class Placed(NamedTuple):
    """A record with its place, and the place of what follows it."""

    record: Record
    place: Place
    following: Place


Reader = Callable[[Place], Iterator[Placed]]


def reader_for(data: DataConfig, task: str) -> Reader:
    """Choose how a source is read from a place on.

    Local jsonl files, and a txt file, are entered at the very byte. Every other source is read from its start, and the
    records before the place are passed over.
    """
    if data.dataset_name == "local" and data.path is not None:
        found = files_of(data.path)
        formats = {"packed" if is_packed(file) else format_of(file) for file in found}
        if formats == {"jsonl"} or (formats == {"txt"} and data.path.is_file()):
            files = {file: encoding_of(file) for file in found}
            if _LINED.issuperset(files.values()):
                return LineReader(files, KIND_OF_TASK[task], data)
    return CountingReader(data, task)


class CountingReader:
    """Reads any source; a place is the number of records before it."""

    def __init__(self, data: DataConfig, task: str) -> None:
        self.data = data
        self.task = task
        self._told = False

    def __call__(self, start: Place) -> Iterator[Placed]:
        faults = Faults()
        records = islice(load_records(self.data, self.task, faults), start.record, None)
        for number, record in enumerate(records, start=start.record):
            yield Placed(record, Place(number), Place(number + 1))
        if not self._told:  # epochs are many, and all have the same faults
            faults.warn()
            self._told = True


class LineReader:
    """Reads files of lines; a place is a file and a byte."""

    def __init__(self, files: dict[Path, str], kind: Kind, data: DataConfig) -> None:
        self.files = list(files.items())
        self.kind = kind
        self.data = data
        self.is_text = format_of(self.files[0][0]) == "txt"
        self.is_lined = self.is_text and bool(how_parted(self.files[0][0]))
        self._told = False

    def __call__(self, start: Place) -> Iterator[Placed]:
        faults = Faults(notes=notes_on(self.data.path) if self.data.path else [])
        place = start
        records = self._all(start, faults)
        for record, file, begin, end in islice(records, self.data.n_documents - start.record):
            following = Place(place.record + 1, file, end)
            yield Placed(record, Place(place.record, file, begin), following)
            place = following
        if self.data.dataset_name == "local" and next(records, None) is not None:
            faults.limit = self.data.n_documents
        if not self._told:
            faults.warn()
            self._told = True

    def _all(self, start: Place, faults: Faults) -> Iterator[tuple[Record, int, int, int]]:
        for file in range(start.file, len(self.files)):
            path, encoding = self.files[file]
            chunks = _paragraphs if self.is_text and not self.is_lined else _lines
            nothing = Nothing(path, self.kind, columns_for(self.kind, self.data.text_column))
            nothing.found = file == start.file and start.byte > 0  # else nobody would have come so far
            for raw, begin in chunks(path, start.byte if file == start.file else 0):
                try:
                    record = self._record(raw.decode(encoding))
                except (RowError, UnicodeDecodeError) as error:
                    faults.add(f"{path.name}, byte {begin}", str(error))
                    nothing.add(f"byte {begin}: {error}")
                else:
                    nothing.found = True
                    yield record, file, begin, begin + len(raw)
            nothing.check()

    def _record(self, text: str) -> Record:
        if self.is_text:
            row: Row | RowError = {self.data.text_column: text.replace("\r\n", "\n").strip()}
        else:
            row = json_row(text)
        if isinstance(row, RowError):
            raise row
        return to_record(row, self.kind, self.data.text_column)


def encoding_of(path: Path) -> str:
    """Give a file's encoding: UTF-8 where its head is, without reading all of it; else what the whole file says."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if b"\0" not in head and not head.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            codecs.getincrementaldecoder("utf-8")().decode(head)
        except UnicodeDecodeError:
            return detect_encoding(path)
        return "utf-8"
    return detect_encoding(path)


def _lines(path: Path, start: int) -> Iterator[tuple[bytes, int]]:
    with path.open("rb") as file:
        file.seek(start)
        for line in file:
            if line.strip():
                yield line, start
            start += len(line)


def _paragraphs(path: Path, start: int) -> Iterator[tuple[bytes, int]]:
    """Join the lines between blank ones."""
    lines: list[bytes] = []  # joined once: adding line to line would copy the paragraph each time
    with path.open("rb") as file:
        file.seek(start)
        for line in file:
            if line.strip():
                lines.append(line)
                continue
            paragraph = b"".join(lines)
            if paragraph:
                yield paragraph, start
            start += len(paragraph) + len(line)
            lines = []
    if lines:
        yield b"".join(lines), start
