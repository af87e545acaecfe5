"""Markdown as data: blocks of code, what stands between backticks, links and headings, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from framework.runtime.codetree import CodeTree

_FENCE = re.compile(r"^ *(?P<mark>`{3,}|~{3,}) *(?P<lang>[\w+-]*)[^\n]*$")
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"(!?)\[(?:[^\]\[]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+[\"'][^)]*)?\)")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]^]+\]:\s*<?(\S+?)>?(?:\s+[\"'(].*)?$")
_HTML = re.compile(r"<(?:img|a)\b[^>]*?\b(?:src|href)=[\"']([^\"']+)[\"']")
_HEADING = re.compile(r"^#{1,6}\s+(.*?)(?:\s+#+)?\s*$")
_EXPLICIT = re.compile(r"\{#([\w-]+)\}|<a\s+(?:id|name)=[\"']([^\"']+)[\"']|\bid=[\"']([^\"']+)[\"']")

_WISH = re.compile(r"<!-- (goal|unmet):begin -->.*?<!-- \1:end -->", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is that of its first line of code."""

    lang: str
    line: int
    code: str


@dataclass(frozen=True)
class Mark:
    """A piece of a line."""

    text: str
    line: int


@dataclass(frozen=True)
class Document:
    """One Markdown file."""

    path: str
    text: str

    @cached_property
    def _parts(self) -> tuple[list[Mark], list[Block]]:
        """Its prose, line by line, and its blocks."""
        prose: list[Mark] = []
        blocks: list[Block] = []
        lines = self.text.splitlines()
        number = 0
        while number < len(lines):
            fence = _FENCE.match(lines[number])
            if not fence:
                prose.append(Mark(lines[number], number + 1))
                number += 1
                continue
            end = _closing(lines, number + 1, fence["mark"])
            blocks.append(Block(fence["lang"].lower(), number + 2, "\n".join(lines[number + 1 : end])))
            number = end + 1
        return prose, blocks

    @property
    def prose(self) -> list[Mark]:
        """Every line outside of blocks."""
        return self._parts[0]

    @property
    def blocks(self) -> list[Block]:
        """Its fenced blocks."""
        return self._parts[1]

    @cached_property
    def codes(self) -> list[Mark]:
        """What stands between single backticks."""
        return [Mark(text.strip(), mark.line) for mark in self.prose for text in _CODE.findall(mark.text)]

    @cached_property
    def links(self) -> list[Mark]:
        """The targets of its links and images."""
        return list(self._links())

    def _links(self) -> Iterator[Mark]:
        for mark in self.prose:
            text = _CODE.sub("``", mark.text)
            found = [*(target for _, target in _LINK.findall(text)), *_REFERENCE.findall(text), *_HTML.findall(text)]
            yield from (Mark(target, mark.line) for target in found)

    @cached_property
    def headings(self) -> list[Mark]:
        """Its headings, without their signs."""
        return [Mark(found[1], mark.line) for mark in self.prose if (found := _HEADING.match(mark.text))]

    @cached_property
    def anchors(self) -> set[str]:
        """Whatever a link can lead to within it."""
        found: set[str] = {name for groups in _EXPLICIT.findall(self.text) for name in groups if name}
        for heading in self.headings:
            name, count = slug(heading.text), 0
            while (name if not count else f"{name}-{count}") in found:
                count += 1
            found.add(f"{name}-{count}" if count else name)
        return found


def _closing(lines: list[str], start: int, mark: str) -> int:
    """The line on which a fence closes, or the end where it never does."""
    for number in range(start, len(lines)):
        if lines[number].strip().startswith(mark) and not lines[number].strip().strip(mark[0]):
            return number
    return len(lines)


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"\{#[^}]*\}", "", heading))
    return re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", plain.strip().lower()))


def documents(tree: CodeTree) -> list[Document]:
    """Every Markdown file of the project, without foundry's spec documents, which speak of all projects."""
    named = ((name, text) for name, text in sorted(tree.texts.items()) if name.endswith((".md", ".markdown")))
    return [_document(name, text) for name, text in named if not _is_spec(name, text)]


def _is_spec(name: str, text: str) -> bool:
    return text.startswith(f"<!-- foundry spec: {name.removeprefix('specs/')} -->")


@lru_cache(512)
def _document(path: str, text: str) -> Document:
    """One document, taken apart once for all checks."""
    return Document(path, without_wishes(text))


def without_wishes(text: str) -> str:
    """The text with its lines, but without what was wished for: that claims nothing of the project."""
    return _WISH.sub(lambda found: "\n" * found[0].count("\n"), text)
