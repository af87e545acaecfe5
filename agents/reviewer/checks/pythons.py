"""The oldest Python is said in many places, and must be the same in all of them, and new enough for the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agents.reviewer.reading.documents import without_wishes
from agents.reviewer.subject import Subject
from agents.reviewer.syntax import imports, nodes
from framework.artifacts.review import ReviewFinding

_PYTHON = re.compile(
    r"Python(?: 版本)?\s*(?:>=|≥)?\s*(3\.\d+)(?:\.\d+)?\s*"
    r"(?:\+|or (?:newer|later|above|higher)|及以上|或(?:更(?:高|新)|以上)|以上)"
    r"|Python\s*(?:>=|≥)\s*(3\.\d+)|(?:[Nn]eeds?|[Rr]equires?|[Mm]inimum:?|需要|要求)\s+Python\s*(3\.\d+)"
)
# What the standard library has only since a version; what stands here without a name is a whole module.
_SINCE = {
    (
        3,
        11,
    ): "tomllib typing.Self typing.Never typing.LiteralString typing.assert_never typing.Required typing.NotRequired"
    " typing.Unpack typing.TypeVarTuple typing.dataclass_transform enum.StrEnum enum.verify datetime.UTC"
    " asyncio.TaskGroup asyncio.timeout contextlib.chdir hashlib.file_digest operator.call",
    (3, 12): "typing.override typing.TypeAliasType itertools.batched collections.abc.Buffer",
    (3, 13): "typing.ReadOnly typing.TypeIs warnings.deprecated copy.replace",
}
_INSTALLED = re.compile(r"(?:FROM python:|^|python-version:\s*[\"']?|python:\s*\[?[\"']?)(3\.\d+)\b")
_NEEDS = {name: version for version, names in _SINCE.items() for name in names.split()}


def disagree(subject: Subject, check: str, file: str, mark: str, what: str, here: str, there: str) -> ReviewFinding:
    """A finding on the line with the mark: two places say different things."""
    line = subject.line_of(file, mark)
    return subject.finding(check, "doc_disagree", file, line, what=what, here=here, there=there)


def pythons(subject: Subject, check: str) -> Iterator[ReviewFinding]:
    """Tools, documents and workflows against `requires-python`, and all of them against the code."""
    found = re.search(r">=\s*(3\.\d+)", str(subject.pyproject.get("project", {}).get("requires-python", "")))
    if not found:
        return
    oldest = found[1]
    needed, why = _needed(subject)
    if _number(oldest) < needed:
        yield disagree(subject, check, "pyproject.toml", "requires-python", "Python", oldest, why)
    yield from _tools(subject, check, oldest, needed, why)
    for name, text in subject.texts(".md", "Makefile", "Dockerfile", ".python-version"):
        for one in _PYTHON.finditer(without_wishes(text)) if not name.startswith("CHANGELOG") else ():
            said = next(filter(None, one.groups()))
            if said != oldest:
                yield disagree(subject, check, name, one[0], "Python", said, oldest)
    for name, text in subject.texts("Dockerfile", ".python-version", ".yml", ".yaml"):
        for one in _INSTALLED.finditer(text):
            if _number(one[1]) < _number(oldest):
                yield disagree(subject, check, name, one[1], "Python", one[1], f">={oldest}")


def _tools(subject: Subject, check: str, oldest: str, needed: tuple[int, ...], why: str) -> Iterator[ReviewFinding]:
    """A tool that judges by a newer Python lets through what the oldest cannot run; by an older one than the code
    needs, it judges another language."""
    tools = subject.pyproject.get("tool", {})
    target = str(tools.get("ruff", {}).get("target-version", "")).removeprefix("py")
    said = {
        "target-version": f"{target[:1]}.{target[1:]}",
        "python_version": tools.get("mypy", {}).get("python_version"),
    }
    for key, version in said.items():
        if version and version != "." and not needed <= _number(str(version)) <= _number(oldest):
            there = oldest if _number(str(version)) > _number(oldest) else why
            yield disagree(subject, check, "pyproject.toml", key, "Python", str(version), there)


def _number(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _needed(subject: Subject) -> tuple[tuple[int, ...], str]:
    """The Python that the package cannot do without, and what shows it."""
    best: tuple[tuple[int, ...], str] = ((3, 0), "")
    for file, tree in subject.trees.items():
        for one in imports(tree, ""):
            name = f"{one.module}.{one.name}" if one.name and one.module not in _NEEDS else one.module
            best = max(best, (_NEEDS.get(name, (3, 0)), f"{file}: {name}"))
        if any(type(node).__name__ in ("TryStar", "TypeAlias") for node in nodes(tree)):
            star = any(isinstance(node, ast.TryStar) for node in nodes(tree))
            best = max(best, ((3, 11), f"{file}: except*") if star else ((3, 12), f"{file}: type"))
    return best
