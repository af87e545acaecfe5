"""A run that failed, as data: what was raised, where in the project's own code, and what the log says of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from pydantic import Field

from agents.coder.debugging.logs import first_worker, lines_of, warnings_of, without_bars
from agents.coder.debugging.tracebacks import Block, Call, blocks, chain_before
from framework.artifacts.base import Strict, sha256

if TYPE_CHECKING:
    from framework.runtime.restricted import Ran

_SHOWN = 60  # lines of the log
# Errors that only say that another process failed; what that one said stands before them.
_WRAPPERS = ("ChildFailedError", "ProcessExitedException", "CalledProcessError", "BrokenProcessPool", "SystemExit")
_SIGNALS = {
    4: "SIGILL",
    6: "SIGABRT",
    7: "SIGBUS",
    8: "SIGFPE",
    9: "SIGKILL",
    11: "SIGSEGV",
    13: "SIGPIPE",
    15: "SIGTERM",
}
_CLEAR = re.compile(r"^(?:[\w./-]+: )?(?:error|fatal(?: error)?|错误)\s*[:：]\s*(?P<message>.+)$", re.IGNORECASE)
_INSTALLED = ("site-packages/", "dist-packages/", "/lib/python3")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+\b")
_FOLDERS = re.compile(r"(?:[A-Za-z]:)?(?:[\w.~-]*[/\\])+(?=[\w.-]*)")
_NUMBER = re.compile(r"(?<![\w])[-+]?\d[\d_,]*(?:\.\d+)?(?:[eE][-+]?\d+)?")
_RANDOM = re.compile(r"\btmp[\w]{6,}\b")


class Place(Protocol):
    """A folder: whatever can say its own path."""

    def as_posix(self) -> str: ...


class Frame(Strict):
    """One call of a traceback. `own`: the project's code; then `file` is relative to the project."""

    file: str
    line: int
    function: str
    code: str
    own: bool


class Raised(Strict):
    """An exception that another one followed from."""

    error: str
    message: str
    frames: list[Frame]


class Failure(Strict):
    """What a run failed with. `error` is the exception's class, empty where the program said it in its own words."""

    command: list[str]
    rc: int
    ended: str
    error: str
    message: str
    frames: list[Frame]
    log: str
    chain: list[Raised] = Field(default_factory=list, description="what the error followed from, the first one first")
    warnings: list[str] = Field(default_factory=list)

    @property
    def kind(self) -> str:
        """The error's class without its module."""
        return self.error.rpartition(".")[2]

    @property
    def where(self) -> Frame | None:
        """The project's own code that was running: of the error, else of what it followed from."""
        own = [frame for frame in self.frames if frame.own]
        earlier = [frame for raised in self.chain for frame in raised.frames if frame.own]
        return next(reversed(own), None) or next(reversed(earlier), None)

    @property
    def signature(self) -> str:
        """The same for the same trouble, whatever the line numbers, addresses, paths and sizes."""
        where = self.where
        place = f"{where.file}:{where.function}" if where else ""
        name = re.sub(r"[^A-Za-z0-9]+", "-", self.kind or self.ended or "error").strip("-")
        return f"{name}-{sha256(f'{self.kind}|{place}|{general(self.message)}')[:10]}"


def read_failure(ran: Ran, root: Place) -> Failure:
    """What the run failed with, by all that it has written."""
    outputs = [first_worker(lines_of(text)) for text in (ran.stderr, ran.stdout)]
    said = next((reading for lines in outputs if (reading := _raised(lines, root))), None)
    said = said or next((reading for lines in outputs if (reading := _clear(lines))), None)
    error, message, frames, chain = said or ("", "", [], [])
    lines = next((lines for lines in outputs if any(line.strip() for line in lines)), [])
    error, message = _ending(ran, error, message)
    return Failure(
        command=list(ran.command),
        rc=ran.rc,
        ended=ran.ended,
        error=error,
        message=message or next((line for line in reversed(lines) if line.strip()), ""),
        frames=frames,
        log="\n".join(without_bars(lines)[-_SHOWN:]).strip(),
        chain=chain,
        warnings=warnings_of([line for output in outputs for line in output]),
    )


def failed_probe(command: list[str], name: str, why: str) -> Failure:
    """A probe that did not pass is a failure like a crash."""
    return Failure(command=command, rc=1, ended="exit", error=f"probe:{name}", message=why, frames=[], log=why)


def general(message: str) -> str:
    """The message without what differs from run to run."""
    text = _ADDRESS.sub("N", message[:2000])
    text = _RANDOM.sub("tmp", text)
    text = _FOLDERS.sub("", text)
    return re.sub(r"\s+", " ", _NUMBER.sub("N", text)).strip()


Reading = tuple[str, str, list[Frame], list[Raised]]


def _raised(lines: list[str], root: Place) -> Reading | None:
    found = [block for block in blocks(lines) if not block.ignored] or blocks(lines)
    telling = [block for block in found if block.error.rpartition(".")[2] not in _WRAPPERS] or found
    if not telling:
        return None
    last = telling[-1]
    chain = [_as_raised(block, root) for block in chain_before(found, lines, last)]
    frames = _frames(last, root)
    # A pool raises the worker's error once more in the parent; the worker's own calls say more.
    same = next((raised for raised in chain if raised.message.startswith(last.message) and last.message), None)
    if same and same.error.rpartition(".")[2] in (last.error.rpartition(".")[2], "_RemoteTraceback"):
        frames = [*frames, *same.frames]
    return last.error, last.message, frames, chain


def _as_raised(block: Block, root: Place) -> Raised:
    return Raised(error=block.error, message=block.message, frames=_frames(block, root))


def _frames(block: Block, root: Place) -> list[Frame]:
    return [_frame(call, root) for call in block.calls]


def _frame(call: Call, root: Place) -> Frame:
    path, base = call.file.replace("\\", "/"), root.as_posix().rstrip("/") + "/"
    relative = path.removeprefix(base).removeprefix("./")
    outside = relative.startswith(("/", "<")) or ":/" in relative or any(part in relative for part in _INSTALLED)
    return Frame(file=relative, line=call.line, function=call.function, code=call.code, own=not outside)


def _clear(lines: list[str]) -> Reading | None:
    """A program that explains itself says `error: ...`, and indents what belongs to it."""
    starts = [number for number, line in enumerate(lines) if _CLEAR.match(line)]
    if not starts:
        return None
    first = _CLEAR.match(lines[starts[-1]])
    more = []
    for line in lines[starts[-1] + 1 :]:
        if line.strip() and not line.startswith((" ", "\t", "-")):
            break
        more.append(line)
    return "", "\n".join([first["message"] if first else "", *more]).strip(), [], []


def _ending(ran: Ran, error: str, message: str) -> tuple[str, str]:
    """How the process ended says more than an old traceback in its log, where it did not end by itself."""
    if ran.ended == "timeout":
        return "Timeout", f"did not end within {ran.seconds:.0f} seconds"
    number = -ran.rc if ran.rc < 0 else ran.rc - 128 if 128 < ran.rc < 160 else 0
    if error and error != "FatalError":
        return error, message
    if ran.ended == "memory":
        return "MemoryError", message or f"killed at {ran.peak_bytes} bytes of memory"
    if number in _SIGNALS:
        return _SIGNALS[number], message or f"ended by {_SIGNALS[number]}"
    return error, message
