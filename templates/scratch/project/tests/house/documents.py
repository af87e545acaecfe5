"""The documents as data: their links, their commands, and what they name."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.architecture.checkout import ROOT, files, text_of, where

LANGUAGES = ("en", "zh")
_BLOCK = re.compile(r"^ *```(\w*)[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
READMES = tuple(sorted(ROOT.glob("README*.md")))  # which of them is in which language, the project decides


class Command(NamedTuple):
    """One command of a document, as a shell would split it."""

    source: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.source}: {shlex.join(self.words)}"


@cache
def documents() -> tuple[Path, ...]:
    """Every Markdown file of the project."""
    return tuple(path for path in files() if path.suffix == ".md")


def without_blocks(text: str) -> str:
    """The text of a document without its blocks of code."""
    return _BLOCK.sub("", text)


def blocks(path: Path, language: str) -> list[str]:
    """Its blocks of code in a language."""
    return [code for name, code in _BLOCK.findall(text_of(path)) if name == language]


def named(path: Path) -> list[str]:
    """Everything between single backticks, outside of blocks."""
    return _NAMED.findall(without_blocks(text_of(path)))


def commands(path: Path) -> Iterator[Command]:
    """The commands in its `bash` blocks: comments gone, continued lines joined, environment settings taken off."""
    for block in blocks(path, "bash"):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"\s(?:&&|\|)\s", line):
                words = shlex.split(part, comments=True)
                while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                    del words[0]
                if words:
                    yield Command(where(path), tuple(words))


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    kept = re.sub(r"[^\w\s-]", "", heading.replace("`", "").strip().lower())
    return re.sub(r"[\s]+", "-", kept)


def page(language: str, name: str) -> Path:
    """A page of the site."""
    return ROOT / "docs" / language / name
