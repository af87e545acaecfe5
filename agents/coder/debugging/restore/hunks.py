"""Where a project differs from its proven state: hunks of lines, files that are gone, and what each of them touches."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

import yaml

from framework.resources import parse_yaml

_WORD = re.compile(r"[^\W\d]\w+")


@dataclass(frozen=True)
class Hunk:
    """Lines of a file, counted from 1, that had another text. `last` is below `first` where lines are only missing."""

    file: str
    first: int
    last: int
    now: str
    then: str

    @cached_property
    def words(self) -> frozenset[str]:
        """The words on which the two texts differ."""
        return frozenset(set(_WORD.findall(self.now)) ^ set(_WORD.findall(self.then)))

    @property
    def text(self) -> str:
        return f"{self.now}\n{self.then}"

    @property
    def only_adds(self) -> bool:
        """Whether somebody wrote something new and changed nothing of what was proven."""
        return not self.then.strip()

    def distance(self, line: int) -> int:
        """How many lines it is away from one."""
        return max(self.first - line, line - max(self.last, self.first), 0)


def hunks(file: str, now: str, then: str) -> list[Hunk]:
    """The differences of one file."""
    a, b = now.splitlines(keepends=True), then.splitlines(keepends=True)
    found = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    return [
        Hunk(file, a1 + 1, a2, "".join(a[a1:a2]), "".join(b[b1:b2])) for tag, a1, a2, b1, b2 in found if tag != "equal"
    ]


def undone(now: str, chosen: Collection[Hunk]) -> str:
    """The text with some of its hunks put back."""
    lines = now.splitlines(keepends=True)
    for hunk in sorted(chosen, key=lambda one: one.first, reverse=True):
        lines[hunk.first - 1 : hunk.last] = hunk.then.splitlines(keepends=True)
    return "".join(lines)


def differences(texts: Mapping[str, str], proven: Mapping[str, str]) -> Iterator[Hunk]:
    """Every hunk that changes what a file means; comments and layout do not."""
    for file, then in proven.items():
        now = texts.get(file)
        if now is None or now == then or says_the_same(file, now, then):
            continue
        found = hunks(file, now, then)
        if len(found) == 1:
            yield found[0]
        else:
            yield from (one for one in found if not says_the_same(file, now, undone(now, [one])))


def says_the_same(file: str, now: str, then: str) -> bool:
    """Whether two texts of a file mean the same to the program that reads it."""
    if file.endswith(".py"):
        a, b = _parsed(now), _parsed(then)
        return a is not None and a == b
    if file.endswith((".yaml", ".yml")):
        try:
            return parse_yaml(now) == parse_yaml(then)
        except (yaml.YAMLError, ValueError):
            return False
    return file.endswith((".md", ".rst"))


def is_readable(file: str, text: str) -> bool:
    """Whether a Python file parses; other files are what they are."""
    return not file.endswith(".py") or _parsed(text) is not None


def _parsed(text: str) -> str | None:
    """The meaning without docstrings, which nobody runs."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            node.value.value = ""
    return ast.dump(tree)
