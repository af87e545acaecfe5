"""Files that lie beside a run's training file and belong to other splits."""

import hashlib
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from scratch_llm.config import DataConfig

_SPLITS: Final = {"train": "train", "val": "val", "dev": "val", "test": "test"}
_MOST_LINES: Final = 100_000


def shared_texts(data: DataConfig) -> int:
    """How many texts stand in two of the files train, validation and test, in the run's folder or beside its file."""
    if data.path is None or not data.path.exists():
        return 0
    groups: dict[str, set[bytes]] = {}
    for path in sorted((data.path if data.path.is_dir() else data.path.parent).iterdir()):
        if (split := _split_of(path)) and path.suffix in (".jsonl", ".txt", ".csv"):
            groups.setdefault(split, set()).update(_hashes(path))
    names = sorted(groups)
    return sum(len(groups[a] & groups[b]) for i, a in enumerate(names) for b in names[i + 1 :])


def _split_of(path: Path) -> str:
    return next((split for name, split in _SPLITS.items() if path.stem.lower().startswith(name)), "")


def _hashes(path: Path) -> Iterator[bytes]:
    """The hash of each line's longest text, whatever its blanks and its case; short lines mean nothing."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in islice(file, _MOST_LINES):
            text = " ".join(_text(line).lower().split())
            if len(text) > 20:
                yield hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).digest()


def _text(line: str) -> str:
    try:
        row = json.loads(line)
    except ValueError:
        return line
    values = row.values() if isinstance(row, dict) else [row]
    return max((str(value) for value in values if isinstance(value, str | list | dict)), key=len, default="")
