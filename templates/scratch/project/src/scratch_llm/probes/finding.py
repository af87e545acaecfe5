"""What a probe says."""

import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

_PROBES = Path(__file__).parent


class Check(NamedTuple):
    """One thing that was measured, beside what it may be. A probe is a row of checks; the first that fails is told."""

    passed: bool
    measured: str
    limit: str
    why: str = ""  # what a failure means; or why nothing was measured


Checks = Iterator[Check]


class Finding(NamedTuple):
    """What became of a probe."""

    name: str
    passed: bool
    measured: str
    limit: str
    why: str

    def __str__(self) -> str:
        verdict = "ok    " if self.passed else "FAILED"
        reason = f": {self.why}" if self.why else ""
        return f"{verdict} {self.name:<20} measured {self.measured}, limit {self.limit}{reason}"


def at_most(measured: float, limit: float, what: str, why: str) -> Check:
    """A number that must not be larger; one that is no number is too large."""
    return Check(measured <= limit, f"{what} {measured:.4g}", f"<= {limit:.4g}", why)


def at_least(measured: float, limit: float, what: str, why: str) -> Check:
    """A number that must not be smaller."""
    return Check(measured >= limit, f"{what} {measured:.4g}", f">= {limit:.4g}", why)


def same(measured: object, expected: object, what: str, why: str) -> Check:
    """Two things that must be equal."""
    return Check(measured == expected, f"{what} {measured}", str(expected), why)


def none_of(wrong: object, what: str, why: str) -> Check:
    """A collection, or a number, that must be empty."""
    listed = ", ".join(map(str, list(wrong)[:3])) if isinstance(wrong, list | set | tuple) else wrong
    return Check(not wrong, f"{what}: {listed}" if wrong else f"no {what}", f"no {what}", why)


def unused(why: str) -> Check:
    """Nothing to measure, for a reason."""
    return Check(True, "nothing", "nothing", why)


class Attempt:
    """Runs a block and keeps the error that ended it: for a probe, an error of the project is a finding like others."""

    error: BaseException | None = None

    def __enter__(self) -> "Attempt":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.error = error
        return isinstance(error, Exception)

    @property
    def story(self) -> str:
        """The error's type, its message, and where in the project it was raised."""
        if self.error is None:
            return ""
        message = " ".join(str(self.error).split())
        return f"{type(self.error).__name__}: {message[:600]}{_place(self.error)}"


def _place(error: BaseException) -> str:
    """The innermost frame that is the project's own, and not of a probe."""
    home, place = Path.cwd(), ""
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(home) and "site-packages" not in path.parts and path.parent != _PROBES:
            place = f" ({path.relative_to(home).as_posix()}:{frame.lineno} in {frame.name})"
    return place
