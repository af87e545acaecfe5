"""Which columns of the user's data hold text, by a look at the first record."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

from framework.artifacts.files import outside_failures

_LOOK = 1 << 18  # bytes; a record that is longer is not judged


def text_columns(file: Path, kind: str) -> list[str]:
    """The columns whose first value is text, the longest first; none where the format has no columns, or is packed."""
    with outside_failures(file), file.open("rb") as opened:
        start = opened.read(_LOOK).decode("utf-8-sig", "replace")
    record = _RECORDS[kind](start) if kind in _RECORDS and file.suffix.lower() != ".gz" else {}
    texts = {name: value for name, value in record.items() if isinstance(value, str)}
    return sorted(texts, key=lambda name: -len(texts[name]))


def _json_lines(start: str) -> dict[str, object]:
    return _mapping(start.strip().partition("\n")[0])


def _json_array(start: str) -> dict[str, object]:
    try:
        first, _ = json.JSONDecoder().raw_decode(start.lstrip().removeprefix("[").lstrip())
    except (ValueError, RecursionError):
        return {}
    return first if isinstance(first, dict) else {}


def _mapping(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _commas(start: str, delimiter: str = ",") -> dict[str, object]:
    try:
        return dict(next(csv.DictReader(StringIO(start), delimiter=delimiter), {}))
    except csv.Error:
        return {}


def _tabs(start: str) -> dict[str, object]:
    return _commas(start, "\t")


_RECORDS = {"jsonl": _json_lines, "json": _json_array, "csv": _commas, "tsv": _tabs}
