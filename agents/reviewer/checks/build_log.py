"""The log of what was built, held against what is there: no row without its files, its proof, and its tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import chain

from agents.reviewer.checks.verified import verified
from agents.reviewer.subject import Subject
from agents.reviewer.syntax import nodes
from framework.artifacts.base import sha256
from framework.artifacts.build import BuildLog, LogRow
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.review import ReviewFinding

NAME = "build_log"
_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test)\.py$")


def things(subject: Subject) -> list[str]:
    """The files that the rows promise."""
    return sorted(set(chain.from_iterable(row.files for row in subject.log.rows))) if subject.log else []


def check(subject: Subject) -> Iterator[ReviewFinding]:
    """Every row: its state, its files, its receipts."""
    if subject.log is None or subject.log.refusal is not None:
        return
    if not subject.log.rows:
        yield subject.finding(NAME, "doc_no_rows", BuildLog.FILE, None)
    for row in subject.log.rows:
        line = subject.line_of(BuildLog.FILE, row.task)
        yield from _state(subject, row, line)
        for path, rendered in sorted(row.files.items()):
            yield from _file(subject, row, path, rendered)
    yield from _twice(subject)
    yield from _todo(subject, subject.log)
    yield from verified(subject, subject.log, NAME)
    for clash in subject.log.clashes:
        yield subject.finding(NAME, "doc_clash", clash.path, None, severity="warning", name=clash.path)


def _state(subject: Subject, row: LogRow, line: int | None) -> Iterator[ReviewFinding]:
    fields = {"task": row.task, "title": row.title}
    if row.state != "verified":
        yield subject.finding(NAME, "doc_row_state", BuildLog.FILE, line, state=row.state, **fields)
        return
    if not row.files and row.done is None:
        yield subject.finding(NAME, "doc_row_empty", BuildLog.FILE, line, **fields)
    for key, receipt in (("doc_row_done", row.done), ("doc_row_verified", row.verified)):
        if receipt is None or not receipt.passed:
            yield subject.finding(NAME, key, BuildLog.FILE, line, proved=_said(receipt), **fields)
        elif re.search(r"\b(?:0 passed|no tests ran|[1-9]\d* (?:failed|errors?))\b", receipt.proved):
            yield subject.finding(NAME, "doc_row_hollow", BuildLog.FILE, line, proved=receipt.proved, **fields)
    if row.done and row.verified and row.done.command != row.verified.command:
        asked, run = " ".join(row.done.command), " ".join(row.verified.command)
        yield subject.finding(NAME, "doc_row_other", BuildLog.FILE, line, asked=asked, run=run, **fields)
    elif row.done and row.verified and row.done.output_hash != row.verified.output_hash:
        first, second = row.done.proved, row.verified.proved
        yield subject.finding(NAME, "doc_row_differs", BuildLog.FILE, line, first=first, second=second, **fields)


def _said(receipt: CommandReceipt | None) -> str:
    return f"{receipt.proved} ({receipt.rc})" if receipt else "-"


def _file(subject: Subject, row: LogRow, path: str, rendered: str) -> Iterator[ReviewFinding]:
    data = subject.tree.files.get(path)
    fields = {"task": row.task, "title": row.title, "name": path}
    if data is None:
        yield subject.finding(NAME, "doc_file_gone", path, None, **fields)
    elif not data.strip() and sha256(data) != rendered:
        yield subject.finding(NAME, "doc_file_emptied", path, 1, **fields)
    elif _TEST_FILE.search(path) and sha256(data) != rendered and not _has_tests(subject, path):
        yield subject.finding(NAME, "doc_tests_gone", path, 1, **fields)


def _has_tests(subject: Subject, path: str) -> bool:
    """Whether a test file still holds tests; one that does not parse is another check's."""
    tree = subject.tree.python.get(path)
    if tree is None:
        return True
    names = (
        node.name for node in nodes(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    )
    return any(name.startswith("test") or name.startswith("Test") or name.endswith("Test") for name in names)


def _todo(subject: Subject, log: BuildLog) -> Iterator[ReviewFinding]:
    """The rows against the todo list, which was made before the work."""
    if subject.tasks is None:
        return
    tasks = {task.id: task for task in subject.tasks.tasks}
    for task in tasks.values():
        if task.id not in {row.task for row in log.rows}:
            yield subject.finding(NAME, "doc_task_no_row", BuildLog.FILE, None, task=task.id, title=task.title)
    for row in log.rows:
        fields = {"task": row.task, "title": row.title}
        if row.task not in tasks:
            yield subject.finding(NAME, "doc_row_no_task", BuildLog.FILE, None, **fields)
            continue
        task = tasks[row.task]
        if others := sorted(set(task.files) ^ row.files.keys()):
            yield subject.finding(NAME, "doc_row_files", BuildLog.FILE, None, names=", ".join(others), **fields)
        if row.done and row.done.command != task.proof:
            asked, run = " ".join(task.proof), " ".join(row.done.command)
            yield subject.finding(NAME, "doc_row_other", BuildLog.FILE, None, asked=asked, run=run, **fields)


def _twice(subject: Subject) -> Iterator[ReviewFinding]:
    """Tasks that have more than one row."""
    seen: set[str] = set()
    for row in subject.log.rows if subject.log else []:
        if row.task in seen:
            yield subject.finding(NAME, "doc_row_twice", BuildLog.FILE, None, task=row.task, title=row.title)
        seen.add(row.task)
