"""The gate of requirements.md: what is certain is proven, and what is not has a follow-up."""

from __future__ import annotations

from collections.abc import Iterator

from framework.artifacts.base import Question
from framework.artifacts.files import ProjectFiles
from framework.artifacts.records import Finding, RunRecord, Verdict
from framework.artifacts.requirements import Requirements
from framework.messages import Lang, say

THRESHOLD = 0.6  # W-F1: above it a value counts as certain


def judge(files: ProjectFiles) -> Verdict:
    """Every item and question is certain or followed up, every quote is in the request, every conflict is settled."""
    requirements, run = files.read_artifact(Requirements), files.read_run()
    findings = [
        *_uncertain_items(requirements, run.lang),
        *_open_questions(requirements, run.lang),
        *_missing_evidence(requirements, run),
        *_unsettled_contradictions(requirements, run.lang),
    ]
    return Verdict(findings=findings)


def _uncertain_items(requirements: Requirements, lang: Lang) -> Iterator[Finding]:
    followed_up = {question.slot for question in requirements.questions if question.strategy}
    for item in requirements.items:
        if item.score <= THRESHOLD and item.slot not in followed_up:
            yield _error(lang, item.slot, "uncertain_item", value=item.value, score=item.score)


def _open_questions(requirements: Requirements, lang: Lang) -> Iterator[Finding]:
    for question in requirements.questions:
        if question.score <= THRESHOLD and not question.strategy:
            yield _error(lang, question.id, "open_question", text=question.text, score=question.score)


def _missing_evidence(requirements: Requirements, run: RunRecord) -> Iterator[Finding]:
    for item in requirements.items:
        if item.provenance == "stated" and not item.quote:
            yield _error(run.lang, item.slot, "no_quote", value=item.value)
        if item.quote and item.quote not in run.request:
            yield _error(run.lang, item.slot, "false_quote", value=item.value, quote=item.quote)


def _unsettled_contradictions(requirements: Requirements, lang: Lang) -> Iterator[Finding]:
    settled = {question.id for question in requirements.questions if _is_settled(question)}
    for contradiction in requirements.contradictions:
        if contradiction.question_id not in settled:
            yield _error(lang, "+".join(contradiction.slots), "contradiction", why=contradiction.why)


def _is_settled(question: Question) -> bool:
    return question.answer is not None or bool(question.strategy)


def _error(lang: Lang, where: str, key: str, **fields: object) -> Finding:
    message = say(lang, f"requirements.gate_{key}", threshold=THRESHOLD, **fields)
    return Finding(severity="error", where=where, message=message)
