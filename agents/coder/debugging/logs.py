"""What a process has written, made readable: no colours, no progress bars, one worker's lines at a time."""

from __future__ import annotations

import re

LONGEST = 4000  # characters of one line
_KEPT = 1_000_000  # characters from the end: what a run says last is why it ended
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HEADER = re.compile(r"(?:Original )?(?:Exception Group )?Traceback \(most recent call last\):")
# torch writes "[rank0]: ", torchrun's tee "[default0]:" or "[trainer1]:" before what a worker says.
_WORKER = re.compile(r"^\[(?:rank|default|trainer|worker)(\d+)\]: ?", re.IGNORECASE)
_FILLING, _COUNTING = re.compile(r"\d%\|"), re.compile(r"\s*\d+it \[")
_RATES = ("it/s", "s/it", "?")
_BAR = 500  # characters: no progress bar is wider
_WARNING = re.compile(r"\b\w*Warning: ")


def lines_of(text: str) -> list[str]:
    """The lines a terminal would show in the end."""
    tail = text[-_KEPT:]
    plain = _CONTROL.sub("", _ANSI.sub("", tail).replace("\r\n", "\n"))
    return [part for line in plain.split("\n") for part in _settled(line)]


def _settled(line: str) -> list[str]:
    """A progress bar overwrites its own line; a traceback may begin right behind it."""
    shown = next((part for part in reversed(line.split("\r")) if part.strip()), "")[:LONGEST].rstrip()
    header = _HEADER.search(shown)
    if header and not _frame_like(shown[: header.start()]):
        before = shown[: header.start()].rstrip()
        return [*([before] if before else []), shown[header.start() :]]
    return [shown]


def _frame_like(before: str) -> bool:
    """An indentation, a worker's mark or the bars of an exception group belong to the traceback."""
    return not re.sub(r"[\s|+-]", "", _WORKER.sub("", before))


def first_worker(lines: list[str]) -> list[str]:
    """Several processes that fail at once talk at once: keep what is nobody's and what the first failing one said."""
    marks = [_WORKER.match(line) for line in lines]
    failing = [mark.group(1) for line, mark in zip(lines, marks, strict=True) if mark and _HEADER.search(line)]
    if not failing:
        return [_WORKER.sub("", line) for line in lines]
    chosen = failing[0]
    pairs = zip(lines, marks, strict=True)
    return [line[mark.end() :] if mark else line for line, mark in pairs if mark is None or mark.group(1) == chosen]


def without_bars(lines: list[str]) -> list[str]:
    """The lines without progress bars and without repetitions in a row."""
    kept = [line for line in lines if not _is_bar(line[:_BAR])]
    return [line for number, line in enumerate(kept) if number == 0 or line != kept[number - 1]]


def _is_bar(line: str) -> bool:
    """A share, what is filled, and a rate: found one after the other, so that no line takes long."""
    start = _FILLING.search(line)
    if start is None:
        return _COUNTING.match(line) is not None
    _, closed, after = line[start.end() :].partition("|")
    return bool(closed) and any(rate in after for rate in _RATES)


def warnings_of(lines: list[str]) -> list[str]:
    """The warnings, each once."""
    return list(dict.fromkeys(line.strip() for line in lines if _WARNING.search(line)))
