"""REVIEW_REPORT.md for people: what was looked at, what was found, what was repaired."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from framework.artifacts.markdown import table, text
from framework.messages import Lang, known, say

if TYPE_CHECKING:
    from framework.artifacts.review import CheckRun, Repair, Review, ReviewFinding


def render(review: Review) -> str:
    """The whole report."""
    lang = review.language
    left = review.open_findings
    parts = [
        f"# {say(lang, 'review.title', title=text(review.project.title))}",
        headline(review),
        _section(lang, "errors", _findings(lang, [one for one in left if one.severity == "error"])),
        _section(lang, "warnings", _findings(lang, [one for one in left if one.severity == "warning"])),
        _section(lang, "repaired", _findings(lang, [one for one in review.findings if one.state == "repaired"])),
        _section(lang, "repairs", "\n\n".join(_repair(lang, one) for one in review.repairs)),
        _section(lang, "checks", _runs(lang, [run for run in review.checks if run.receipt is None])),
        _section(lang, "tools", _tools(lang, [run for run in review.checks if run.receipt is not None])),
    ]
    return "\n\n".join(part for part in parts if part)


def headline(review: Review) -> str:
    """What was looked at and found, in one line."""
    left = review.open_findings
    errors = sum(one.severity == "error" for one in left)
    return say(
        review.language,
        "review.headline",
        checks=len(review.checks),
        errors=errors,
        warnings=len(left) - errors,
        repairs=len(review.repairs),
    )


def _section(lang: Lang, key: str, content: str) -> str:
    return f"## {say(lang, f'review.section_{key}')}\n\n{content}" if content else ""


def _name(lang: Lang, check: str) -> str:
    """What a check is called in the reader's language; tools keep their names."""
    key = f"review.check_{check}"
    return say(lang, key) if known(lang, key) else text(check)


def _head(lang: Lang, *names: str) -> list[str]:
    return [say(lang, f"review.column_{name}") for name in names]


def _findings(lang: Lang, findings: Sequence[ReviewFinding]) -> str:
    rows = [
        [
            text(one.file if one.line is None else f"{one.file}:{one.line}"),
            _name(lang, one.check),
            text(one.evidence),
            text(one.remedy),
        ]
        for one in findings
    ]
    return table(_head(lang, "place", "check", "evidence", "remedy"), rows) if rows else ""


def _runs(lang: Lang, runs: Sequence[CheckRun]) -> str:
    rows = [[_name(lang, run.name), f"{run.looked_at:,}", str(run.findings)] for run in runs]
    return table(_head(lang, "check", "looked_at", "findings"), rows) if rows else ""


def _tools(lang: Lang, runs: Sequence[CheckRun]) -> str:
    rows = [
        [
            _name(lang, run.name),
            f"{run.looked_at:,}",
            str(run.findings),
            text(run.receipt.proved),
            text(_short(run.receipt.command)),
        ]
        for run in runs
        if run.receipt
    ]
    return table(_head(lang, "tool", "looked_at", "findings", "result", "command"), rows) if rows else ""


def _short(command: Sequence[str]) -> str:
    """A command on one line; a program that is given as an argument is not shown in full."""
    return " ".join("..." if "\n" in part else part for part in command)


def _repair(lang: Lang, one: Repair) -> str:
    files = ", ".join(map(text, one.files))
    head = say(lang, "review.repair_line", check=_name(lang, one.check), files=files, commit=text(one.commit[:12]))
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", one.diff)), default=0))
    return f"{head}\n\n{ticks}diff\n{one.diff.rstrip()}\n{ticks}"
