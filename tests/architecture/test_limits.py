"""What is short gets read: no long files, no long functions."""

from __future__ import annotations

import ast

from tests.architecture.house import ROOT, files

FILE_LINES = 300
FUNCTION_LINES = 45
SOURCES = [path for path in files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] != "templates"]


def test_no_file_is_long() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8").count("\n") for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES} == {}


def test_no_function_is_long() -> None:
    """Counted without its signature: the options of a command are a declaration, however many there are."""
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name} has {lines} lines"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.body[0].lineno + 1) > FUNCTION_LINES
    ]
    assert long == []
