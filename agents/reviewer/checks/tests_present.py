"""Tests that are there, run, and could fail."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial
from posixpath import basename

from agents.reviewer.checks.imports import package_of
from agents.reviewer.checks.layers import floors_of
from agents.reviewer.subject import Subject
from agents.reviewer.syntax import Function, calls, dotted, every, functions, imports, last, nodes
from framework.artifacts.review import ReviewFinding
from framework.runtime.codetree import CodeTree

NAME = "tests_present"
_ASSERTING = ("assert", "expect", "verify", "raises", "warns", "fail", "approx", "check_call", "check_output")
# These refuse what is wrong: to come through them is what the test shows.
_REFUSING = ("parse", "validate", "check", "compile", "safe_load", "loads")
_SKIPS = {"skip", "skipif", "xfail", "skipIf", "skipUnless", "expectedFailure"}
# With these a conftest.py decides which tests there are, and whether they run.
_IGNORING = {"collect_ignore", "collect_ignore_glob", "pytest_collection_modifyitems", "pytest_ignore_collect"}
_IGNORING |= {"pytest_collect_file", "pytest_collect_directory", "pytest_pycollect_makemodule"}
_IGNORING |= {"pytest_pycollect_makeitem", "pytest_pyfunc_call", "pytest_runtest_protocol", "pytest_runtestloop"}


def look(subject: Subject) -> Iterator[ReviewFinding]:
    """Every test module and every test; then every part of the package."""
    modules = modules_of_tests(subject)
    asserting = _asserting(modules)
    for file, tree in modules.items():
        yield from _switched_off(subject, file, tree)
        if not _is_test_module(file):
            continue
        tests = list(_tests(tree))
        if not tests:
            yield subject.finding(NAME, "no_test", file, None)
        for test in tests:
            yield from _toothless(subject, file, test, asserting)
    yield from _gone(subject, modules)
    yield from _untested(subject, modules)
    yield from _hiding(subject)
    yield from _left_out(subject)


def modules_of_tests(subject: Subject) -> dict[str, ast.Module]:
    """Every Python file below tests/."""
    return {file: tree for file, tree in subject.tree.python.items() if file.startswith("tests/")}


def _is_test_module(file: str) -> bool:
    name = basename(file).removesuffix(".py")
    return name.startswith("test_") or name.endswith("_test")


def _tests(tree: ast.Module) -> Iterator[Function]:
    """What pytest collects: test functions, and the test methods of test classes."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and (
            node.name.startswith("Test") or "TestCase" in map(last, map(dotted, node.bases))
        ):
            yield from (one for one in node.body if isinstance(one, Function) and one.name.startswith("test"))
        elif isinstance(node, Function) and node.name.startswith("test"):
            yield node
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from (one for one in ast.walk(node) if isinstance(one, Function) and one.name.startswith("test"))


def _gone(subject: Subject, modules: dict[str, ast.Module]) -> Iterator[ReviewFinding]:
    """Tests that were rendered and are nowhere any more. Files that are gone as a whole are the build log's matter."""
    before = CodeTree(subject.tree.root, {file: text.encode() for file, text in subject.rendered.items()}).python
    was = {file: _names(tree) for file, tree in before.items()}
    rendered = {file for row in (subject.log.rows if subject.log else ()) for file in row.files}
    touched = {file: _names(tree) for file, tree in modules.items() if file in was or file not in rendered}
    moved = {name for file, names in touched.items() for name in names - was.get(file, set())}
    for file, names in was.items():
        for name in sorted(names - touched[file] - moved) if touched.get(file) else ():
            yield subject.finding(NAME, "test_gone", file, 1, name=name, file=file)


def _names(tree: ast.Module) -> set[str]:
    return {test.name for test in _tests(tree)}


def _asserting(modules: dict[str, ast.Module]) -> set[str]:
    """The names of the functions of tests that assert something, or call one that does."""
    defined = [node for tree in modules.values() for node in functions(tree)]
    called = {node: {last(name) for name, _ in calls(node)} for node in defined}
    found = {node.name for node in defined if _asserts(node)}
    while more := {node.name for node in defined if node.name not in found and called[node] & found}:
        found |= more
    return found


def _asserts(test: Function) -> bool:
    """Whether something in it can fail for what it looks at."""
    if any(not isinstance(node.test, ast.Constant) for node in every(test, ast.Assert)):
        return True
    return any(_can_fail(last(name), call) for name, call in calls(test)) or bool(every(test, ast.Raise))


def _can_fail(name: str, call: ast.Call) -> bool:
    checked = any(one.arg == "check" and ast.unparse(one.value) == "True" for one in call.keywords)
    plain = name.lstrip("_").lower()
    return checked or "validate" in plain or plain.startswith((*_ASSERTING, *_REFUSING))


def _toothless(subject: Subject, file: str, test: Function, asserting: set[str]) -> Iterator[ReviewFinding]:
    used = {last(name) for name, _ in calls(test)} | {one.arg for one in test.args.args}
    vain = [node for node in every(test, ast.Assert) if _always_true(node.test)]
    for node in vain:
        yield subject.finding(NAME, "always_true", file, node.lineno, name=test.name, code=ast.unparse(node))
    if not vain and not _asserts(test) and not used & (asserting - {test.name}):
        yield subject.finding(NAME, "no_assertion", file, test.lineno, name=test.name)


def _always_true(condition: ast.expr) -> bool:
    """A constant, a tuple with something in it, something compared with itself, or `or True`."""
    if isinstance(condition, ast.BoolOp) and isinstance(condition.op, ast.Or):
        return any(map(_always_true, condition.values))
    if isinstance(condition, ast.Compare) and len(condition.ops) == 1 and isinstance(condition.ops[0], ast.Eq | ast.Is):
        left, right = condition.left, condition.comparators[0]
        plain = not any(isinstance(node, ast.Call) for node in ast.walk(left))
        return plain and ast.dump(left) == ast.dump(right)
    is_full = isinstance(condition, ast.Tuple) and bool(condition.elts)
    return is_full or (isinstance(condition, ast.Constant) and bool(condition.value))


def _switched_off(subject: Subject, file: str, tree: ast.Module) -> Iterator[ReviewFinding]:
    """Marks that switch tests off, for good or because they fail; calls of skip that nothing stands before."""
    off = partial(subject.finding, NAME, "skipped", file)
    for node in nodes(tree):
        if isinstance(node, Function | ast.ClassDef):
            for mark in node.decorator_list:
                if _skips(mark):
                    yield off(mark.lineno, name=node.name, code=ast.unparse(mark))
        if isinstance(node, Function | ast.Module):
            for one in node.body:
                if isinstance(one, ast.Expr) and _calls_skip(one.value):
                    yield off(one.lineno, name=getattr(node, "name", file), code=ast.unparse(one))
    for one in tree.body:
        names = {ast.unparse(target) for target in one.targets} if isinstance(one, ast.Assign) else set()
        marks = (
            [mark for mark in ast.walk(one.value) if isinstance(mark, ast.expr)] if isinstance(one, ast.Assign) else []
        )
        if "pytestmark" in names and (skips := [mark for mark in marks if _skips(mark)]):
            yield off(one.lineno, name=file, code=ast.unparse(skips[0]))


def _hiding(subject: Subject) -> Iterator[ReviewFinding]:
    """Hooks and names that leave tests out, wherever pytest reads a conftest.py."""
    for file, tree in subject.tree.python.items():
        for node in nodes(tree) if basename(file) == "conftest.py" else ():
            if isinstance(node, Function | ast.alias | ast.Name) and (name := _bound(node)) in _IGNORING:
                yield subject.finding(NAME, "hiding", file, node.lineno, name=name)


def _bound(node: Function | ast.alias | ast.Name) -> str:
    """The name that a definition, an import or an assignment gives."""
    if isinstance(node, ast.Name):
        return node.id if isinstance(node.ctx, ast.Store) else ""
    return (node.asname or node.name) if isinstance(node, ast.alias) else node.name


def _skips(mark: ast.expr) -> bool:
    """Whether a mark switches off whatever the machine is like."""
    call = mark if isinstance(mark, ast.Call) else None
    name = dotted(call.func if call else mark)
    if last(name) not in _SKIPS or not name.startswith(("pytest.mark.", "mark.", "unittest.")):
        return False
    condition = call.args[0] if call and call.args else None
    conditional = last(name) in ("skipif", "skipIf", "skipUnless")
    return not conditional or condition is None or isinstance(condition, ast.Constant)


def _calls_skip(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func) in ("pytest.skip", "pytest.xfail", "self.skipTest")


def _untested(subject: Subject, modules: dict[str, ast.Module]) -> Iterator[ReviewFinding]:
    """Every folder of the package is imported by a test, and every floor above the ground has tests of its own."""
    used = {
        name
        for file, tree in modules.items()
        if any(True for _ in _tests(tree)) or not _is_test_module(file)
        for one in imports(tree, package_of(file))
        for name in (one.module, f"{one.module}.{one.name}")
    }
    own = {file.split("/")[1] for file, tree in modules.items() if _is_test_module(file) and any(_tests(tree))}
    floors = floors_of(subject)
    for file in subject.trees:
        inner = ".".join(file.split("/")[2:-1])
        if basename(file) != "__init__.py" or not inner:
            continue
        module = f"{subject.package}.{inner}"
        if not any(name == module or name.startswith(f"{module}.") for name in used):
            yield subject.finding(NAME, "untested", file, None, module=module)
        elif inner in floors[1:] and last(inner) not in own:
            yield subject.finding(
                NAME, "no_tests_of_its_own", file, None, module=module, folder=f"tests/{last(inner)}/"
            )


def _left_out(subject: Subject) -> Iterator[ReviewFinding]:
    """Settings that leave tests out of every run."""
    options = subject.pyproject.get("tool", {}).get("pytest", {}).get("ini_options", {}).get("addopts", "")
    words = {"pyproject.toml": options.split() if isinstance(options, str) else [str(one) for one in options]}
    for file in ("pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg"):
        found = re.search(r"^addopts\s*=(.*(?:\n[ \t]+.*)*)", subject.tree.texts.get(file, ""), re.MULTILINE)
        words[file] = found[1].split() if found else []
    for file, given in words.items():
        for word in given:
            if re.match(r"--ignore|--deselect|-k|--collect-only|--co$", word):
                line = subject.line_of(file, word)
                yield subject.finding(NAME, "skipped", file, line, name="pytest", code=word)
