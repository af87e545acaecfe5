"""What a model may write into a project: a few new modules on the floors there are, with tests, that open no door."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from agents.coder.doors import importable, opened, parsed
from agents.reviewer.subject import module_name, package_of
from agents.reviewer.syntax import Function, calls, every, imports
from agents.reviewer.wording import reason_fault
from framework.artifacts.base import Strict
from framework.runtime.codetree import CodeTree

FLOORS = ("evaluation", "data", "models", "inference", "training")
TESTS = "tests/extra"
PREFIX = "extra_"
_MOST_FILES, _MOST_LINES = 4, 200
_NAME = r"[a-z][a-z0-9_]{0,40}"
_MARKUP = re.compile(r"[`*_#|<>\[\]{}\\/$]")
_TEST = re.compile(rf"{TESTS}/test_{_NAME}\.py")
# What changes a thing in place: with it a module could change another one.
_CHANGING = frozenset(
    "append extend insert add update setdefault pop popitem clear remove discard register "
    "cache_clear register_buffer register_module register_forward_hook".split()
)
_AT_IMPORT = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.ClassDef)
_SWITCHES = frozenset("skip skipif xfail importorskip monkeypatch mock patch usefixtures autouse".split())


class NewFile(Strict):
    """One file."""

    path: str = Field(max_length=120)
    content: str = Field(max_length=10_000)


class Written(Strict):
    """The answer: new modules with their tests, and what they do. No files: it cannot be done so."""

    files: Annotated[list[NewFile], Field(max_length=_MOST_FILES)]
    claim: str = Field(max_length=300)


def written_faults(tree: CodeTree, written: Written) -> list[str]:
    """Why it cannot even be tried, in words for the model."""
    if not written.files:
        return []
    faults = list(_places(tree, written)) or [one for file in written.files for one in _content(tree, file)]
    if fault := reason_fault(written.claim):
        faults.append(f"{fault.replace('why', 'claim', 1)}; say in one sentence what the code does")
    if _MARKUP.search(written.claim):
        faults.append("claim: plain words, without paths, code or markup")
    return faults or list(_tested(written))


def _places(tree: CodeTree, written: Written) -> Iterator[str]:
    package = package_of(tree)
    module = re.compile(rf"src/{re.escape(package)}/(?:{'|'.join(FLOORS)})/{PREFIX}{_NAME}\.py")
    paths = [file.path for file in written.files]
    if len(set(paths)) < len(paths):
        yield "files: each path stands there once"
    for path in paths:
        if not (module.fullmatch(path) or _TEST.fullmatch(path)):
            yield f"{path!r} is neither src/{package}/FLOOR/{PREFIX}NAME.py nor {TESTS}/test_NAME.py"
        elif path in tree.files:
            yield f"{path} is there already; only new files may be written"
        elif not any(name.startswith(f"{path.rpartition('/')[0]}/") for name in tree.files) and path.startswith("src/"):
            yield f"{path}: the project has no folder {path.rpartition('/')[0]}"
    for kind, start in (("module", "src/"), ("test", "tests/")):
        if not any(path.startswith(start) for path in paths):
            yield f"files: there must be a {kind}"


def _content(tree: CodeTree, file: NewFile) -> Iterator[str]:
    is_test, text = file.path.startswith("tests/"), file.content
    if text.count("\n") > _MOST_LINES:
        yield f"{file.path}: {_MOST_LINES} lines are the most"
    if not all(sign.isprintable() or sign == "\n" for sign in text):
        yield f"{file.path}: has signs that cannot be printed"
    module = parsed(text)
    if module is None:
        yield f"{file.path}: is not valid Python, or nested too deeply"
        return
    words = opened("", text, module, None, free=("pytest", "tests") if is_test else ())
    yield from (f"{file.path}: may not hold the word {word}" for word in words)
    allowed = importable(tree) | ({"pytest"} if is_test else set())
    for one in imports(module, ""):
        if one.top not in allowed:
            yield f"{file.path}: may not import {one.module or 'relatively'}"
    yield from (f"{file.path}, line {line}: {what}" for line, what in _deeds(module, is_test))


def _deeds(module: ast.Module, is_test: bool) -> Iterator[tuple[int, str]]:
    """What it does when it is imported, and to what it has imported."""
    for number, node in enumerate(module.body):
        is_text = number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not isinstance(node, _AT_IMPORT) and not is_text:
            yield node.lineno, "at its top a module only imports, defines and assigns"
    yield from _changes(module)
    if is_test:
        named = [(node.lineno, node.attr) for node in every(module, ast.Attribute)]
        named += [(node.lineno, node.id) for node in every(module, ast.Name)]
        named += [(node.lineno, node.arg) for node in every(module, ast.arg)]
        yield from ((line, f"a test may not use {word}") for line, word in named if word in _SWITCHES)


def _changes(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Where it changes what it has imported: another module would no longer be what was tested."""
    nodes: list[ast.Import | ast.ImportFrom] = [*every(module, ast.Import), *every(module, ast.ImportFrom)]
    aliases = [one for node in nodes for one in node.names]
    foreign = {one.asname or one.name.partition(".")[0] for one in aliases}
    targets: list[ast.Attribute | ast.Subscript] = [*every(module, ast.Attribute), *every(module, ast.Subscript)]
    for node in targets:
        if not isinstance(node.ctx, ast.Load) and _root(node) in foreign:
            yield node.lineno, f"may not change {ast.unparse(node)}, which is not its own"
    for name, call in calls(module):
        if name.rpartition(".")[2] in _CHANGING and name.partition(".")[0] in foreign:
            yield call.lineno, f"may not change {name.rpartition('.')[0]}, which is not its own"


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _tested(written: Written) -> Iterator[str]:
    """Every module is used by a test that asserts something of it."""
    used: set[str] = set()
    for file in written.files:
        module = parsed(file.content)
        if module is not None and file.path.startswith("tests/"):
            used |= {name for one in imports(module, "") for name in (one.module, f"{one.module}.{one.name}")}
            tests = [node for node in module.body if isinstance(node, Function) and node.name.startswith("test_")]
            if not any(every(test, ast.Assert) for test in tests):
                yield f"{file.path}: no test function in it asserts anything"
    for file in written.files:
        if file.path.startswith("src/") and module_name(file.path) not in used:
            yield f"{file.path}: no test imports {module_name(file.path)}"
