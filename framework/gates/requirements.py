"""The gate of requirements.md: all is certain or followed up; nothing is invented, open or settled silently."""

from __future__ import annotations

from collections.abc import Iterator

from framework.artifacts.base import Question
from framework.artifacts.files import ProjectFiles
from framework.artifacts.records import Finding, RunRecord, Verdict
from framework.artifacts.requirements import Item, Requirements
from framework.messages import say

THRESHOLD = 0.6  # W-F1: a score must lie above it


def judge(files: ProjectFiles) -> Verdict:
    """Whether the next stage may build on the requirements."""
    run = files.read_run()
    requirements = files.read_artifact(Requirements)
    findings = [
        *_names(requirements, run),
        *_items(requirements, run),
        *_questions(requirements),
        *_contradictions(requirements),
    ]
    return Verdict(findings=findings)


def _names(requirements: Requirements, run: RunRecord) -> Iterator[Finding]:
    if requirements.project.name != run.name:
        yield _error(run, "project.name", "name", name=requirements.project.name, folder=run.name)
    if requirements.item("task") is None:
        yield _error(run, "items.task", "no_task")


def _items(requirements: Requirements, run: RunRecord) -> Iterator[Finding]:
    for number, item in enumerate(requirements.items):
        where = f"items[{number}] {item.slot}"
        if item.provenance == "stated" and not item.quote:
            yield _error(run, where, "no_quote", slot=item.slot, value=item.value)
        elif item.quote and item.quote not in run.request:
            yield _error(run, where, "invented", slot=item.slot, value=item.value, quote=item.quote)
        if item.score <= THRESHOLD and not _is_followed_up(item, requirements):
            yield _error(run, where, "uncertain", slot=item.slot, value=item.value, score=item.score, least=THRESHOLD)


def _is_followed_up(item: Item, requirements: Requirements) -> bool:
    return any(question.strategy and _covers(question, item.slot) for question in requirements.questions)


def _covers(question: Question, slot: str) -> bool:
    """A question is about its slot, about the others of its group (hardware, sla), or about a contradiction's slots."""
    about = question.id.removeprefix("contradiction.").split("+") if _is_contradiction(question) else [question.slot]
    return any(slot == one or ("." in slot and slot.partition(".")[0] == one.partition(".")[0]) for one in about)


def _is_contradiction(question: Question) -> bool:
    return question.id.startswith("contradiction.")


def _questions(requirements: Requirements) -> Iterator[Finding]:
    for number, question in enumerate(requirements.questions):
        where = f"questions[{number}] {question.id}"
        if question.is_open:
            yield _error(requirements, where, "open", question=question.id, text=question.text)
        elif question.score <= THRESHOLD and not question.strategy:
            yield _error(requirements, where, "unsure", question=question.id, score=question.score, least=THRESHOLD)


def _contradictions(requirements: Requirements) -> Iterator[Finding]:
    questions = {question.id: question for question in requirements.questions}
    for number, contradiction in enumerate(requirements.contradictions):
        if contradiction.question_id not in questions:
            slots = ", ".join(contradiction.slots)
            yield _error(requirements, f"contradictions[{number}]", "silent", slots=slots, why=contradiction.why)


def _error(spoken: RunRecord | Requirements, where: str, key: str, **fields: object) -> Finding:
    lang = spoken.lang if isinstance(spoken, RunRecord) else spoken.language
    return Finding(severity="error", where=where, message=say(lang, f"requirements.gate_{key}", **fields))
