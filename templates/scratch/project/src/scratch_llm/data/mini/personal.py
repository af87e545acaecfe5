"""Personal data in texts: found to be told of, and hidden wherever texts are shown; what is found never leaves."""

import datetime
import ipaddress
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, Literal, NamedTuple

from scratch_llm.data.columns import unbroken

PersonalKind = Literal["mail", "phone", "resident_id", "card", "ip"]
_PATTERNS: Final[dict[PersonalKind, re.Pattern[str]]] = {
    "mail": re.compile(r"[A-Za-z0-9][\w.%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}", re.ASCII),
    "resident_id": re.compile(r"(?<![\dA-Za-z])[1-9]\d{16}[\dXx](?![\dA-Za-z])", re.ASCII),
    # Groups are those that cards and phones are written in, and no numbers stand beside them: a table is neither.
    "card": re.compile(
        r"(?<![\w.])(?:\d{13,19}(?!\w|\.\d)"
        r"|(?<!\d[ -])(?:\d{4}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?|\d{4}[ -]\d{6}[ -]\d{5})(?!\w|[ .-]\d))",
        re.ASCII,
    ),
    "phone": re.compile(
        r"(?<![\w.+-])(?<!\d )(?:(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}|\+[1-9]\d{0,2}(?:[ .-]?\(?\d{1,4}\)?){2,5}"
        r"|\(\d{3}\) ?\d{3}-\d{4}|[2-9]\d{2}-[2-9]\d{2}-\d{4})(?![\w-]| \d)",
        re.ASCII,
    ),
    "ip": re.compile(
        r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w.]\w|[\w:])",
        re.ASCII,
    ),
}
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_KEPT: Final[dict[PersonalKind, int]] = {"mail": 1, "phone": 3, "resident_id": 2, "card": 1, "ip": 0}
_EXAMPLES: Final = 2
# No text without one of these has anything to hide; looking for them is quick.
_WORTH: Final = re.compile(r"@|\d[\d\- ().]{5,}|[0-9A-Fa-f]:[0-9A-Fa-f:]", re.ASCII)


class _Hit(NamedTuple):
    kind: PersonalKind
    start: int
    end: int


def hidden(text: str) -> str:
    """The text with stars over everything personal, as it can be written into any file."""
    text = unbroken(text)
    parts, at = [], 0
    for hit in _hits(text):
        parts += [text[at : hit.start], _stars(hit.kind, text[hit.start : hit.end])]
        at = hit.end
    return "".join([*parts, text[at:]])


def survey(texts: Iterable[str]) -> list[dict[str, Any]]:
    """Count what there is: of each kind the texts, the occurrences, and a few that are hidden all but a hint."""
    n_text: Counter[PersonalKind] = Counter()
    n_hit: Counter[PersonalKind] = Counter()
    examples: dict[PersonalKind, list[str]] = {kind: [] for kind in _PATTERNS}
    for text in texts:
        hits = _hits(text)
        n_hit.update(hit.kind for hit in hits)
        n_text.update({hit.kind for hit in hits})
        for hit in hits:
            shown = _stars(hit.kind, text[hit.start : hit.end])
            if len(examples[hit.kind]) < _EXAMPLES and shown not in examples[hit.kind]:
                examples[hit.kind].append(shown)
    return [
        {"kind": kind, "texts": n_text[kind], "count": n_hit[kind], "examples": examples[kind]}
        for kind in _PATTERNS
        if n_hit[kind]
    ]


def _hits(text: str) -> list[_Hit]:
    """What is personal, in order; where two kinds overlap, the one that comes first in the table."""
    if not _WORTH.search(text):
        return []
    found: list[_Hit] = []
    for kind, pattern in _PATTERNS.items():
        for match in pattern.finditer(text):
            hit = _Hit(kind, *match.span())
            if _IS_REAL[kind](match[0]) and not any(hit.start < o.end and o.start < hit.end for o in found):
                found.append(hit)
    return sorted(found, key=lambda hit: hit.start)


def _stars(kind: PersonalKind, value: str) -> str:
    kept = _KEPT[kind]
    return value[:kept] + re.sub(r"\w", "*", value[kept:])


def _always(value: str) -> bool:
    return bool(value)


def _is_phone(value: str) -> bool:
    return 8 <= len(_digits(value)) <= 15


def _is_resident_id(value: str) -> bool:
    """Whether the day of birth exists and the last sign is the checksum of the others (GB 11643)."""
    try:
        born = datetime.date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(value[:17], _WEIGHTS, strict=True))
    return born.year >= 1900 and _CHECKS[total % 11] == value[17].upper()


def _is_card(value: str) -> bool:
    """Whether it begins as a card's number does, and its last digit is right (Luhn)."""
    digits = _digits(value)
    doubled = [digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits[::-1])]
    return 13 <= len(digits) <= 19 and digits[0] in (2, 3, 4, 5, 6) and len(set(digits)) > 1 and sum(doubled) % 10 == 0


def _is_ip(value: str) -> bool:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


def _digits(value: str) -> list[int]:
    return [int(sign) for sign in value if sign in "0123456789"]


_IS_REAL: Final = {
    "mail": _always,
    "phone": _is_phone,
    "resident_id": _is_resident_id,
    "card": _is_card,
    "ip": _is_ip,
}
