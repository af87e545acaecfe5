"""The gate of REVIEW_REPORT.md (W-F4): everything was looked at, and no error is left open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from framework.artifacts.files import ProjectFiles
from framework.artifacts.records import Finding, Verdict
from framework.artifacts.review import CHECKS, PROOFS, TOOLS, Review
from framework.messages import say


def judge(files: ProjectFiles) -> Verdict:
    """Zero open errors, and every check and tool has run; its findings are those that stand in the report."""
    review = files.read_artifact(Review)
    return Verdict(findings=[*_complete(review), *_honest(review), *_mirrored(review)])


def _error(review: Review, where: str, key: str, **fields: object) -> Finding:
    return Finding(severity="error", where=where, message=say(review.language, f"review.gate_{key}", **fields))


def _complete(review: Review) -> Iterator[Finding]:
    runs = {run.name: run for run in review.checks}
    for name in (*CHECKS, *TOOLS, PROOFS):
        if name not in runs:
            yield _error(review, name, "not_run", name=name)
    for name in TOOLS:
        if name in runs and runs[name].receipt is None:
            yield _error(review, name, "no_receipt", name=name)
        if name in runs and runs[name].looked_at == 0:
            yield _error(review, name, "saw_nothing", name=name)


def _honest(review: Review) -> Iterator[Finding]:
    """A finding may be repaired, or stand open; it cannot be gone."""
    listed = Counter(one.check for one in review.open_findings)
    names = {run.name for run in review.checks}
    for run in review.checks:
        if listed[run.name] != run.findings:
            fields = {"name": run.name, "said": run.findings, "listed": listed[run.name]}
            yield _error(review, run.name, "count", **fields)
    for name in sorted(listed.keys() - names):
        yield _error(review, name, "not_run", name=name)
    if any(one.state == "repaired" for one in review.findings) and not review.repairs:
        yield _error(review, "repairs", "no_repair")


def _mirrored(review: Review) -> Iterator[Finding]:
    for one in review.open_findings:
        where = one.file if one.line is None else f"{one.file}:{one.line}"
        fields = {"evidence": one.evidence.rstrip(".。"), "remedy": one.remedy}
        yield Finding(severity=one.severity, where=where, message=say(review.language, "review.gate_open", **fields))
