"""requirements.md for people: what is wanted, how surely we know it, what was assumed, what stays to be done."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from framework.artifacts.base import Question
from framework.artifacts.slots import REPEATABLE, Throughput, Value
from framework.messages import Lang, known, say

if TYPE_CHECKING:
    from framework.artifacts.requirements import Contradiction, Item, Requirements

_SPECIAL = re.compile(r"([\\`*_\[\]|~$#])")
_LEVELS = ((0.9, "certain"), (0.7, "likely"), (0.6, "fair"), (0.0, "weak"))
_LONGEST_QUOTE = 160
_GROUPS = {
    "what": ("task", "domain", "language_of_data", "input", "output", "project_name"),
    "model": ("base_model", "params", "method", "context_len", "stack", "compatibility", "python"),
    "data": ("dataset", "data_format", "privacy", "offline", "license"),
    "limits": (
        *("hardware.gpu", "hardware.count", "hardware.vram_gb", "hardware.cpu_only", "time_limit_h", "budget_usd"),
        *("sla.latency_ms", "sla.percentile", "sla.throughput", "sla.availability", "benchmarks", "success_metric"),
    ),
}


def render(requirements: Requirements) -> str:
    """The report's body, in Markdown."""
    lang = requirements.language
    sections = [
        f"# {escaped(requirements.project.title)}",
        _summary(requirements, lang),
        _wishes(requirements, lang),
        *_tables(requirements, lang),
        _assumptions(requirements, lang),
        _contradictions(requirements, lang),
        _followed_up(requirements, lang),
        _open(requirements, lang),
    ]
    return "\n\n".join(section for section in sections if section)


def escaped(text: str) -> str:
    """The user's words as they are, in one line, so that nothing in them can act as Markdown or HTML."""
    html = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", html)


def _summary(requirements: Requirements, lang: Lang) -> str:
    counts = {
        origin: sum(item.provenance == origin for item in requirements.items)
        for origin in ("stated", "answered", "inferred", "defaulted")
    }
    parts = [say(lang, f"requirements.count_{origin}", count=count) for origin, count in counts.items() if count]
    joined = say(lang, "requirements.comma").join(parts)
    return say(lang, "requirements.summary", name=requirements.project.name, parts=joined)


def _wishes(requirements: Requirements, lang: Lang) -> str:
    """Goals and problems in the user's own words."""
    lines = []
    for slot in ("goal", "problem"):
        quotes = [f"> {escaped(str(item.value))}" for item in requirements.items if item.slot == slot]
        if quotes:
            lines.append(f"## {say(lang, f'requirements.heading_{slot}')}\n\n" + "\n>\n".join(quotes))
    return "\n\n".join(lines)


def _tables(requirements: Requirements, lang: Lang) -> Iterator[str]:
    for group, slots in _GROUPS.items():
        items = [item for slot in slots for item in requirements.items if item.slot == slot]
        if items:
            yield f"## {say(lang, f'requirements.heading_{group}')}\n\n{_table(items, lang)}"


def _table(items: Sequence[Item], lang: Lang) -> str:
    columns = [say(lang, f"requirements.column_{name}") for name in ("what", "value", "evidence", "certainty")]
    rows = ["| " + " | ".join(columns) + " |", "|---|---|---|---|"]
    for item in items:
        cells = [
            slot_name(item.slot, lang),
            f"**{shown(item, lang)}**",
            _evidence(item, lang),
            _certainty(item.score, lang),
        ]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def slot_name(slot: str, lang: Lang) -> str:
    """What people call a slot."""
    return say(lang, f"requirements.slot_{slot.replace('.', '_')}")


def shown(item: Item, lang: Lang) -> str:
    """The value with its unit, as a person reads it."""
    if item.slot == "task":
        return say(lang, f"requirements.task_{item.value}")
    unit = f"requirements.unit_{item.slot.replace('.', '_')}"
    text = escaped(_plain(item.value, lang))
    return say(lang, unit, value=text) if known(lang, unit) else text


def _plain(value: Value, lang: Lang) -> str:
    if isinstance(value, bool):
        return say(lang, "requirements.yes" if value else "requirements.no")
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, int):
        return f"{value:,}"
    return str(value) if isinstance(value, str | Throughput) else f"{value:,.10g}"


def _evidence(item: Item, lang: Lang) -> str:
    said = say(lang, f"requirements.origin_{item.provenance}")
    if item.quote:
        quote = item.quote if len(item.quote) <= _LONGEST_QUOTE else item.quote[: _LONGEST_QUOTE - 1] + "…"
        said = f"“{escaped(quote)}”"
    return f"{said} {escaped(item.note)}".strip()


def _certainty(score: float, lang: Lang) -> str:
    level = next(name for least, name in _LEVELS if score > least or least == 0.0)
    return f"{say(lang, f'requirements.level_{level}')} ({score:.2f})"


def _assumptions(requirements: Requirements, lang: Lang) -> str:
    """What nobody said: inferred and defaulted values, one line each."""
    assumed = [i for i in requirements.items if i.provenance in ("inferred", "defaulted") and i.slot not in REPEATABLE]
    lines = [
        say(
            lang,
            f"requirements.assumed_{item.provenance}",
            slot=slot_name(item.slot, lang),
            value=shown(item, lang),
            certainty=_certainty(item.score, lang),
        )
        for item in assumed
    ]
    return _list(lang, "assumed", lines)


def _contradictions(requirements: Requirements, lang: Lang) -> str:
    questions = {question.id: question for question in requirements.questions}
    lines = []
    for contradiction in requirements.contradictions:
        question = questions.get(contradiction.question_id)
        lines.append(_contradiction(contradiction, question, lang))
    return _list(lang, "contradictions", lines)


def _contradiction(contradiction: Contradiction, question: Question | None, lang: Lang) -> str:
    slots = say(lang, "requirements.against").join(slot_name(slot, lang) for slot in contradiction.slots)
    options = "".join(f"\n  - {escaped(option)}" for option in contradiction.options)
    return f"**{slots}** {escaped(contradiction.why)}{options}\n  - {_outcome(question, lang)}"


def _outcome(question: Question | None, lang: Lang) -> str:
    if question and question.answer:
        key = "requirements.settled_default" if question.strategy else "requirements.settled"
        return say(lang, key, answer=escaped(question.answer))
    if question and question.strategy:
        return say(lang, "requirements.not_settled", strategy=escaped(question.strategy))
    return say(lang, "requirements.waiting")


def _followed_up(requirements: Requirements, lang: Lang) -> str:
    lines = [
        say(
            lang,
            "requirements.follow_up",
            question=escaped(question.text),
            answer=escaped(question.answer or say(lang, "requirements.no_answer")),
            strategy=escaped(question.strategy),
        )
        for question in requirements.questions
        if question.strategy and not question.id.startswith("contradiction.")
    ]
    return _list(lang, "follow_up", lines)


def _open(requirements: Requirements, lang: Lang) -> str:
    lines = []
    for question in requirements.open_questions():
        choices = "".join(f"\n  {number}. {escaped(choice)}" for number, choice in enumerate(question.choices, 1))
        lines.append(f"**{escaped(question.text)}** {escaped(question.why)}{choices}")
    return _list(lang, "open", lines)


def _list(lang: Lang, heading: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    return f"## {say(lang, f'requirements.heading_{heading}')}\n\n" + "\n".join(f"- {line}" for line in lines)
