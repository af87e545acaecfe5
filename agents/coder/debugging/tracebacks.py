"""Tracebacks as data: chained, grouped, from workers, of broken syntax, and of a crashed interpreter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_HEADER = re.compile(r"^[\s|]*(?:\+ )?(?:Original |Exception Group )?Traceback \(most recent call last\):")
_HEADER_ANYWHERE = re.compile(r"Traceback \(most recent call last\):\s*$")
_FRAME = re.compile(r'^[\s|]*File "(?P<file>.+?)", line (?P<line>\d+)(?:, in (?P<function>.+))?$')
_CARETS = re.compile(r"^[\s|]*[~^]+\s*$")
_REPEATED = re.compile(r"^\s*\[Previous line repeated \d+ more times?\]")
_ERROR = re.compile(r"^(?P<error>[A-Za-z_][\w.]*)(?:: ?(?P<message>.*))?$")
_SYNTAX = re.compile(r"^\s*(?:Sorry: )?(?P<error>SyntaxError|IndentationError|TabError)\b:? ?(?P<message>.*)$")
_GROUP = re.compile(r"^\s*(?:\| ?|\+-[-+ \d]*$)")
_PLACE = re.compile(r"\((?P<file>[^()]+\.py), line (?P<line>\d+)\)$")
_FATAL = re.compile(r"^Fatal Python error: (?P<message>.*)$")
_CHAINED = re.compile(r"^(?:During handling of the above exception|The above exception was the direct cause)")
# What follows an error's message and is no part of it.
_BEYOND = re.compile(
    r"^(?:[WEIF]\d{4} \d\d:\d\d|\[W\d|={10,}|--- Logging error|Exception ignored in|Exception in thread|FATAL|make: "
    r"|wandb: |\"\"\"$|\s*\d+%\||--\d+--|During handling|The above exception|Set the environment variable HYDRA)"
)
_LONGEST_MESSAGE = 60  # lines
_IGNORED = ("Exception ignored in", "--- Logging error")


@dataclass(frozen=True)
class Call:
    """One line of a traceback as it is written there."""

    file: str
    line: int
    function: str
    code: str = ""


@dataclass
class Block:
    """One exception with the calls that led to it, innermost last."""

    error: str = ""
    message: str = ""
    calls: list[Call] = field(default_factory=list)
    ignored: bool = False
    begins: int = 0
    ends: int = 0


def blocks(lines: list[str]) -> list[Block]:
    """Every exception that the lines tell of, in their order."""
    found: list[Block] = []
    number = 0
    while number < len(lines):
        block = _block_at(lines, number)
        if block is None:
            number += 1
            continue
        found.append(block)
        number = max(block.ends, number + 1)
    return [block for block in found if block.error]


def _block_at(lines: list[str], number: int) -> Block | None:
    line = lines[number]
    if _HEADER.match(line):
        return _traceback(lines, number)
    if _FATAL.match(line):
        return _fatal(lines, number)
    if _bare_syntax(lines, number):
        return _traceback(lines, number - 1)
    sorry = _SYNTAX.match(line)
    if sorry and (place := _PLACE.search(line)):
        call = Call(place["file"], int(place["line"]), "")
        return Block(sorry["error"], _PLACE.sub("", sorry["message"]).strip(), [call], False, number, number + 1)
    return None


def _bare_syntax(lines: list[str], number: int) -> bool:
    """A script that does not parse is reported without a header: a frame that is in no function."""
    frame = _FRAME.match(lines[number])
    return bool(
        frame and frame["function"] is None and any(_SYNTAX.match(line) for line in lines[number + 1 : number + 6])
    )


def _traceback(lines: list[str], header: int) -> Block:
    block = Block(begins=max(header, 0), ignored=header > 0 and lines[header - 1].startswith(_IGNORED))
    number = header + 1
    while number < len(lines):
        line = _without_group(lines[number])
        if frame := _FRAME.match(line):
            number, code = _code_below(lines, number + 1)
            block.calls.append(Call(frame["file"], int(frame["line"]), frame["function"] or "", code))
        elif not line.strip() or _CARETS.match(line) or _REPEATED.match(line) or line.startswith("    "):
            number += 1
        else:
            break
    block.ends = _read_error(block, lines, number)
    return block


def _code_below(lines: list[str], number: int) -> tuple[int, str]:
    """The code that a frame shows: the lines above the next frame that are indented deeper than it."""
    shown: list[str] = []
    while number < len(lines) and len(shown) < 12:
        line = _without_group(lines[number])
        if not line.startswith("    ") or _FRAME.match(line):
            break
        if not _CARETS.match(line):
            shown.append(line.strip())
        number += 1
    return number, "\n".join(shown)


def _read_error(block: Block, lines: list[str], number: int) -> int:
    """The line behind the frames names the error; its message goes on until something else begins."""
    if number >= len(lines):
        return number
    named = _ERROR.match(_without_group(lines[number]).strip())
    if named is None:
        return number
    message, end = [named["message"] or ""], number + 1
    while end < len(lines) and len(message) < _LONGEST_MESSAGE and not _ends_message(lines, end):
        message.append(_without_group(lines[end]))
        end += 1
    block.error, block.message = named["error"], "\n".join(message).strip()
    return end


def _ends_message(lines: list[str], number: int) -> bool:
    line = lines[number]
    if _HEADER_ANYWHERE.search(line) or _BEYOND.match(line) or _FATAL.match(line):
        return True
    return not line.strip() and (number + 1 >= len(lines) or bool(_CHAINED.match(lines[number + 1])))


def _without_group(line: str) -> str:
    """An exception group draws bars and boxes at the left."""
    return _GROUP.sub("", line)


def _fatal(lines: list[str], number: int) -> Block:
    """faulthandler lists the most recent call first, and of the crashed thread before the others."""
    fatal = _FATAL.match(lines[number])
    calls: list[Call] = []
    end = number + 1
    for end in range(number + 1, min(len(lines), number + 200)):
        line = lines[end]
        frame = re.match(r'^\s+File "(?P<file>.+?)", line (?P<line>\d+) in (?P<function>.+)$', line)
        if frame:
            calls.insert(0, Call(frame["file"], int(frame["line"]), frame["function"]))
        elif calls:
            break
    return Block("FatalError", fatal["message"] if fatal else "", calls, False, number, end)


def chain_before(found: list[Block], lines: list[str], last: Block) -> Iterator[Block]:
    """The exceptions that the last one followed from, the first one first."""
    index = found.index(last)
    linked = [last]
    for earlier in reversed(found[:index]):
        between = lines[earlier.ends : linked[0].begins]
        if not any(_CHAINED.match(_without_group(line).strip()) for line in between) and not _inner(earlier, linked[0]):
            break
        linked.insert(0, earlier)
    yield from linked[:-1]


def _inner(outer: Block, block: Block) -> bool:
    """`Caught X in DataLoader worker process 0` goes straight on with the worker's own traceback."""
    return block.begins <= outer.ends + 1 and "\n" not in outer.message.strip()
