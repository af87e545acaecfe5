"""Work that only looks done: empty bodies, NotImplementedError, loose ends in comments."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator

from agents.reviewer.subject import Subject
from agents.reviewer.syntax import (
    Function,
    bases,
    blocks,
    body_without_docstring,
    children,
    decorators,
    dotted,
    every,
    functions,
    last,
    nodes,
)
from framework.artifacts.review import ReviewFinding

NAME = "placeholders"
_LOOSE = re.compile(r"\b(?:TO(?:DO|BEDONE)|FIX(?:ME|IT)|X{3}|HACK|TBD)\b")
_UNDONE = re.compile(
    r"your (?:own )?(?:code|implementation|logic) (?:goes )?here|implement (?:me|this)\b|coming soon|lorem ipsum"
    r"|(?:not|to be) (?:yet )?implemented|(?:implement|add|finish)(?:ed)? (?:this |it )?later|left as an exercise"
    r"|fill (?:this |me )?in\b.{0,12}\b(?:here|later)|待实现|尚未实现|未实现|待完成|待补充|此处填写|稍后实现",
    re.IGNORECASE,
)
_DECLARED = {"abstractmethod", "overload", "abstractproperty"}
_COMMENTED = (".yaml", ".yml", ".toml", ".sh", ".cfg", ".ini", "Makefile", "Dockerfile", ".dockerfile")


def look(subject: Subject) -> Iterator[ReviewFinding]:
    """Stubs in what runs (tests have doubles, which may be empty), loose ends everywhere."""
    overridden = _overridden(subject)
    for file, tree in subject.tree.python.items():
        if not file.startswith("tests/"):
            yield from _stubs(subject, file, tree, overridden)
        yield from _said_in_python(subject, file, tree)
    for file, text in subject.texts(*_COMMENTED):
        for number, line in enumerate(text.splitlines(), 1):
            _, sign, comment = line.partition("#")
            if sign and (words := _loose_end(comment)):
                yield subject.finding(NAME, "loose_end", file, number, words=words)


def _stubs(subject: Subject, file: str, tree: ast.Module, overridden: set[tuple[str, str]]) -> Iterator[ReviewFinding]:
    refuses = "NotImplementedError" in subject.tree.texts[file]
    for scope in (tree, *every(tree, ast.ClassDef), *functions(tree)):
        if isinstance(scope, ast.ClassDef) and _is_empty_class(scope):
            yield subject.finding(NAME, "empty_class", file, scope.lineno, name=scope.name)
        if isinstance(scope, ast.ClassDef) and "Protocol" in bases(scope):
            continue
        inner = scope.name if isinstance(scope, ast.ClassDef) else ""
        for node in _functions(scope):
            if not _DECLARED & set(map(last, decorators(node))) and (inner, node.name) not in overridden:
                yield from _stub(subject, file, node, method=bool(inner))
                yield from _refusals(subject, file, node) if refuses else ()


def _functions(scope: ast.Module | ast.ClassDef | Function) -> Iterator[Function]:
    """The functions right in a scope, those within its ifs and withs too, but not for types alone."""
    waiting = list(scope.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, Function):
            yield node
        elif isinstance(node, ast.If) and last(dotted(node.test)) == "TYPE_CHECKING":
            waiting += node.orelse
        elif not isinstance(node, ast.ClassDef):
            waiting += blocks(node)


def _stub(subject: Subject, file: str, node: Function, *, method: bool) -> Iterator[ReviewFinding]:
    body = body_without_docstring(node)
    if all(_does_nothing(one) or _gives_nothing(node, one) for one in body) and not (
        method and node.name.startswith("__")
    ):
        yield subject.finding(NAME, "stub", file, node.lineno, name=node.name)
    elif not method and _ignores_all(node, body):
        yield subject.finding(NAME, "constant", file, node.lineno, name=node.name, value=ast.unparse(body[0]))


def _refusals(subject: Subject, file: str, node: Function) -> Iterator[ReviewFinding]:
    for one in _own(node):
        if isinstance(one, ast.Raise) and one.exc is not None and _raised(one.exc) == "NotImplementedError":
            yield subject.finding(NAME, "not_implemented", file, one.lineno, name=node.name)


def _own(node: Function) -> Iterator[ast.AST]:
    """The nodes of a function without those of the functions and classes in it."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, Function | ast.ClassDef):
            waiting += children(one)


def _raised(node: ast.expr) -> str:
    return last(dotted(node.func if isinstance(node, ast.Call) else node))


def _does_nothing(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _gives_nothing(node: Function, one: ast.stmt) -> bool:
    """A bare return in a function that promises no value; None can be an answer where it does."""
    promised = node.returns is not None and ast.unparse(node.returns) != "None"
    return isinstance(one, ast.Return) and not promised and (one.value is None or ast.unparse(one.value) == "None")


def _ignores_all(node: Function, body: list[ast.stmt]) -> bool:
    """Whether a function takes arguments, looks at none of them and gives a constant."""
    names = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    if not names or any(name.startswith("_") for name in names) or node.decorator_list or len(body) != 1:
        return False
    value = body[0].value if isinstance(body[0], ast.Return) else None
    return value is not None and not any(isinstance(one, ast.Name | ast.Call) for one in ast.walk(value))


def _is_empty_class(node: ast.ClassDef) -> bool:
    """A class of its own, that is no kind of another, and has nothing in it."""
    own = not node.bases and not node.keywords and not node.decorator_list
    return own and all(_does_nothing(one) for one in body_without_docstring(node))


def _overridden(subject: Subject) -> set[tuple[str, str]]:
    """Methods of classes by the names of both, which a class below them replaces: hooks, and bases without ABC.

    A test's double replaces what is missing and excuses nothing.
    """
    trees = [tree for file, tree in subject.tree.python.items() if not file.startswith("tests/")]
    classes = [node for tree in trees for node in every(tree, ast.ClassDef)]
    parents = {node.name: set(bases(node)) for node in classes}
    found: set[tuple[str, str]] = set()
    for node in classes:
        methods = [one.name for one in node.body if isinstance(one, Function)]
        above, waiting = set[str](), set(bases(node))
        while waiting:
            above |= waiting
            waiting = {name for one in waiting for name in parents.get(one, ())} - above
        found |= {(name, method) for name in above for method in methods}
    return found


def _said_in_python(subject: Subject, file: str, tree: ast.Module) -> Iterator[ReviewFinding]:
    text = subject.tree.texts[file]
    if not _loose_end(text):
        return
    for number, comment in _comments(text):
        if words := _loose_end(comment):
            yield subject.finding(NAME, "loose_end", file, number, words=words)
    for node in nodes(tree):
        if isinstance(node, ast.Module | ast.ClassDef | Function) and (
            words := _loose_end(ast.get_docstring(node) or "")
        ):
            line = getattr(node, "lineno", 1)
            yield subject.finding(NAME, "loose_end", file, line, words=words)
        elif isinstance(node, ast.Call) and not file.startswith("tests/"):  # an error or a print that says so
            for one in node.args:
                if (
                    isinstance(one, ast.Constant)
                    and isinstance(one.value, str)
                    and (found := _UNDONE.search(one.value))
                ):
                    yield subject.finding(NAME, "loose_end", file, one.lineno, words=found.group())


def _loose_end(text: str) -> str:
    found = _LOOSE.search(text) or _UNDONE.search(text)
    return found.group() if found else ""


def _comments(text: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(iter(text.splitlines(keepends=True)).__next__):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
