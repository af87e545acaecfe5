"""What is short gets read: no long files, no long functions."""

from __future__ import annotations

from collections.abc import Iterator

from agents.reviewer.subject import Subject
from agents.reviewer.syntax import functions
from framework.artifacts.review import ReviewFinding

NAME = "sizes"
LONGEST_FILE = 400
LONGEST_FUNCTION = 60


def look(subject: Subject) -> Iterator[ReviewFinding]:
    """Lines are counted as an editor shows them. What is long still works: it is a warning."""
    for file, text in subject.texts(".py"):
        if (lines := len(text.splitlines())) > LONGEST_FILE:
            yield subject.finding(NAME, "long_file", file, None, severity="warning", lines=lines, most=LONGEST_FILE)
    for file, tree in subject.tree.python.items():
        for node in functions(tree):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                fields = {"name": node.name, "lines": lines, "most": LONGEST_FUNCTION}
                yield subject.finding(NAME, "long_function", file, node.lineno, severity="warning", **fields)
