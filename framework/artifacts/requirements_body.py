"""requirements.md for people: what is known and how we know it, what was assumed, and what is still to be settled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from framework.artifacts.base import Question
from framework.artifacts.markdown import bullets, table, text
from framework.artifacts.slots import REPEATABLE
from framework.artifacts.wording import shown
from framework.messages import Lang, say

if TYPE_CHECKING:
    from framework.artifacts.requirements import Contradiction, Item, Requirements


def render(requirements: Requirements) -> str:
    """The whole report."""
    lang = requirements.language
    wishes = [item for item in requirements.items if item.slot in REPEATABLE]
    facts = [item for item in requirements.items if item.slot not in REPEATABLE]
    known = [item for item in facts if item.provenance in ("stated", "answered")]
    assumed = [item for item in facts if item not in known]
    followed = [question for question in requirements.questions if question.strategy]
    parts = [
        f"# {text(requirements.project.title)}",
        say(lang, "requirements.intro", name=requirements.project.name),
        _section(lang, "wishes", bullets(_wish(item, lang) for item in wishes)),
        _section(lang, "known", _items(known, lang)),
        _section(lang, "assumed", _items(assumed, lang)),
        _section(lang, "contradictions", _contradictions(requirements)),
        _section(lang, "follow_ups", bullets(_follow_up(question) for question in followed)),
        _section(lang, "answers", _answers(requirements.questions, lang)),
    ]
    return "\n\n".join(part for part in parts if part)


def _section(lang: Lang, key: str, content: str) -> str:
    return f"## {say(lang, f'requirements.section_{key}')}\n\n{content}" if content else ""


def _wish(item: Item, lang: Lang) -> str:
    return f"{say(lang, f'requirements.slot_{item.slot}')}: {text(item.value)}"


def _items(items: Iterable[Item], lang: Lang) -> str:
    rows = [
        [
            say(lang, f"requirements.slot_{item.slot}"),
            f"**{text(shown(item.slot, item.value, lang))}**",
            f"{say(lang, f'requirements.certainty_{_level(item.score)}')} ({item.score:.2f})",
            _evidence(item, lang),
        ]
        for item in items
    ]
    headers = [say(lang, f"requirements.column_{name}") for name in ("slot", "value", "certainty", "evidence")]
    return table(headers, rows) if rows else ""


def _evidence(item: Item, lang: Lang) -> str:
    source = say(lang, f"requirements.provenance_{item.provenance}")
    quote = say(lang, "requirements.quote", quote=text(item.quote)) if item.quote else ""
    return " ".join(part for part in (source, quote, text(item.note)) if part)


def _level(score: float) -> str:
    return "high" if score >= 0.85 else "fair" if score > 0.6 else "low"


def _contradictions(requirements: Requirements) -> str:
    answers = {question.id: question for question in requirements.questions}
    return "\n\n".join(
        _contradiction(contradiction, answers.get(contradiction.question_id), requirements.language)
        for contradiction in requirements.contradictions
    )


def _contradiction(contradiction: Contradiction, question: Question | None, lang: Lang) -> str:
    options = bullets(text(option) for option in contradiction.options)
    settled = question.answer if question else None
    outcome = (
        say(lang, "requirements.settled", answer=text(settled)) if settled else say(lang, "requirements.unsettled")
    )
    return f"**{text(contradiction.why)}**\n\n{options}\n\n{outcome}"


def _follow_up(question: Question) -> str:
    return f"**{text(question.text)}** {text(question.strategy)}"


def _answers(questions: Iterable[Question], lang: Lang) -> str:
    rows = [[text(q.text), text(q.answer), f"{q.score:.2f}"] for q in questions if q.answer is not None]
    headers = [say(lang, f"requirements.column_{name}") for name in ("question", "answer", "certainty")]
    return table(headers, rows) if rows else ""
