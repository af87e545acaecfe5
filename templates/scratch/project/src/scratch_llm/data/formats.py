"""Which format a file really is in: by its bytes where they tell, else by its name."""

import codecs
import csv
import json
from pathlib import Path
from typing import Final, Literal

from scratch_llm.data.encodings import BROKEN_PACKING, open_bytes
from scratch_llm.utils.errors import ConfigError, DataError

Format = Literal["txt", "jsonl", "json", "csv", "parquet"]
_BY_SUFFIX: Final[dict[str, Format]] = {
    ".txt": "txt",
    ".text": "txt",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}
FORMATS: Final = (".txt", ".jsonl", ".json", ".csv", ".tsv", ".parquet")
_PACKED: Final = {
    ".zst": ("zstd", b"\x28\xb5\x2f\xfd"),
    ".bz2": ("bzip2", b"BZh91AY"),
    ".xz": ("xz", b"\xfd7zXZ\0"),
    ".lz4": ("lz4", b"\x04\x22\x4d\x18"),
    ".zip": ("zip", b"PK\x03\x04"),
    ".7z": ("7z", b"7z\xbc\xaf\x27\x1c"),
    ".rar": ("rar", b"Rar!\x1a\x07"),
}
_HEAD: Final = 1 << 16
_LEAST_ROWS: Final = 3  # of a table among texts, with its header
_NAME: Final = 40  # characters of a column's name
_SENTENCE_ENDS: Final = (".", "!", "?", "。", "！", "？", ",", "，", ":", "：")
_WHOLE: Final = _HEAD // 4  # characters of a text of which no more than its head is looked at
_LINES: Final = 20  # of the first lines one must be an object, if it is a file of objects


def is_named_like_data(path: Path) -> bool:
    """Say by its name whether a file is one of a dataset; packed ones have `.gz` behind it."""
    return _suffix(path) in _BY_SUFFIX


def packing_of(path: Path) -> str:
    """Say by its name how a file of data is packed, if in a way that is not read here; else nothing."""
    name, _ = _PACKED.get(path.suffix.lower(), ("", b""))
    return name if is_named_like_data(path.with_suffix("")) or not path.with_suffix("").suffix else ""


def format_of(path: Path) -> Format:
    """Look into a file. What its bytes say counts more than what its name says.

    Raises:
        ConfigError: Neither says anything that is known.
    """
    said = _BY_SUFFIX.get(_suffix(path))
    try:
        with open_bytes(path) as file:
            head = file.read(_HEAD)
    except BROKEN_PACKING as error:
        raise DataError(f"{path} is no whole gzip file: {error}", "pack it again") from error
    for name, mark in _PACKED.values():
        if head.startswith(mark):
            raise DataError(
                f"{path} is packed by {name} (or is a document that is packed so), which is not read",
                f"unpack it, or pack it by gzip; what is read: {', '.join(FORMATS)}",
            )
    found = "parquet" if head.startswith(b"PAR1") else _of_text(_readable(head), said)
    if found is None:
        raise ConfigError(f"{path} has no known format", f"use one of {', '.join(FORMATS)}")
    return found


def _suffix(path: Path) -> str:
    name = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return name.suffix.lower()


def _readable(head: bytes) -> str:
    """Decode as far as signs and digits need it, which are the same in all encodings but UTF-16 and UTF-32."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and head[2:4] != b"\0\0":
        return head.decode("utf-16", "replace").lstrip("\ufeff\ufffd \t\r\n")
    return head.replace(b"\0", b"").decode("utf-8", "replace").lstrip("\ufeff\ufffd \t\r\n")


def _of_text(text: str, said: Format | None) -> Format | None:
    lines = [line for line in text.splitlines()[:_LINES] if line.strip()]
    if text.startswith("[") and _begins_array(text):
        return "json"
    if any(_is_object(line) for line in lines):
        return "jsonl"
    if said == "txt" and _is_tabbed(text):  # so Excel saves a sheet as "Unicode text"
        return "csv"
    if said in ("json", "jsonl") and not text.startswith(("{", "[")) and _is_table(lines):
        return "csv"
    return said


def _is_object(line: str) -> bool:
    try:
        return line.lstrip().startswith("{") and isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _begins_array(text: str) -> bool:
    """Whether the first element of a list is an object."""
    try:
        first, _ = json.JSONDecoder().raw_decode(text[1:].lstrip())
    except (ValueError, RecursionError):
        return False
    return isinstance(first, dict)


def _is_table(lines: list[str]) -> bool:
    """Whether each line has the same number of cells, and more than one."""
    counts = {max(line.count(sign) for sign in ",;\t") for line in lines}
    return len(lines) > 1 and len(counts) == 1 and counts != {0}


def _is_tabbed(text: str) -> bool:
    """Whether tabs part each line into as many cells as the first one, which names them."""
    lines = text.splitlines(keepends=True)
    try:
        rows = [row for row in csv.reader(lines[:_LINES], delimiter="\t") if any(row)]
    except csv.Error:
        return False
    if len(lines) > _LINES or len(text) > _WHOLE:  # the last one may go on where nobody looked
        rows = rows[:-1]
    names = [name.strip() for name in rows[0]] if rows else []
    is_header = len(set(names)) == len(names) > 1 and all(map(_is_name, names))
    return is_header and len(rows) >= _LEAST_ROWS and all(len(row) == len(names) for row in rows)


def _is_name(text: str) -> bool:
    return 0 < len(text) <= _NAME and not text.endswith(_SENTENCE_ENDS) and any(map(str.isalpha, text))
