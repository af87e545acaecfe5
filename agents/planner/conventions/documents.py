"""Rules out of documents: the lists of CLAUDE.md below their headings, and sentences that a person adds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"^(```|~~~).*?^\1[ \t]*$\n?", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_HEADING = re.compile(r"^#{1,6}\s+(?P<title>.+?)\s*#*$")
_BULLET = re.compile(r"^\s{0,3}(?:[-*+•]|\d{1,2}[.)、])\s+(?P<text>.+)$")
# A full stop ends a sentence only before a new one: "3.11" and "train.py" hold none.
_END = re.compile(r"\s*[;；。！\n]+\s*|(?<=[\w)`])\.\s+(?=[A-Z])")


@dataclass(frozen=True)
class Stated:
    """A rule as it stands, and the heading that it stands under."""

    section: str
    text: str


def listed_rules(document: str) -> list[Stated]:
    """Every item of the document's lists; its prose explains them and is no rule."""
    return [Stated(section, item) for section, item, is_item in _blocks(document) if is_item]


def added_rules(text: str) -> list[Stated]:
    """Every rule that a person has written: items of a list, or sentences parted by full stops and semicolons."""
    found: list[Stated] = []
    for section, block, is_item in _blocks(text):
        parts = [block] if is_item else _END.split(block)
        found += [Stated(section, part.strip(" .")) for part in parts if part.strip(" .;；。")]
    return list(dict.fromkeys(found))


def without_rules(document: str, dropped: list[str]) -> str:
    """The document without those items of its lists, and without its yaml blocks."""
    kept: list[str] = []
    for lines in _items(_FENCE.sub("", document)):
        match = _BULLET.match(lines[0])
        if not (match and _joined([match["text"], *lines[1:]]) in dropped):
            kept += lines
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip() + "\n"


def _blocks(document: str) -> Iterator[tuple[str, str, bool]]:
    """Heading, text and whether it is an item of a list, for everything that is neither heading, quotation nor code."""
    section = ""
    plain = _COMMENT.sub("", _FENCE.sub("", document.replace("\r\n", "\n").removeprefix("\ufeff")))
    for lines in _items(plain):
        if match := _HEADING.match(lines[0]):
            section = match["title"]
        elif match := _BULLET.match(lines[0]):
            yield section, _joined([match["text"], *lines[1:]]), True
        elif lines[0].strip() and not lines[0].lstrip().startswith(("> ", "|", "---")):
            yield section, lines[0].strip(), False


def _items(document: str) -> Iterator[list[str]]:
    """The lines, an item of a list together with the indented lines that go on with it."""
    item: list[str] = []
    for line in document.split("\n"):
        if item and line.startswith("  ") and line.strip() and not _BULLET.match(line):
            item.append(line)
            continue
        if item:
            yield item
        item = [line] if _BULLET.match(line) else []
        if not item:
            yield [line]
    if item:
        yield item


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)
