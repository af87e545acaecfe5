"""The commands that a document tells a reader to type, as a shell would split them."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from agents.reviewer.reading.documents import Block, Document

_SHELLS = {"bash", "sh", "shell", "console", "zsh", "shell-session"}
PROGRAMS = {"python", "python3", "make", "torchrun", "pytest", "uv", "pip", "pip3", "tensorboard", "docker", "curl"}
_SETTING = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_BREAKS = {"&&", "||", "|", ";", "&"}
PLACEHOLDER = re.compile(r"[<>$*]|\.\.\.|…|^[A-Z][A-Z_]*$|[^\x00-\x7f]")
"""What stands for something that the reader puts in its place."""


@dataclass(frozen=True)
class Command:
    """One command; `settings` are the variables set before it."""

    file: str
    line: int
    settings: dict[str, str]
    words: list[str]

    @property
    def program(self) -> str:
        """Its program without the folder it lies in."""
        return re.split(r"[/\\]", self.words[0])[-1] if self.words else ""

    def __str__(self) -> str:
        return " ".join(self.words)


def commands(document: Document) -> Iterator[Command]:
    """Every command of its shell blocks, and of its prose where it begins with a program that we know."""
    for block in document.blocks:
        if block.lang in _SHELLS or (not block.lang and _looks_like_shell(block)):
            for line, text in _joined(block):
                yield from split(document.path, line, text)
    for code in document.codes:
        found = list(split(document.path, code.line, code.text))
        if found and len(found[0].words) > 1 and found[0].program in PROGRAMS:
            yield from found


def usages(file: str, tree: ast.Module) -> Iterator[Command]:
    """The commands in the docstring that a script begins with; what is optional stands in brackets there."""
    node = tree.body[0] if tree.body and ast.get_docstring(tree) else None
    text = node.value.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) else ""
    for number, line in enumerate(str(text).splitlines(), node.lineno if node else 1):
        told = re.findall(r"`((?:python|torchrun|make) [^`]*)`", line)
        shown = re.match(r"\s*((?:python3?|torchrun|make) \S.*?)(?:\s{2,}.*)?$", line)
        for one in [*told, *([shown[1]] if shown else [])]:
            yield from split(file, number, re.sub(r"\[[a-z]\w*=[^\]]*\]|[\[\]]|\s\.\.\.(?=\])", "", one))


def _looks_like_shell(block: Block) -> bool:
    first = block.code.strip().removeprefix("$ ").partition(" ")[0].rpartition("/")[2]
    return first in PROGRAMS


def _joined(block: Block) -> Iterator[tuple[int, str]]:
    """Its lines, continued ones joined, with the number of the first."""
    start, held = block.line, ""
    for number, text in enumerate(block.code.splitlines(), block.line):
        start = start if held else number
        held += text.strip().removeprefix("$ ")
        if held.endswith("\\"):
            held = held[:-1] + " "
            continue
        yield start, held
        held = ""
    if held:
        yield start, held


def split(file: str, line: int, text: str) -> Iterator[Command]:
    """The commands of a line; what is no shell gives none."""
    words: list[str] = []
    for word in [*_words(text), ";"]:
        if word not in _BREAKS:
            words.append(word)
            continue
        command = _command(file, line, words)
        if command.words or command.settings:
            yield command
        words = []


def _words(text: str) -> list[str]:
    lexer = shlex.shlex(re.sub(r"<\w[^<>]*>", "<x>", text), posix=True, punctuation_chars="&|;")
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        words = list(lexer)
    except ValueError:
        return []
    comment = next((n for n, word in enumerate(words) if word.startswith("#")), len(words))
    return words[:comment]


def _command(file: str, line: int, words: list[str]) -> Command:
    rest = words[1:] if words[:1] == ["export"] else list(words)
    if rest[:2] == ["uv", "run"]:
        rest = rest[2:]
    settings: dict[str, str] = {}
    while rest and (found := _SETTING.fullmatch(rest[0])):
        settings[found[1]] = found[2]
        rest = rest[1:]
    return Command(file, line, settings, rest)
