"""Where the rows of a mini dataset come from: files of one's own, a dataset of the Hugging Face Hub, or a grammar."""

import codecs
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from scratch_llm.config import TrainConfig
from scratch_llm.data.columns import Row, RowError
from scratch_llm.data.downloads import first_rows
from scratch_llm.data.encodings import detect_encoding, open_bytes
from scratch_llm.data.formats import format_of
from scratch_llm.data.local import LEADS_OUT, files_of, links_out_of, rows_of
from scratch_llm.data.mini.mapping import ColumnMap, Guess, guess_map, parse_map
from scratch_llm.data.mini.personal import hidden
from scratch_llm.data.records import Kind, Record, text_of
from scratch_llm.data.sources import load_records, provenance
from scratch_llm.utils.errors import DataError
from scratch_llm.utils.files import sha256

_LOOK: Final = 8 << 20  # bytes by which an encoding is judged
_SURVEYED: Final = 100  # rows of a file by which its columns are judged
_TOLD: Final = 20  # broken rows that are listed
_FILES_TOLD: Final = 50
_CUT: Final = 80
_NAMES: Final = {"gb18030": "GB18030", "cp950": "Big5", "utf-8-sig": "UTF-8 with BOM"}


@dataclass
class Faulty:
    """Rows that could not be read: how many, and the first of them with their places."""

    count: int = 0
    listed: list[dict[str, str]] = field(default_factory=list)

    def add(self, place: str, why: str) -> None:
        """Count one. Nothing that stands in the row may be told: not even by way of a column's name."""
        self.count += 1
        if len(self.listed) < _TOLD:
            self.listed.append({"place": place, "why": hidden(why)[:200]})


@dataclass
class OwnFiles:
    """Files and folders of one's own. They are read and never written."""

    paths: Sequence[Path]
    kind: Kind
    columns: str = ""
    faulty: Faulty = field(default_factory=Faulty)
    files: list[dict[str, Any]] = field(default_factory=list)
    guesses: list[tuple[Guess, list[Row]]] = field(default_factory=list)

    def rows(self) -> Iterator[tuple[Record, str]]:
        """Give the records of all files, with their classes."""
        said = parse_map(self.columns, self.kind) if self.columns else None
        n_read = 0
        for path in self.paths:
            for link in links_out_of(path):
                self.faulty.add(link.name, LEADS_OUT)
            for file in files_of(path):
                for record in self._rows_of(file, said, whole=path.is_dir()):
                    n_read += 1
                    yield record
        if not n_read:
            first = self.faulty.listed[0] if self.faulty.listed else {"place": "it", "why": "is empty"}
            raise DataError(
                f"{', '.join(path.name for path in self.paths)} holds no {self.kind} record "
                f"({first['place']}: {first['why']})",
                "put text into it, or name the columns with --columns",
            )

    def _rows_of(self, file: Path, said: ColumnMap | None, *, whole: bool) -> Iterator[tuple[Record, str]]:
        """Read one file. One that cannot be read at all counts as one broken row: the others still can."""
        before, n_good, line = self.faulty.count, 0, 0
        encoding = ""
        try:
            encoding = _encoding(file)
            column_map = self._map_for(file, said, whole=whole)
            for line, row in rows_of(file, whole=whole, limit=_LOOK):
                try:
                    if isinstance(row, RowError):
                        raise row
                    found = column_map.record(row), column_map.label(row)
                except RowError as error:
                    self.faulty.add(f"{file.name}:{line}", str(error))
                else:
                    n_good += 1
                    yield found
        except DataError as error:
            self.faulty.add(f"{file.name}:{line + 1}", error.message.replace(str(file), "the file"))
        if len(self.files) < _FILES_TOLD:
            told = {"rows": n_good, "broken": self.faulty.count - before}
            self.files.append({"name": file.name, "encoding": encoding, **told})

    def _map_for(self, file: Path, said: ColumnMap | None, *, whole: bool) -> ColumnMap:
        looked = [row for _, row in islice(rows_of(file, whole=whole, limit=_LOOK), 2 * _SURVEYED)]
        rows = [row for row in looked if not isinstance(row, RowError) and any(row.values())][:_SURVEYED]
        if not rows:
            broken = [str(row) for row in looked if isinstance(row, RowError)]
            raise DataError(f"no row can be read: {broken[0]}" if broken else f"{file} is empty", "put text into it")
        if said is not None and all(any(column in row for row in rows) for column in said.columns):
            return said
        guess = guess_map(rows, self.kind)
        self.guesses.append((guess, rows))
        return guess.map

    def facts(self) -> dict[str, Any]:
        """Say what was read, without a path and without a word that stands in it."""
        files = [file for path in self.paths for file in files_of(path)]
        return {
            "kind": "own",
            "source": ", ".join(path.name for path in self.paths),
            "digest": _digest([sha256(file) for file in files]),
            "files": self.files,
            "columns": self._column_facts(),
        }

    def _column_facts(self) -> dict[str, Any]:
        """Tell of the files that leave a doubt before those that do not."""
        guesses = sorted(self.guesses, key=lambda one: one[0].clear)
        if not guesses:
            return {"chosen": self.columns, "clear": True, "options": [], "found": []}
        guess, rows = guesses[0]
        options = [{"columns": option.words, "sample": _sample(option, rows)} for option in (guess.map, *guess.others)]
        return {
            "chosen": self.columns or guess.map.words,
            "clear": guess.clear or bool(self.columns),
            "options": options,
            "found": [hidden(column) for column in guess.columns[:_FILES_TOLD]],
        }


def _sample(option: ColumnMap, rows: Sequence[Row]) -> str:
    """The beginning of the first record that can be read in this way."""
    for row in rows:
        try:
            return hidden(" ".join(text_of(option.record(row)).split()))[:_CUT]
        except RowError:
            continue
    return ""


def _encoding(file: Path) -> str:
    if format_of(file) == "parquet":
        return "parquet"
    found = detect_encoding(file, _LOOK)
    if found == "gb18030" and _is_gbk(file):
        return "GBK"
    return _NAMES.get(found, found.upper())


def _is_gbk(file: Path) -> bool:
    """Whether the smaller one of the two, which many old files name, says it all."""
    with open_bytes(file) as opened:
        head = opened.read(_LOOK)
    try:
        codecs.getincrementaldecoder("gbk")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


@dataclass
class Streamed:
    """A dataset of the Hub, of which only the first rows are fetched."""

    repo: str
    subset: str
    split: str
    kind: Kind
    columns: str = ""
    n_row: int = 5000
    faulty: Faulty = field(default_factory=Faulty)

    def rows(self) -> Iterator[tuple[Record, str]]:
        """Give the records. The first look at the network is short.

        Raises:
            MissingError: The network, or the dataset, is not there.
        """
        fetched = first_rows(self.repo, self.subset or None, self.split, self.n_row)
        head = list(islice(fetched, _SURVEYED))
        column_map = parse_map(self.columns, self.kind) if self.columns else guess_map(head, self.kind).map
        for number, row in enumerate((*head, *fetched), start=1):
            try:
                yield column_map.record(row), column_map.label(row)
            except RowError as error:
                self.faulty.add(f"{self.repo}:{number}", str(error))

    def facts(self) -> dict[str, Any]:
        """Say which dataset it is."""
        name = "/".join(filter(None, (self.repo, self.subset, self.split)))
        return {"kind": "hub", "source": self.repo, "digest": _digest([name]), "files": [], "columns": _NO_COLUMNS}


_NO_COLUMNS: Final[dict[str, Any]] = {"chosen": "", "clear": True, "options": [], "found": []}


@dataclass
class Registered:
    """The source that the config names: for a mini config a seeded grammar, which needs no network."""

    config: TrainConfig
    faulty: Faulty = field(default_factory=Faulty)

    def rows(self) -> Iterator[tuple[Record, str]]:
        """Give the records."""
        return ((record, "") for record in load_records(self.config.data, self.config.task))

    def facts(self) -> dict[str, Any]:
        """Say which source it is, and by which numbers it can be had again."""
        data = self.config.data
        known = provenance(data)
        same = [data.dataset_name, data.language, data.n_documents, data.seed]
        synthetic = data.dataset_name.startswith("synthetic_")
        return {
            "kind": "synthetic" if synthetic else "own" if data.dataset_name == "local" else "hub",
            "source": data.dataset_name,
            "licence": known["licence"],
            "digest": _digest([json.dumps(same)]),
            "files": [],
            "columns": _NO_COLUMNS,
        }


Origin = OwnFiles | Streamed | Registered


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
