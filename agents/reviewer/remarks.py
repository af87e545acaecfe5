"""What a model remarks on the code, and what code can check of that: the words must stand where it says they do."""

from __future__ import annotations

import re
import tokenize
from functools import lru_cache
from typing import Literal

from pydantic import Field

from agents.reviewer.subject import Subject
from agents.reviewer.wording import one_line, reason_fault
from framework.artifacts.base import Strict
from framework.artifacts.review import ReviewFinding
from framework.messages import say

MODEL = "model"  # the check that its remarks are listed under
_NEAR = 2  # lines that a model may have miscounted
_LONGEST = 400  # characters of a reason
_NAME = re.compile(r"[^\W\d]\w+")


class Remark(Strict):
    """One finding, with the words of the code that show it."""

    file: str = Field(max_length=200)
    line: int = Field(ge=1)
    evidence: str = Field(max_length=160)
    why: str = Field(max_length=_LONGEST)
    severity: Literal["warning", "note"]


class Remarks(Strict):
    """The answer."""

    findings: list[Remark] = Field(max_length=10)


def unfounded(subject: Subject, one: Remark) -> str:
    """Why it cannot stand, in words for the model; empty where it can."""
    text = subject.tree.texts.get(one.file)
    if text is None or not one.file.startswith("src/"):
        return f"{one.file!r} is none of the files shown"
    if not _NAME.search(one.evidence):
        return f"{one.file}:{one.line}: the evidence names nothing"
    if fault := reason_fault(one.why):
        return f"{one.file}:{one.line}: {fault}"
    place = _place(text, one)
    if place is None:
        return f"{one.file}:{one.line}: the evidence {one.evidence[:60]!r} does not stand on that line"
    if one.file.endswith(".py") and not _NAME.search(_code_of(text, place, one.evidence.strip())):
        return f"{one.file}:{one.line}: the evidence is a comment, not code"
    return ""


def finding(subject: Subject, one: Remark) -> ReviewFinding:
    """A remark that can stand, as a warning of the check `model`, at the line where its evidence is."""
    return ReviewFinding(
        check=MODEL,
        severity="warning",
        file=one.file,
        line=_place(subject.tree.texts[one.file], one),
        evidence=one_line(one.evidence),
        remedy=say(subject.lang, f"review.remedy_model_{one.severity}", why=one_line(one.why, _LONGEST)),
    )


def _place(text: str, one: Remark) -> int | None:
    """The nearest line that holds the evidence."""
    lines, words = text.split("\n"), one.evidence.strip()
    near = [number for number in range(one.line - _NEAR, one.line + _NEAR + 1) if 1 <= number <= len(lines)]
    return min((n for n in near if words in lines[n - 1]), key=lambda n: abs(n - one.line), default=None)


def _code_of(text: str, number: int, words: str) -> str:
    """As much of the words as stands before the line's comment."""
    line = text.split("\n")[number - 1]
    end = _comments(text).get(number, len(line)) - line.index(words)
    return words[: max(0, end)]


@lru_cache(32)
def _comments(text: str) -> dict[int, int]:
    """The column where each line's comment begins; of a file that is no Python, as far as it can be read."""
    found: dict[int, int] = {}
    try:
        for token in tokenize.generate_tokens((f"{line}\n" for line in text.split("\n")).__next__):
            if token.type == tokenize.COMMENT:
                found[token.start[0]] = token.start[1]
    except (tokenize.TokenError, SyntaxError):
        return found
    return found
