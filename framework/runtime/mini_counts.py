"""The mini dataset as foundry counts it itself: rows, hashes, and what its parts share. No word of the project's code
is taken for it.

Two texts are nearly the same where they share nine tenths of their pieces of five words (of ten characters where no
blanks are written). The project itself leaves out what shares eight tenths, so that an honest dataset has none.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from framework.artifacts.base import sha256
from framework.artifacts.files import outside_failures, read_text
from framework.artifacts.mini_dataset import Part

NEAR = 0.9
_UNIT = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+|[^\w\s]")
_WORDS, _CHARACTERS = 5, 10
_LARGEST = 64 << 20  # bytes of one part; a mini dataset has a hundredth of that
Texts = Mapping[Part, list[str]]


@dataclass(frozen=True)
class Counted:
    """One part, as it lies on disk."""

    rows: int
    bytes: int
    sha256: str
    texts: list[str]
    broken: list[int]  # the lines that are no record


def count(path: Path) -> Counted | None:
    """Read one part; None where there is none, or none that could be one."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
        return None
    with outside_failures(path):
        data = path.read_bytes()
    lines = [line for line in data.split(b"\n") if line.strip()]
    texts = [_text(line) for line in lines]
    broken = [number for number, text in enumerate(texts, start=1) if not text]
    return Counted(len(lines), len(data), sha256(data), texts, broken)


def _text(line: bytes) -> str:
    """What a row says to the model; a label is no part of that. Empty where the line is no record."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    said = {name: value for name, value in row.items() if name != "label"} if isinstance(row, dict) else {}
    return "\n".join(_strings(said))


def _strings(value: object) -> Iterator[str]:
    """Every text in it, without the names of roles."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name != "role":
                yield from _strings(inner)


def shared(parts: Texts) -> tuple[int, int]:
    """How many rows stand in a second part: the very same but for blanks and case, and nearly the same."""
    exact = near = 0
    names = list(parts)
    for place, name in enumerate(names):
        others = [text for other in names[:place] for text in parts[other]]
        known = {_plain(text) for text in others}
        fresh = [text for text in parts[name] if _plain(text) not in known]
        exact += len(parts[name]) - len(fresh)
        near += _near(others, fresh)
    return exact, near


def _plain(text: str) -> str:
    return "".join(text.casefold().split())


def _near(known: list[str], texts: list[str]) -> int:
    """How many of the texts share nearly all of their pieces with one that is known."""
    sizes: list[int] = []
    holders: dict[int, list[int]] = defaultdict(list)
    for number, text in enumerate(known):
        pieces = _pieces(text)
        sizes.append(len(pieces))
        for piece in pieces:
            holders[piece].append(number)
    return sum(_is_near(_pieces(text), holders, sizes) for text in texts)


def _is_near(pieces: set[int], holders: Mapping[int, list[int]], sizes: list[int]) -> bool:
    common = Counter(number for piece in pieces for number in holders.get(piece, ()))
    return any(same >= NEAR * (len(pieces) + sizes[number] - same) for number, same in common.items())


def _pieces(text: str) -> set[int]:
    units = _UNIT.findall(text.casefold())
    written = sum("\u3400" <= unit <= "\u9fff" for unit in units)
    length = _CHARACTERS if 2 * written > len(units) else _WORDS
    length = max(1, min(length, len(units)))
    return {hash(tuple(units[start : start + length])) for start in range(len(units) - length + 1)}


def notebook_errors(path: Path) -> list[str] | None:
    """What went wrong in an executed notebook, cell by cell; None where it cannot be read."""
    if path.is_symlink() or not path.is_file():
        return None
    try:
        cells = json.loads(read_text(path))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        idle = [f"cell {n} was not executed" for n, cell in enumerate(code, 1) if cell["execution_count"] is None]
        outputs = [output for cell in code for output in cell["outputs"]]
    except (ValueError, KeyError, TypeError):
        return None
    return idle + [f"{one.get('ename')}: {one.get('evalue')}"[:200] for one in outputs if one["output_type"] == "error"]
