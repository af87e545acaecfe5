"""What a merge or one machine leaves behind in files that go to everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from agents.reviewer.subject import Subject
from framework.artifacts.review import ReviewFinding

_CONFLICT = re.compile(r"^<<<<<<< .*?^=======\r?$.*?^>>>>>>> ", re.MULTILINE | re.DOTALL)
_MACHINE = re.compile(r"(?<![\w.~}-])(?:/(?:home|Users)/[^/\s]+/|/(?:root)/|[A-Za-z]:[\\/]+Users[\\/])")
_OWN = "data.path"  # where the user's data lie is the user's to say


def conflicts(subject: Subject, check: str) -> Iterator[ReviewFinding]:
    """Both sides of a merge that nobody finished."""
    for file, text in sorted(subject.tree.texts.items()):
        for found in _CONFLICT.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield subject.finding(check, "conflict", file, line)


def machine_paths(subject: Subject, check: str, file: str, root: yaml.Node) -> Iterator[ReviewFinding]:
    """Values of a configuration that only one machine has."""
    for key, node in _values(root, ""):
        if key != _OWN and (found := _MACHINE.search(node.value)):
            line = node.start_mark.line + 1
            yield subject.finding(check, "machine_path", file, line, setting=key, value=found[0])


def _values(node: yaml.Node, key: str) -> Iterator[tuple[str, yaml.ScalarNode]]:
    """Every single value with its key; the items of a list have the list's."""
    if isinstance(node, yaml.ScalarNode):
        yield key, node
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _values(one, key)
    elif isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            yield from _values(value, f"{key}.{name.value}".lstrip("."))
