"""Regular expressions that may take for ever: a repetition of what is nothing but a repetition, `(a+)+`, `(a|a)*`."""

from __future__ import annotations

from re import _constants as words  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_REPEATS = (words.MAX_REPEAT, words.MIN_REPEAT)


def is_endless(pattern: str) -> bool:
    """Whether one of its repetitions can divide the same text in many ways; the usual ways of writing that."""
    return _is_bad(parser.parse(pattern))


def _is_bad(items: Any) -> bool:
    return any(
        (kind in _REPEATS and value[1] == words.MAXREPEAT and _is_loose(value[2]))
        or any(_is_bad(part) for part in _parts(kind, value))
        for kind, value in items
    )


def _parts(kind: Any, value: Any) -> list[Any]:
    """What stands below one item of a pattern."""
    if kind in _REPEATS:
        return [value[2]]
    if kind is words.SUBPATTERN:
        return [value[-1]]
    if kind is words.BRANCH:
        return list(value[1])
    return [value[1]] if kind in (words.ASSERT, words.ASSERT_NOT) else []


def _is_loose(items: Any) -> bool:
    """Whether a turn is a repetition and nothing that it must have besides, or may be the same in two ways."""
    found = list(items)
    if len(found) == 1 and found[0][0] is words.SUBPATTERN:
        return _is_loose(found[0][1][-1])
    for place, (kind, value) in enumerate(found):
        if kind is words.BRANCH and (any(len(one) == 0 or _is_loose(one) for one in value[1])):
            return True
        others = [one for other, one in enumerate(found) if other != place]
        if kind in _REPEATS and value[1] == words.MAXREPEAT and all(_may_be_nothing(one) for one in others):
            return True
    return False


def _may_be_nothing(item: Any) -> bool:
    kind, value = item
    return kind is words.AT or (kind in _REPEATS and value[0] == 0)
