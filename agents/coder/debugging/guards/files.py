"""Files that a repair leaves alone: tests, probes, settings of the checks, rules; and files that would hide others."""

from __future__ import annotations

import fnmatch
import posixpath
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping

from agents.coder.debugging.code_edits.base import aliases
from agents.coder.debugging.guards.breach import Breach, breach
from agents.reviewer.syntax import imports
from framework.runtime.codetree import CodeTree

_KEPT = (
    "tests/*",
    "test/*",
    "*/tests/*",
    "test_*.py",
    "*_test.py",
    "*/test_*.py",
    "*/conftest.py",
    "conftest.py",
    "scripts/probe*",
    "*/probe.py",
    "*/probes/*",
    ".github/*",
    ".gitlab-ci.yml",
    ".pre-commit-config.yaml",
    ".ci/*",
    "Makefile",
    "tox.ini",
    "pytest.ini",
    "setup.cfg",
    ".coveragerc",
    "mypy.ini",
    "ruff.toml",
    ".ruff.toml",
    "noxfile.py",
    "CLAUDE*.md",
    "AGENTS.md",
    "specs/*",
    "LICENSE*",
    ".gitattributes",
    ".gitignore",
    "*.pth",
    "*/sitecustomize.py",
    "sitecustomize.py",
    "*/usercustomize.py",
    "usercustomize.py",
)
_NEEDS = ("dependencies", "optional-dependencies", "requires-python")


def is_kept(file: str) -> bool:
    """Whether no repair may touch the file."""
    return any(fnmatch.fnmatchcase(file, pattern) for pattern in _KEPT)


def touched(file: str) -> Iterator[Breach]:
    if is_kept(file):
        yield breach("guard.touched", file=file)


def deleted(file: str, before: CodeTree) -> Iterator[Breach]:
    """A file may only go if it hides a library of its name."""
    if is_kept(file) or not hides(file, before):
        yield breach("guard.deleted", file=file)


def added(file: str, after: CodeTree) -> Iterator[Breach]:
    if hides(file, after):
        yield breach("guard.hides", file=file)


def swapped(file: str, before: CodeTree, after: CodeTree) -> Iterator[Breach]:
    """A name that came from the project's own code and now comes from a file that the repair brings along."""
    old, new = before.python.get(file), after.python.get(file)
    if old is None or new is None:
        return
    known, now = aliases(old), aliases(new)
    fresh = {_module(one) for one in after.files if one not in before.files and one.endswith(".py")}
    for name, source in now.items():
        if name in known and known[name] != source and source.rpartition(".")[0] in fresh:
            yield breach("guard.twice", file=file, what=name)


def _module(file: str) -> str:
    return file.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def hides(file: str, tree: CodeTree) -> bool:
    """Whether a file stands where its name is found before a library of that name."""
    folder, base = posixpath.split(file)
    if base == "__init__.py":
        folder, base = posixpath.split(folder)
    name = base.removesuffix(".py")
    if not file.endswith(".py") or folder not in ("", "scripts", "src"):
        return False
    own = {one.split("/")[1] for one in tree.files if one.startswith("src/") and one.count("/") > 1}
    used = {one.top for module in tree.python.values() for one in imports(module, "")}
    return name in sys.stdlib_module_names or (name in used and name not in own and name != "main")


def changed_pyproject(before: str, after: str) -> Iterator[Breach]:
    """Of pyproject.toml a repair may change what the project needs, and nothing else."""
    old, new = _toml(before), _toml(after)
    if new is None:
        yield breach("guard.unreadable", file="pyproject.toml")
    elif old is not None:
        for key in sorted({*_rest(old), *_rest(new)}):
            if _rest(old).get(key) != _rest(new).get(key):
                yield breach("guard.settings", file="pyproject.toml", name=key)


def _toml(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _rest(data: Mapping[str, object]) -> dict[str, object]:
    """The tables without the dependencies, by their first two names."""
    found: dict[str, object] = {}
    for key, table in data.items():
        if key == "dependency-groups":
            continue
        for name, value in table.items() if isinstance(table, dict) else [("", table)]:
            if not (key == "project" and name in _NEEDS) and (key, name) not in (
                ("build-system", "requires"),
                ("tool", "uv"),
            ):
                found[f"{key}.{name}".rstrip(".")] = value
    return found


_FORGIVING = re.compile(r"\|\|\s*(true|:|exit\s+0)|set\s+\+e|^\s*exit\s+0", re.MULTILINE)


def forgiving(file: str, before: str, after: str) -> Iterator[Breach]:
    """A script that goes on, or ends well, where it failed."""
    if len(_FORGIVING.findall(after)) > len(_FORGIVING.findall(before)):
        yield breach("guard.forgiving", file=file)
