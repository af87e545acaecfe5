"""Numbers as people write them on a command line: 300B, 1.5T, 2e12, 10M, 4k, 200_000."""

from __future__ import annotations

import re

from framework.cli.language import tell
from framework.errors import UsageError

SCALES = {"": 1, "m": 10**6, "b": 10**9, "g": 10**9, "t": 10**12, "万": 10**4, "亿": 10**8}
NUMBER = re.compile(
    r"(?P<number>\d+(?:[,_]\d{3})*(?:\.\d+)?(?:e[+]?\d{1,2})?)\s*(?P<scale>[kmbgt万亿]?)", re.IGNORECASE
)


def whole_number(option: str, text: str, kilo: int = 1000, most: float = 1e18) -> int:
    """The number, at least 1. A context of 4k is 4096 tokens: there `kilo` is 1024."""
    match = NUMBER.fullmatch(text.strip())
    scales = SCALES | {"k": kilo}
    number = float(re.sub("[,_]", "", match["number"])) * scales[match["scale"].lower()] if match else 0.0
    if not 1 <= number <= most:
        raise UsageError(tell("usage.number", option=option, text=text), tell("usage.number_hint"))
    return round(number)
