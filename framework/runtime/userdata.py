"""The user's own data as `--data PATH` gives it: what it is, how much, and a digest that changes when it does.

Everything is read in chunks, so that a file of a hundred gigabytes takes time but no memory.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Literal, cast

from pydantic import Field

from framework.artifacts.base import Strict
from framework.artifacts.files import outside_failures
from framework.errors import UsageError
from framework.runtime.columns import text_columns
from framework.runtime.parquet import row_count

Format = Literal["jsonl", "json", "csv", "tsv", "parquet", "txt", "markdown", "html", "pdf", "docx", "xlsx", "other"]

_CHUNK = 1 << 20
# A JSON array can only be counted by reading all of it.
_LARGEST_JSON = 16 << 20
_FORMATS: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".txt": "txt",
    ".text": "txt",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".doc": "docx",
    ".xlsx": "xlsx",
    ".xls": "xlsx",
}


class DataFacts(Strict):
    """What is known of the user's data without understanding it."""

    path: str
    folder: bool
    format: Format
    mixed: bool
    files: int
    rows: int | None
    bytes: int
    digest: str
    text_columns: list[str] = Field(default_factory=list, description="columns that hold text, the longest first")

    @property
    def name(self) -> str:
        """What the file or folder is called."""
        return Path(self.path).name


def inspect_data(path: Path) -> DataFacts:
    """Format, amount and digest of a file or of a folder of files. Hidden files are left out, and links out of it."""
    files = _files(path)
    formats = Counter(_format(file) for file in files)
    chief = max(formats, key=lambda kind: formats[kind])
    digest = hashlib.sha256()
    rows: list[int | None] = []
    size = 0
    for file in files:
        with outside_failures(file):
            digest.update(
                f"{file.relative_to(path) if path.is_dir() else file.suffix}\0".encode("utf-8", "surrogatepass")
            )
            digest.update(_content_digest(file))
            rows.append(_rows(file))
            size += file.stat().st_size
    return DataFacts(
        path=str(path),
        folder=path.is_dir(),
        format=chief,
        mixed=len(formats) > 1,
        files=len(files),
        rows=None if None in rows else sum(row or 0 for row in rows),
        bytes=size,
        digest=digest.hexdigest(),
        text_columns=text_columns(next(file for file in files if _format(file) == chief), chief),
    )


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UsageError(
            f"--data {path}: there is no such file or folder.", hint="Give the path of a file or a folder."
        )
    with outside_failures(path):
        found = sorted(file for file in path.rglob("*") if file.is_file() and not _hidden(file.relative_to(path)))
        inside = [file for file in found if _stays_in(file, path)]
    if not inside:
        besides = " but links that lead out of it, which are not followed" if found else ""
        raise UsageError(
            f"--data {path}: the folder holds no files{besides}.", hint="Give a folder with data in it, or a file."
        )
    return inside


def _stays_in(file: Path, folder: Path) -> bool:
    """Whether it is a file of the folder; what a link elsewhere leads to was not given."""
    return not file.is_symlink() or file.resolve().is_relative_to(folder.resolve())


def _hidden(relative: Path) -> bool:
    return any(part.startswith(".") for part in relative.parts)


def _suffix(file: Path) -> str:
    """The last suffix that tells the format: that of `x.jsonl` in `x.jsonl.gz`."""
    name = Path(file.stem) if file.suffix.lower() == ".gz" else file
    return name.suffix.lower()


def _format(file: Path) -> Format:
    return _FORMATS.get(_suffix(file), "other")


def _content_digest(file: Path) -> bytes:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").digest()


def _rows(file: Path) -> int | None:
    """Records in the file; for running text its lines. None where only a reader of that format could tell."""
    kind = _format(file)
    if kind in ("jsonl", "txt"):
        return _count(file, quoted=False)
    if kind in ("csv", "tsv"):
        return max(0, _count(file, quoted=True) - 1)  # without the header
    if kind == "parquet":
        return row_count(file)
    if kind == "json" and file.stat().st_size <= _LARGEST_JSON:
        return _json_rows(file)
    return None


def _count(file: Path, *, quoted: bool) -> int:
    """Lines that are not blank; in a CSV a line break between quotes ends no record."""
    rows, quotes, filled = 0, 0, False
    for chunk in _chunks(file):
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            filled = filled or bool(part.strip())
            quotes += part.count(b'"') if quoted else 0
            if quotes % 2 == 0:
                rows += filled
                filled = False
        filled = filled or bool(rest.strip())
        quotes += rest.count(b'"') if quoted else 0
    return rows + filled


def _json_rows(file: Path) -> int | None:
    unpacked = bytearray()
    for chunk in _chunks(file):
        unpacked += chunk
        if len(unpacked) > _LARGEST_JSON:  # a small packed file may hold any amount
            return None
    try:
        data = json.loads(unpacked)
    except (ValueError, RecursionError):
        return None
    return len(data) if isinstance(data, list) else None


def _chunks(file: Path) -> Iterator[bytes]:
    with cast(IO[bytes], gzip.open(file)) if file.suffix.lower() == ".gz" else file.open("rb") as opened:
        try:
            while chunk := opened.read(_CHUNK):
                yield chunk
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UsageError(f"--data {file}: is no whole gzip file: {error}.", hint="Compress it again.") from error
