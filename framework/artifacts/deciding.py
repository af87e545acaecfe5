"""Who decided, for people: the last section of a report whose questions were not answered by the rules alone."""

from __future__ import annotations

from framework.artifacts.base import RECORDING, RULE, Artifact, Decided
from framework.artifacts.markdown import table, text
from framework.messages import Lang, known, say


def whole_body(model: Artifact) -> str:
    """The report for people, and at its end who decided, where that were not rules alone."""
    body = model.body().strip()
    if not model.decided:
        return body
    lang = model.language
    titles = [say(lang, f"report.decided_{column}") for column in ("question", "by", "why")]
    return f"{body}\n\n## {say(lang, 'report.decided')}\n\n{table(titles, [_row(one, lang) for one in model.decided])}"


def reason(why: str, lang: Lang) -> str:
    """Why a rule answered and not the model; an engine tells it as a word, at times with what was wrong."""
    word, _, detail = why.partition(": ")
    if not known(lang, f"llm.why_{word}"):
        return why
    said = say(lang, f"llm.why_{word}")
    return say(lang, "llm.why_detail", reason=said, detail=detail) if detail else said


def _row(one: Decided, lang: Lang) -> tuple[str, str, str]:
    if one.by != RECORDING:
        return f"`{one.kind}`", _whose(one.by, lang), text(reason(one.why, lang))
    by, _, why = one.why.partition(": ")
    recorded = say(lang, "report.decided_recording", by=_whose(by, lang))
    return f"`{one.kind}`", recorded, text(reason(why, lang))


def _whose(by: str, lang: Lang) -> str:
    return say(lang, "report.decided_rule") if by == RULE else text(by)
