"""What the first page claims is there: every feature has code that makes it and a test that tries it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from agents.reviewer.features import FEATURES
from agents.reviewer.reading.documents import Document, Mark, documents
from agents.reviewer.subject import Subject
from agents.reviewer.syntax import nodes
from framework.artifacts.review import ReviewFinding

NAME = "claims"
_FIRST_PAGES = re.compile(r"README[\w.-]*\.md|docs/(?:[a-z]{2}/)?index\.md")
_FEATURE_HEADINGS = re.compile(
    r"what (?:it|this|you)\b.*\b(?:does|do|can|get|offers?)|features?|highlights|capabilit"
    r"|功能|特性|特点|亮点|能力|能做",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")
_DENIED = re.compile(
    r"\b(?:no|not|never|without|neither|nor|cannot|can't|doesn't|isn't|lacks?|instead of|unlike|out of scope)\b"
    r"|n't\b|不|没有|无需|尚未|而非",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"\b(?:compare[ds]?|comparison|beside|against|versus|vs\.?|peers?|faster than)\b|对比|比较|相比", re.IGNORECASE
)
_TECHNICAL = re.compile(
    r"`([^`\s]{3,})`"
    r"|(?<![\w/.-])([A-Z][a-z0-9]*[A-Z][A-Za-z0-9]*(?:-\d)?|[A-Z]{2,}[A-Z0-9]*|[A-Za-z]+[A-Z]{2,}\w*)(?![\w/]|\.\w)",
    re.ASCII,
)
_PLAIN = set(
    "AI API CI CPU CPUS FAQ GPU GPUS HTTP HTTPS ID LLM LLMS MACOS NVIDIA OK OPENAI OS PYTORCH README URL WSL".split()
)


def things(subject: Subject) -> list[Mark]:
    """The lines of the first pages."""
    return [mark for page in _pages(subject) for mark in page.prose if mark.text.strip()]


def _pages(subject: Subject) -> list[Document]:
    return [one for one in documents(subject.tree) if _FIRST_PAGES.fullmatch(one.path)]


def check(subject: Subject) -> Iterator[ReviewFinding]:
    """Known features wherever the first pages name them; words of technical form where features are listed."""
    made, tried = _made(subject), _tried(subject)
    everything = _everything(subject)
    for page in _pages(subject):
        told: set[str] = set()
        for line in page.prose:
            yield from _known(subject, page, line, made, tried, told)
        for line in _feature_lines(page):
            yield from _unknown(subject, page, line, everything, told)


def _known(
    subject: Subject, page: Document, line: Mark, made: str, tried: str, told: set[str]
) -> Iterator[ReviewFinding]:
    for feature in FEATURES:
        found = feature.in_prose.search(line.text)
        if not found or feature.name in told or _is_denied(line.text, found.start()):
            continue
        lacking = [
            key
            for key, text, pattern in (
                ("doc_no_code", made, feature.made),
                ("doc_no_test", tried, feature.tried or feature.made),
            )
            if not _search(pattern, text)
        ]
        if lacking:
            told.add(feature.name)
            yield subject.finding(NAME, lacking[0], page.path, line.line, words=found[0], feature=feature.name)


@lru_cache(4096)
def _search(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.MULTILINE) is not None


def _is_denied(text: str, place: int) -> bool:
    """Whether the clause around a word says that it is not so, or that others are so."""
    start = max(text.rfind(sign, 0, place) for sign in ".;:。;:|,,")
    ends = [end for sign in ".;。;|" if (end := text.find(sign, place)) >= 0]
    clause = text[start + 1 : min(ends, default=len(text))]
    return bool(_DENIED.search(clause[: place - start]) or _COMPARED.search(text))


def _feature_lines(page: Document) -> Iterator[Mark]:
    """The items under a heading that promises features, with the lines that go on with them."""
    starts = {heading.line: bool(_FEATURE_HEADINGS.search(heading.text)) for heading in page.headings}
    inside = item = False
    for mark in page.prose:
        if mark.line in starts:
            inside, item = starts[mark.line], False
            continue
        item = bool(_BULLET.match(mark.text)) or (item and bool(mark.text.strip()))
        if inside and item:
            yield mark


def _unknown(subject: Subject, page: Document, line: Mark, words: str, told: set[str]) -> Iterator[ReviewFinding]:
    for found in _TECHNICAL.finditer(line.text):
        word = found[1] or found[2]
        plain = re.sub(r"[^a-z0-9]", "", word.lower())
        known = word.upper() in _PLAIN or any(one.in_prose.search(word) for one in FEATURES)
        if known or word in told or len(plain) < 2 or plain in words or _is_denied(line.text, found.start()):
            continue
        if word.startswith(("/", "-")) or " " in word or word.rstrip("s").upper() in _PLAIN:
            continue
        told.add(word)
        yield subject.finding(NAME, "doc_no_code", page.path, line.line, words=word, feature=word)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@lru_cache(2048)
def _defined(tree: ast.Module) -> frozenset[str]:
    """What a file defines, calls and takes from elsewhere."""
    found: set[str] = set()
    for node in nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Call):
            found.add(node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""))
        elif isinstance(node, ast.ImportFrom | ast.Import):
            found |= {alias.name.rpartition(".")[2] for alias in node.names}
            found.add((getattr(node, "module", "") or "").rpartition(".")[2])
    return frozenset(map(_plain, found - {""}))


@lru_cache(2048)
def _mentioned(tree: ast.Module) -> frozenset[str]:
    """Every name and every short text of a file."""
    found: set[str] = set()
    for node in nodes(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.keyword | ast.arg):
            found.add(node.arg or "")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
            found.add(node.value)
    return frozenset(map(_plain, found)) | _defined(tree)


def _made(subject: Subject) -> str:
    """What the package defines and calls. A config's schema only says what could be asked for."""
    trees = {file: tree for file, tree in subject.trees.items() if "/config/" not in file}
    parts = {_plain(part.removesuffix(".py")) for file in trees for part in file.split("/")[2:]}
    return "\n".join(sorted(parts.union(*map(_defined, trees.values()))))


def _tests(subject: Subject) -> dict[str, ast.Module]:
    return {
        file: tree for file, tree in subject.tree.python.items() if file.startswith("tests/") and "/house/" not in file
    }


def _tried(subject: Subject) -> str:
    tests = _tests(subject)
    stems = {_plain(part.removesuffix(".py")) for file in tests for part in file.split("/")[1:]}
    names = {name for tree in tests.values() for name in _mentioned(tree)}
    return "\n".join(sorted(stems | names))


def _everything(subject: Subject) -> str:
    """Every word of the code, for words that we know nothing of."""
    trees = {
        file: tree
        for file, tree in subject.tree.python.items()
        if not file.startswith(("tests/", "benchmarks/", "docs/"))
    }
    parts = {_plain(part.removesuffix(".py")) for file in trees for part in file.split("/")}
    return "\n".join(sorted(parts | {name for tree in trees.values() for name in _mentioned(tree)}))
