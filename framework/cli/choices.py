"""A value out of a few, with the nearest ones for whoever mistypes it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from framework.cli.language import tell
from framework.errors import UsageError


def nearest(value: str, choices: Iterable[str], count: int = 3) -> list[str]:
    """The choices that a mistyped value may have meant, best first."""
    by_folded = {choice.casefold(): choice for choice in choices}
    return [by_folded[name] for name in get_close_matches(value.casefold(), by_folded, count, cutoff=0.5)]


def did_you_mean(value: str, choices: Iterable[str]) -> str:
    """A hint that names the nearest choices, or all of them where nothing is near."""
    known = list(choices)
    close = nearest(value, known)
    return tell("usage.did_you_mean", names=", ".join(close)) if close else tell("usage.choose", names=", ".join(known))


def one_of(option: str, value: str, choices: Iterable[str]) -> str:
    """The value if it is one of the choices; else an error that names them."""
    known = list(choices)
    if value in known:
        return value
    message = tell("usage.one_of", option=option, value=value, names=", ".join(known))
    raise UsageError(message, did_you_mean(value, known) if nearest(value, known) else "")
