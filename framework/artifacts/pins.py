"""A requirements file as data: which package in which version, for which machines, known by which hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?==(?P<version>[^\s;*]+)\s*(;\s*(?P<marker>.+))?$"
)
_HASH = re.compile(r"\s--hash=(sha\d+:[0-9a-f]+)")


@dataclass(frozen=True)
class Pin:
    """One requirement. `version` is empty where the line is not pinned to one, `hashes` where it has none."""

    line: str
    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def text(self) -> str:
        """The requirement as it is written into a file."""
        return " \\\n    ".join((self.line, *(f"--hash={one}" for one in self.hashes))) + "\n"


def parse_pins(text: str) -> list[Pin]:
    """Every requirement of the file, in its order; comments are left out."""
    return [_pin(line) for line in _logical_lines(text)]


def normal(name: str) -> str:
    """A distribution's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _logical_lines(text: str) -> Iterator[str]:
    """The lines with their continuations."""
    for line in text.replace("\\\n", " ").splitlines():
        if (content := line.strip()) and not content.startswith("#"):
            yield content


def _pin(line: str) -> Pin:
    plain = " ".join(_HASH.sub("", line).split())
    hashes = tuple(_HASH.findall(line))
    match = _PINNED.match(plain)
    if match is None:
        return Pin(plain, "", "", "", hashes)
    return Pin(plain, normal(match["name"]), match["version"], match["marker"] or "", hashes)
