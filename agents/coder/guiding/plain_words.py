"""The guidance in plain words: a paragraph that a model writes of the report's figures, and of no others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import Field

from agents.coder.guiding.said_amounts import Amount, amounts_in, spelled_in, without_amounts
from framework.artifacts.base import Strict
from framework.artifacts.guidance import Guidance
from framework.artifacts.tech_figures import count, gb, hours, money, number, params
from framework.engines.base import Ask, Engine, Fenced
from framework.engines.sentences import figures_in, flaws, sentences_in
from framework.messages import Lang

_LONGEST, _MOST_SENTENCES = 900, 7
_CLAIM = re.compile(
    r"\b(?:verified|tested|proven|proves|certified|guarantee\w*|passed|benchmark\w*|measured|validated|certain(?:ly)?)\b"
    r"|验证|测试|证明|保证|通过了|实测|基准|一定能",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"[`*_#|<>\[\]{}\\]")


class Sheet(Strict):
    """The figures of the report, one a line."""

    language: Lang
    figures: Fenced


class Prose(Strict):
    """The answer. Empty: nothing is worth saying."""

    paragraph: str = Field(max_length=2 * _LONGEST)


def in_plain_words(engine: Engine, guidance: Guidance) -> Guidance:
    """The report with the paragraph, where one stands; without it where none does."""
    asked = ask(guidance)
    said = engine.decide(asked)
    holds = not prose_faults(asked.context, said)
    return guidance.model_copy(update={"plain_words": " ".join(said.paragraph.split()) if holds else ""})


def ask(guidance: Guidance) -> Ask[Sheet, Prose]:
    """The question. The rules write tables, and no prose."""
    sheet = Sheet(language=guidance.language, figures="\n".join(_lines(guidance)))
    return Ask("coder.prose", sheet, Prose, lambda _: Prose(paragraph=""), prose_faults)


def _lines(g: Guidance) -> Iterator[str]:
    plan, schedule = g.plans[0], g.schedule
    yield f"machine: {plan.machine.name}, {plan.machine.count} cards"
    yield f"what is trained: {g.candidate}, {params(g.amount.params)} parameters"
    yield f"text that is learned from: {params(plan.tokens)} tokens"
    if g.amount.epochs:
        most = f"{g.amount.most_epochs:g} passes"
        yield f"passes over the data: {g.amount.epochs.best:g} passes; more than {most} help little"
    yield f"does it fit: {'yes' if plan.fits else f'no, {plan.why_not}'}"
    yield f"memory of a card: {gb(plan.memory_gb)} GB are taken, {gb(plan.usable_gb)} GB can be used"
    each, once = count(plan.step_sequences), plan.batch.best
    yield f"steps: {count(plan.steps)} steps of {each} sequences, {once} sequences at a time"
    yield f"time by the clock: {hours(g.language, plan.wall_hours)}"
    yield f"cost at the typical price: {money(plan.cost_usd)}"
    yield f"learning rate: {schedule.rate.best:g}, reached after {count(schedule.warmup.best)} steps"
    yield f"saved every {count(plan.save_every.best)} steps, about {number(plan.save_minutes.best)} minutes"
    yield f"disk for checkpoints: {gb(g.checkpoints.disk_gb)} GB"
    yield from (f"a wish: {line}" for line in g.limits)
    yield from (f"to watch: {alarm.name}; usual: {alarm.usual}" for alarm in g.alarms[:3])


def prose_faults(sheet: Sheet, said: Prose) -> list[str]:
    """Why the paragraph cannot stand: above all, a figure that is none of the report's."""
    if not said.paragraph.strip():
        return []
    return [f"paragraph: {fault}" for fault in _faults(sheet, said.paragraph.strip())]


def _faults(sheet: Sheet, text: str) -> Iterator[str]:
    yield from flaws(text, sheet.language, _LONGEST, text)  # its figures are looked at below, with what they count
    if sentences_in(text) > _MOST_SENTENCES:
        yield f"{_MOST_SENTENCES} sentences are the most"
    if _MARKUP.search(text) or not text.isprintable():
        yield "it must hold no markup and no sign that cannot be printed"
    if claims := _CLAIM.findall(text):
        yield f"it must not say what was tested or proven, nor promise anything: {', '.join(claims)}"
    if spelled := spelled_in(text):
        yield f"amounts stand in digits, as on the sheet, not in words ({', '.join(spelled)})"
    if odd := sorted(figures_in(without_amounts(text)) - figures_in(sheet.figures)):
        yield f"the figures {', '.join(f'{one:g}' for one in odd)} are not on the sheet"
    known = amounts_in(sheet.figures)
    if wrong := [one for one in amounts_in(text) if not _is_known(one, known)]:
        shown = ", ".join(f"{value:g} {unit}".strip() for value, unit in wrong)
        yield f"on the sheet there is no {shown}: copy figures with their units, reckon nothing"


def _is_known(one: Amount, known: list[Amount]) -> bool:
    """A figure that says what it counts must count that on the sheet too."""
    value, unit = one
    return any(value == other and unit in ("", kind) for other, kind in known)
