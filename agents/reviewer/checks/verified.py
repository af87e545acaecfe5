"""The README's table of what was verified says what the build log says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.readme import finished
from agents.reviewer.subject import Subject
from framework.artifacts.build import BuildLog
from framework.artifacts.review import ReviewFinding

_EMPTY = "<!-- verified:begin -->\n<!-- verified:end -->"
_SECTION = re.compile(r"<!-- verified:begin -->\n(.*?)<!-- verified:end -->", re.DOTALL)


def verified(subject: Subject, log: BuildLog, check: str) -> Iterator[ReviewFinding]:
    """Rows that the log does not have, and rows of the log that a table leaves out; no table claims nothing."""
    right = _rows(finished({"README.md": _EMPTY}, log)["README.md"])
    for name, text in subject.texts(".md"):
        said = _rows(text) if name.startswith("README") else {}
        for row, line in said.items():
            if row not in right:
                yield subject.finding(check, "doc_row_invented", name, line, row=row)
        for row in right if said else ():
            if row not in said:
                yield subject.finding(check, "doc_row_untold", name, min(said.values()), row=row)


def _rows(readme: str) -> dict[str, int]:
    """The rows of the table below its head, each with its line."""
    found = _SECTION.search(readme)
    first = readme.count("\n", 0, found.start(1)) + 1 if found else 1
    lines = [line.strip() for line in found[1].splitlines()] if found else []
    rows = {line: number for number, line in enumerate(lines, first) if line.startswith("|")}
    return dict(list(rows.items())[2:])
