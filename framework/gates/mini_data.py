"""What is wrong with the mini dataset, from what lies on disk: counted again, compared again, and looked at."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from framework.artifacts.files import ProjectFiles
from framework.artifacts.mini_dataset import FOLDER, Exploration, MiniDataset, MiniFacts, Part
from framework.artifacts.records import Finding, Severity
from framework.artifacts.venv_spec import VenvSpec
from framework.messages import say
from framework.runtime.mini_counts import Counted, count, notebook_errors, shared

_OFF = 0.1  # of a share; what belongs together stays together, so that it cannot be exact
_ROWS = 3  # and so many rows, in a small dataset
_TOO_MANY = 1.2  # times the tokens that the rules allow: they are estimated before they are counted
_PNG = b"\x89PNG\r\n\x1a\n"
_SMALLEST = 100  # pixels
_PALEST = 8  # different bytes; an empty picture has fewer
_PLOTS = 4
_LISTED = 3
_KEPT = "mini-edited-[0-9]*"  # where the project's script keeps what was edited since it was drawn


def findings(files: ProjectFiles) -> Iterator[Finding]:
    """Everything that mini_dataset.md says of files, held against the files and against the rules of venv.md."""
    mini = files.read_artifact(MiniDataset)
    if mini.drawn is None:
        yield _finding(mini, "open")
        return
    facts = mini.drawn.facts
    counted = {name: count(files.root / FOLDER / part.file) for name, part in facts.splits.items()}
    yield from _rules(files, mini, facts)
    yield from _files(mini, facts, counted)
    yield from _edited(files, mini)
    there = {name: one for name, one in counted.items() if one is not None}
    yield from _overlap(mini, there)
    yield from _shares(mini, facts, there)
    yield from _notebook(files, mini, mini.drawn.exploration)


def _finding(mini: MiniDataset, key: str, severity: Severity = "error", **fields: object) -> Finding:
    return Finding(
        severity=severity, where=MiniDataset.FILE, message=say(mini.language, f"mini_data.gate_{key}", **fields)
    )


def _rules(files: ProjectFiles, mini: MiniDataset, facts: MiniFacts) -> Iterator[Finding]:
    wanted = files.read_artifact(VenvSpec).mini.rules
    if facts.rules != wanted:
        yield _finding(mini, "rules")
    if missing := sorted(set(wanted.shares) - set(facts.splits)):
        yield _finding(mini, "no_part", names=", ".join(missing))
    tokens = sum(part.tokens for part in facts.splits.values())
    if tokens > _TOO_MANY * wanted.tokens:
        yield _finding(mini, "tokens", found=tokens, most=wanted.tokens)


def _files(mini: MiniDataset, facts: MiniFacts, counted: Mapping[Part, Counted | None]) -> Iterator[Finding]:
    for name, part in facts.splits.items():
        found, file = counted[name], f"{FOLDER}/{part.file}"
        if found is None:
            yield _finding(mini, "missing", file=file)
        elif (found.sha256, found.rows) != (part.sha256, part.rows):
            yield _finding(mini, "changed", file=file, found=found.rows, rows=part.rows)
        elif not found.rows:
            yield _finding(mini, "empty", file=file)
        elif found.broken:
            lines = ", ".join(map(str, found.broken[:_LISTED]))
            yield _finding(mini, "broken", file=file, count=len(found.broken), lines=lines)


def _edited(files: ProjectFiles, mini: MiniDataset) -> Iterator[Finding]:
    """What a person had changed by hand: a later draw has put it aside, and that must be known."""
    for folder in sorted((files.root / FOLDER).parent.glob(_KEPT)):
        name = folder.relative_to(files.root).as_posix()
        yield _finding(mini, "edited", "warning", kept=name, folder=FOLDER)


def _overlap(mini: MiniDataset, counted: Mapping[Part, Counted]) -> Iterator[Finding]:
    exact, near = shared({name: one.texts for name, one in counted.items()})
    if exact or near:
        yield _finding(mini, "overlap", exact=exact, near=near)


def _shares(mini: MiniDataset, facts: MiniFacts, counted: Mapping[Part, Counted]) -> Iterator[Finding]:
    total = sum(one.rows for one in counted.values())
    for name, share in facts.rules.shares.items():
        rows = counted[name].rows if name in counted else 0
        if abs(rows - share * total) > _OFF * total + _ROWS:
            yield _finding(mini, "shares", "warning", name=name, rows=rows, total=total, share=f"{share:.0%}")


def _notebook(files: ProjectFiles, mini: MiniDataset, told: Exploration) -> Iterator[Finding]:
    if not told.receipt.passed:
        yield _finding(mini, "notebook_failed", file=told.notebook, proved=told.receipt.proved, tail=told.receipt.tail)
        return
    errors = notebook_errors(files.root / told.executed)
    if errors is None:
        yield _finding(mini, "missing", file=told.executed)
    elif errors:
        yield _finding(mini, "notebook_errors", file=told.executed, errors="; ".join(errors[:_LISTED]))
    if len(told.plots) < _PLOTS:
        yield _finding(mini, "few_plots", count=len(told.plots), least=_PLOTS)
    for plot in told.plots:
        if not _shows_something(files.root / plot):
            yield _finding(mini, "plot", file=plot)


def _shows_something(path: Path) -> bool:
    """Whether it is a picture, of a size that can be read, with more in it than one colour."""
    if path.is_symlink() or not path.is_file():
        return False
    data = path.read_bytes()
    if not data.startswith(_PNG) or len(data) < len(_PNG) + 25:
        return False
    width, height = struct.unpack(">II", data[16:24])
    return min(width, height) >= _SMALLEST and len(set(_pixels(data))) >= _PALEST


def _pixels(data: bytes) -> bytes:
    """The bytes of the picture before they were packed; none where it is damaged."""
    packed, at = b"", len(_PNG)
    while at + 8 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += length + 12
    try:
        return zlib.decompressobj().decompress(packed, 1 << 26)
    except zlib.error:
        return b""
