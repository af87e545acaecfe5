"""Files that are either whole or not there: write beside, flush, rename."""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from scratch_llm.utils.errors import ConfigError


@contextlib.contextmanager
def whole_folder(target: Path, marker: str, own: Collection[str] | None = None) -> Iterator[Path]:
    """Yield a temporary folder that becomes `target` when the block ends well, and vanishes when it does not.

    Args:
        target: Where to; see `check_replaceable`.
        marker: A file that every folder of this kind holds.
        own: The only files that a folder there may lose; None for all that it holds.
    """
    target = target.resolve()
    check_replaceable(target, marker)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.parent / f".{target.name}.{secrets.token_hex(4)}"
    draft.mkdir()
    try:
        yield draft
        for path in draft.rglob("*"):
            if path.is_file():
                _flush(path)
        if target.exists():
            _take_away(target, own)
        draft.replace(target)
        _flush(target.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # it is there only if something went wrong


def _take_away(folder: Path, own: Collection[str] | None) -> None:
    if own is None:
        shutil.rmtree(folder)
        return
    foreign = sorted(path.name for path in folder.iterdir() if path.name not in own)
    if foreign:  # has come since the folder was looked at
        raise ConfigError(f"'{folder}' would be replaced, but it holds {foreign[0]}", "move that to another folder")
    for name in own:
        (folder / name).unlink(missing_ok=True)
    folder.rmdir()


def check_replaceable(target: Path, marker: str) -> None:
    """Refuse to write where something else lies: only a folder that holds `marker` is replaced, for it is of our kind.

    Raises:
        ConfigError: The target is a file, or a folder with other content.
    """
    if target.is_file() or (target.is_dir() and any(target.iterdir()) and not (target / marker).is_file()):
        raise ConfigError(
            f"'{target}' is there already and would be replaced, but it holds no {marker}", "give a new or empty folder"
        )


def write_text(path: Path, text: str) -> None:
    """Replace the file in one step, so that a reader sees the old text or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        _flush(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)  # it is there only if something went wrong


def write_json(path: Path, value: Any) -> None:
    """Replace the file by `value` as readable JSON."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def sha256(path: Path) -> str:
    """Hash a file of any size."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(value: Any) -> str:
    """Give a short name to a value that JSON can hold: equal values, equal names."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
