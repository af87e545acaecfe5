"""Repairs that need no judgement. A repair is tried on the project as data; only one that helps is kept.

They never touch a test, and never weaken a setting: what they change is style, a dependency that nothing uses or that
stands in another extra already, and a link whose target has plainly moved.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import unified_diff
from functools import partial

from agents.reviewer.checks.dependencies import unused
from agents.reviewer.subject import Subject
from framework.artifacts.review import ReviewFinding
from framework.runtime.codetree import CodeTree

Texts = dict[str, str]
Rewrite = Callable[[CodeTree, Sequence[Sequence[str]]], CodeTree]
Maker = Callable[[Subject, Sequence[ReviewFinding], Rewrite], Texts]
_LINK = re.compile(r"(\]\()([^)\s#]+)(#[^)\s]*)?(?=[)\s])")


def proposed(check: str, subject: Subject, findings: Sequence[ReviewFinding], rewrite: Rewrite) -> Texts:
    """The files that the repair of one check would change, with their new texts."""
    asking, make = REPAIRS[check]
    mine = [one for one in findings if one.check in asking and not one.file.startswith("tests/")]
    texts = make(subject, mine, rewrite) if mine else {}
    return {name: text for name, text in texts.items() if text != subject.tree.texts.get(name)}


def _styled(subject: Subject, findings: Sequence[ReviewFinding], rewrite: Rewrite) -> Texts:
    """ruff's own safe corrections and layout, in the files where it found something."""
    files = sorted({one.file for one in findings if one.file in subject.tree.python})
    ruff = ["python", "-m", "ruff"]
    after = rewrite(subject.tree, [[*ruff, "check", "--fix-only", "--exit-zero", *files], [*ruff, "format", *files]])
    return {name: after.texts[name] for name in files if name in after.texts}


def _without_unused(subject: Subject, findings: Sequence[ReviewFinding], rewrite: Rewrite) -> Texts:
    """pyproject.toml without what nothing uses. What stands there twice, a person has to look at."""
    text = subject.tree.texts["pyproject.toml"]
    for entry in unused(subject):
        text = _dropped(text, f'"{entry.requirement}"')
    return {"pyproject.toml": text}


def _dropped(text: str, requirement: str) -> str:
    """The text without one item of a list, if it stands there once and the rest says what it said."""
    word = re.escape(requirement)
    patterns = (rf"^[ \t]*{word},?[ \t]*\n", rf"{word},[ \t]*", rf",[ \t]*{word}(?=\s*\])", rf"(?<=\[){word}(?=\])")
    for pattern in patterns:
        shorter, count = re.subn(pattern, "", text, flags=re.MULTILINE)
        if count == 1 and text.count(requirement) == 1 and _is_toml(shorter):
            return shorter
    return text


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _relinked(subject: Subject, findings: Sequence[ReviewFinding], rewrite: Rewrite) -> Texts:
    """Links to files that are not there, where exactly one file has that name."""
    texts: Texts = {}
    for one in findings:
        text = texts.get(one.file, subject.tree.texts.get(one.file, ""))
        lines = text.splitlines(keepends=True)
        if one.line and one.line <= len(lines):
            moved = partial(_moved, subject, posixpath.dirname(one.file))
            lines[one.line - 1] = _LINK.sub(moved, lines[one.line - 1])
            texts[one.file] = "".join(lines)
    return texts


def _moved(subject: Subject, folder: str, match: re.Match[str]) -> str:
    target = posixpath.normpath(posixpath.join(folder, match[2]))
    if ":" in match[2] or match[2].startswith("/") or target in subject.tree.files:
        return match[0]
    if any(name.startswith(f"{target}/") for name in subject.tree.files):
        return match[0]
    found = [name for name in subject.tree.files if posixpath.basename(name) == posixpath.basename(target)]
    # Its twin in another language is not where a page has moved to.
    near = [name for name in found if _language(name) == _language(target) or not name.endswith(".md")]
    return f"{match[1]}{posixpath.relpath(near[0], folder or '.')}{match[3] or ''}" if len(near) == 1 else match[0]


def _language(path: str) -> str:
    """The language that a path names, as in docs/zh/x.md and README.zh.md."""
    found = re.search(r"(?:^|[/.])(en|zh)(?=[/.])", path)
    return found[1] if found else ""


# By the check that must find less afterwards: whose findings ask for it, and what makes it.
REPAIRS: dict[str, tuple[tuple[str, ...], Maker]] = {
    "ruff": (("ruff", "ruff_format"), _styled),
    "dependencies": (("dependencies",), _without_unused),
    "links": (("links",), _relinked),
}


def with_texts(subject: Subject, texts: Texts) -> Subject:
    """The project as it would be."""
    return replace(subject, tree=subject.tree.with_changes(texts))


def diff_of(subject: Subject, texts: Texts) -> str:
    """What the new texts change."""
    parts: list[str] = []
    for name, text in sorted(texts.items()):
        old = subject.tree.texts.get(name, "").splitlines()
        parts += unified_diff(old, text.splitlines(), f"a/{name}", f"b/{name}", lineterm="")
    return "\n".join(parts)
