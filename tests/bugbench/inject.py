"""Brings a bug into a project."""

from __future__ import annotations

import gzip
import json
import random
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bugbench.bugs import Bug, DataEdit, FileEdit, TextEdit, VenvEdit


class DoesNotApply(Exception):
    """The project is not what the bug was written for."""


@dataclass(frozen=True)
class Site:
    """A project that a bug is brought into."""

    root: Path
    package: str  # its import name
    distribution: str
    config: str  # the config of the small run, below the root
    python: Path  # of its environment

    def fill(self, text: str) -> str:
        """Put the project's own names into a text."""
        names = {"{package}": self.package, "{distribution}": self.distribution, "{config}": self.config}
        for placeholder, name in names.items():
            text = text.replace(placeholder, name)
        return text


def inject(bug: Bug, site: Site) -> None:
    """Make all edits of a bug, in their order."""
    for edit in bug.edits:
        try:
            _apply(edit, site)
        except (OSError, UnicodeDecodeError, subprocess.CalledProcessError) as error:
            raise DoesNotApply(f"{bug.id}: {error}") from error


def _apply(edit: TextEdit | FileEdit | DataEdit | VenvEdit, site: Site) -> None:
    if isinstance(edit, TextEdit):
        _edit_text(edit, site)
    elif isinstance(edit, FileEdit):
        _edit_file(edit, site)
    elif isinstance(edit, DataEdit):
        path = site.root / "data" / "mini" / f"{edit.data}.jsonl"
        _DATA[edit.become](path)
    else:
        _edit_venv(edit, site)


def _edit_text(edit: TextEdit, site: Site) -> None:
    path = site.root / site.fill(edit.file)
    text = path.read_text(encoding="utf-8")
    pattern = edit.pattern or re.escape(site.fill(edit.find))
    replacement = site.fill(edit.replace)
    with_groups: str | Callable[[re.Match[str]], str] = replacement if edit.pattern else lambda _: replacement
    changed, n_found = re.subn(pattern, with_groups, text)
    if n_found != edit.count:
        raise DoesNotApply(f"{path.name} holds {edit.find or edit.pattern!r} {n_found} times, not {edit.count}")
    path.write_text(changed, encoding="utf-8")


def _edit_file(edit: FileEdit, site: Site) -> None:
    path = site.root / site.fill(edit.file)
    if edit.delete:
        path.unlink()
    elif edit.write is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(site.fill(edit.write), encoding="utf-8")
    else:
        path.rename(site.root / site.fill(edit.move))


def _edit_venv(edit: VenvEdit, site: Site) -> None:
    name = site.fill(edit.name)
    if edit.venv == "remove":
        packages = next((site.python.parents[1] / "lib").glob("python3*/site-packages"))
        (packages / name).unlink()
        return
    wish = ["uninstall", name] if edit.venv == "uninstall" else ["install", name]
    subprocess.run(["uv", "pip", *wish, "--python", str(site.python)], check=True, capture_output=True)


def _rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _half_a_gzip(path: Path) -> None:
    packed = gzip.compress(path.read_bytes())
    path.write_bytes(packed[: len(packed) // 2])


def _binary(path: Path) -> None:
    n_byte = path.stat().st_size
    path.write_bytes(b"\x93NUMPY" + random.Random(0).randbytes(n_byte))


def _json_array(path: Path) -> None:
    path.write_text(json.dumps(_rows(path), indent=2), encoding="utf-8")


def _python_repr(path: Path) -> None:
    path.write_text("".join(f"{row!r}\n" for row in _rows(path)), encoding="utf-8")


def _numbers(path: Path) -> None:
    _write_rows(path, [row | {"text": len(str(row))} for row in _rows(path)])


def _one_row(path: Path) -> None:
    _write_rows(path, _rows(path)[:1])


def _renamed_column(path: Path) -> None:
    _write_rows(path, [{"content" if key == "text" else key: row[key] for key in row} for row in _rows(path)])


def _conflict_markers(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    middle = len(lines) // 2
    marked = ["<<<<<<< HEAD\n", lines[middle], "=======\n", lines[middle], ">>>>>>> more-data\n"]
    path.write_text("".join([*lines[:middle], *marked, *lines[middle + 1 :]]), encoding="utf-8")


def _accented(path: Path) -> None:
    first, *others = _rows(path)
    _write_rows(path, [{**first, "text": f"The café was open. {first['text']}"}, *others])


_DATA: dict[str, Callable[[Path], object]] = {
    "accented": _accented,
    "binary": _binary,
    "conflict markers": _conflict_markers,
    "deleted": Path.unlink,
    "empty": lambda path: path.write_text("", encoding="utf-8"),
    "half a gzip": _half_a_gzip,
    "json array": _json_array,
    "numbers": _numbers,
    "one row": _one_row,
    "python repr": _python_repr,
    "renamed column": _renamed_column,
}
