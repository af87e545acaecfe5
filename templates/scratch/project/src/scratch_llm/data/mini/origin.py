"""Where the rows of a mini dataset come from: files of one's own, a dataset of the Hugging Face Hub, or a grammar."""

import codecs
import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from scratch_llm.config import TrainConfig
from scratch_llm.data.columns import Row, RowError, unbroken
from scratch_llm.data.downloads import first_rows
from scratch_llm.data.encodings import detect_encoding, open_bytes
from scratch_llm.data.folders import Split, files_of, no_data_in, split_files, unread_in
from scratch_llm.data.formats import format_of
from scratch_llm.data.local import how_parted, rows_of
from scratch_llm.data.mini.mapping import ColumnMap, Guess, guess_map, parse_map
from scratch_llm.data.mini.personal import hidden
from scratch_llm.data.mini.pool import MOST_READ
from scratch_llm.data.records import Kind, Record, text_of
from scratch_llm.data.sources import load_records, provenance
from scratch_llm.utils.errors import ConfigError, DataError
from scratch_llm.utils.files import sha256

_log = logging.getLogger(__name__)
_LOOK: Final = 8 << 20  # bytes by which an encoding is judged
_SURVEYED: Final = 100  # rows of a file by which its columns are judged
_TOLD: Final = 20  # broken rows that are listed
_FILES_TOLD: Final = 50
_CUT: Final = 80
_NAMES: Final = {"gb18030": "GB18030", "cp950": "Big5", "utf-8-sig": "UTF-8 with BOM", "cp1252": "Windows-1252"}


@dataclass
class Faulty:
    """Rows that could not be read: how many, and the first of them with their places."""

    count: int = 0
    listed: list[dict[str, str]] = field(default_factory=list)

    def add(self, place: str, why: str) -> None:
        """Count one. Nothing that stands in the row may be told: not even by way of a column's name."""
        self.count += 1
        if len(self.listed) < _TOLD:
            self.listed.append({"place": unbroken(place), "why": hidden(why)[:200]})


@dataclass
class OwnFiles:
    """Files and folders of one's own. They are read and never written."""

    paths: Sequence[Path]
    kind: Kind
    columns: str = ""
    faulty: Faulty = field(default_factory=Faulty)
    files: list[dict[str, Any]] = field(default_factory=list)
    guesses: list[tuple[Guess, list[Row]]] = field(default_factory=list)
    _said_counts: bool = False  # whether any file has the columns that a person named
    _hint: str = ""

    def rows(self) -> Iterator[tuple[Record, str]]:
        """Give the records of all files, with their classes."""
        said = parse_map(self.columns, self.kind) if self.columns else None
        n_read = 0
        for path in self.paths:
            for name, why in unread_in(path):
                self.faulty.add(name, why)
            for file, part in _parts_of(path):
                if part != "train":
                    self.faulty.add(file.name, f"the data are split already and it is for {part}: it was not looked at")
                    continue
                for record in self._rows_of(file, said, whole=path.is_dir()):
                    n_read += 1
                    yield record
            for name, why in no_data_in(path):
                self.faulty.add(name, why)
        self._check_read(n_read)

    def _check_read(self, n_read: int) -> None:
        if n_read and self.columns and not self._said_counts:
            found = dict.fromkeys(hidden(column) for guess, _ in self.guesses for column in guess.columns)
            raise ConfigError(
                f"no file has the columns of {self.columns}", f"there are {', '.join(list(found)[:_FILES_TOLD])}"
            )
        if not n_read:
            first = self.faulty.listed[0] if self.faulty.listed else {"place": "it", "why": "is empty"}
            raise DataError(
                f"{', '.join(path.name for path in self.paths)} holds no {self.kind} record "
                f"({first['place']}: {first['why']})",
                self._hint or "put text into it, or name the columns with --columns",
            )

    def _rows_of(self, file: Path, said: ColumnMap | None, *, whole: bool) -> Iterator[tuple[Record, str]]:
        """Read one file. One that cannot be read at all counts as one broken row: the others still can."""
        before, n_good, line = self.faulty.count, 0, 0
        encoding = ""
        try:
            encoding = _encoding(file)
            column_map = self._map_for(file, said, whole=whole)
            for name, how in () if whole else how_parted(file).items():
                _log.warning("documents of %s: %s", unbroken(name), how)
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
            self._hint = self._hint or error.hint
        if len(self.files) < _FILES_TOLD:
            told = {"rows": n_good, "broken": self.faulty.count - before}
            self.files.append({"name": unbroken(file.name), "encoding": encoding, **told})

    def _map_for(self, file: Path, said: ColumnMap | None, *, whole: bool) -> ColumnMap:
        rows = _filled(file, whole=whole)
        if said is not None and all(any(column in row for row in rows) for column in said.columns):
            self._said_counts = True
            return said
        guess = guess_map(rows, self.kind)
        self.guesses.append((guess, rows))
        return guess.map

    def facts(self) -> dict[str, Any]:
        """Say what was read, without a path and without a word that stands in it."""
        files = [file for path in self.paths for file, part in _parts_of(path) if part == "train"]
        return {
            "kind": "own",
            "source": unbroken(", ".join(path.name for path in self.paths)),
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


def _parts_of(path: Path) -> list[tuple[Path, Split]]:
    """List the files with what each is for; what validates or tests elsewhere is no training material here."""
    if given := split_files(path):
        return [(file, part) for part in given for file in given[part]]
    return [(file, "train") for file in files_of(path)]


def _filled(file: Path, *, whole: bool) -> list[Row]:
    """The first rows that hold anything.

    Raises:
        DataError: There are none.
    """
    rows: list[Row] = []
    broken, names, n_empty = "", "", 0
    for line, row in islice(rows_of(file, whole=whole, limit=_LOOK), MOST_READ):
        if isinstance(row, RowError):
            broken = broken or f"line {line}: {row}"
        elif any(row.values()):
            rows.append(row)
        else:
            names, n_empty = names or ", ".join(map(str, row)), n_empty + 1
        if len(rows) == _SURVEYED:
            break
    if rows:
        return rows
    if broken:
        raise DataError(f"no row can be read: {broken}", "mend the file: an object in each line, or a table")
    if n_empty and format_of(file) != "txt":
        raise DataError(f"its {n_empty} rows hold nothing; the columns are {names}", "put text into a column")
    raise DataError(f"{file} is empty", "put text into it")


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
