"""Imports: what is imported is declared where it must be, and what is ours is really there."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from posixpath import dirname

from agents.reviewer.distributions import Declared, declared
from agents.reviewer.subject import Subject
from agents.reviewer.syntax import Import, defined, imports
from framework.artifacts.review import ReviewFinding

NAME = "imports"
# Folders of those who work on the project: they may use all that is declared.
_WORKSHOP = ("tests/", "benchmarks/", "docs/", "notebooks/", "tutorials/", "examples/")


def look(subject: Subject) -> Iterator[ReviewFinding]:
    """Every import of every file."""
    known = declared(subject)
    eager = _eagerly_imported(subject)
    for file, tree in subject.tree.python.items():
        for one in imports(tree, package_of(file)):
            owner = _own_top(subject, file, one.top)
            if owner:
                yield from _ours(subject, file, one)
            elif owner is None and one.top not in sys.stdlib_module_names and one.module:
                yield from _theirs(subject, file, one, known, eager)


def package_of(file: str) -> str:
    """The package in which a file lies, which its relative imports start from."""
    parts = file.split("/")[:-1]
    return ".".join(parts[1:] if parts[:1] == ["src"] else parts)


def _own_top(subject: Subject, file: str, top: str) -> bool | None:
    """True: a package of this project; False: a file beside this one, run as a script; None: somebody else's."""
    if is_module(subject, top):
        return True
    beside = "/".join([*file.split("/")[:-1], f"{top}.py"])
    return False if beside in subject.tree.files else None


def _ours(subject: Subject, file: str, one: Import) -> Iterator[ReviewFinding]:
    """The module must be there, and have the name."""
    if not is_module(subject, one.module):
        yield subject.finding(NAME, "no_module", file, one.line, module=one.module)
        return
    if not one.name or one.name == "*" or is_module(subject, f"{one.module}.{one.name}"):
        return
    source = subject.modules.get(one.module)
    tree = subject.tree.python.get(source) if source else None
    if source is None or (tree is not None and not _has(subject, tree, one)):
        yield subject.finding(NAME, "no_name", file, one.line, module=one.module, name=one.name)


def _has(subject: Subject, tree: ast.Module, one: Import) -> bool:
    starred = [inner.module for inner in imports(tree, one.module) if inner.name == "*"]
    return one.name in defined(tree) or one.name.startswith("__") or bool(starred)


def is_module(subject: Subject, name: str) -> bool:
    """Whether there is a file or a folder with files of that dotted name."""
    return name in subject.modules or name in subject.packages


def _theirs(
    subject: Subject, file: str, one: Import, known: Sequence[Declared], eager: set[str]
) -> Iterator[ReviewFinding]:
    finding = partial(subject.finding, NAME)
    homes = [entry for entry in known if one.top in entry.modules]
    fields = {"module": one.top, "extras": ", ".join(sorted({entry.extra for entry in homes if entry.extra}))}
    if not homes:
        yield finding("undeclared", file, one.line, **fields)
    elif file.startswith(_WORKSHOP) or one.for_types:
        return
    elif not any(entry.for_users for entry in homes):
        yield finding("for_developers", file, one.line, **fields)
    elif file.startswith(subject.source) and not one.lazy and all(entry.extra for entry in homes) and file in eager:
        yield finding("not_always", file, one.line, **fields)


def _eagerly_imported(subject: Subject) -> set[str]:
    """Files of the package that some file outside of their folder imports at its top.

    A folder that is only entered lazily may need an extra at its top, as a server does; all else must not.
    """
    found: set[str] = set()
    for file, tree in subject.trees.items():
        tops = [one for one in imports(tree, package_of(file)) if not one.lazy and not one.for_types]
        targets = {t for one in tops for t in (f"{one.module}.{one.name}", one.module) if t in subject.modules}
        found |= {subject.modules[t] for t in targets if not _within(dirname(file), dirname(subject.modules[t]))}
    folders = {dirname(file) for file in found} | {subject.source.rstrip("/")}
    return {file for file in subject.trees if dirname(file) in folders}


def _within(folder: str, other: str) -> bool:
    return f"{folder}/".startswith(f"{other}/")
