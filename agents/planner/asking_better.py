"""The questions, better put: their words may come from a model; what they are about, their choices and defaults never."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from agents.planner.policy import Policy
from agents.planner.questioning import Standing, question_about
from agents.planner.second_reading.question import slot_lines
from framework.artifacts.base import Question, Strict
from framework.artifacts.records import Answers
from framework.artifacts.slots import SLOTS
from framework.engines.base import Ask, Engine, Fenced
from framework.engines.sentences import flaws, sentences_in
from framework.messages import Lang

_LONGEST_TEXT, _LONGEST_WHY, _MOST_FURTHER = 160, 240, 2
_NEVER_ASKED = frozenset({"project_name", "goal", "problem", "domain", "hardware.cpu_only", "hardware.count"})

Words = Annotated[str, Field(max_length=400)]


class Round(Strict):
    """What is known when a round of questions is put."""

    lang: Lang
    request: Fenced
    questions: Fenced
    free: str
    most_further: int


class Reworded(Strict):
    """One of the questions in other words."""

    id: Annotated[str, Field(max_length=80)]
    text: Words
    why: Words


class Further(Strict):
    """A question that nobody would have put, about a slot that is empty."""

    slot: Annotated[str, Field(max_length=40)]
    text: Words
    why: Words


class Better(Strict):
    """The questions in words that suit the request, and at most two more."""

    questions: list[Reworded] = Field(max_length=10)
    further: list[Further] = Field(max_length=_MOST_FURTHER)


@dataclass(frozen=True)
class Asking:
    """A round of questions about to be put."""

    standing: Standing
    answers: Answers
    lang: Lang
    policy: Policy

    def improved(self, questions: Sequence[Question], request: str, engine: Engine) -> list[Question]:
        """All questions, the open ones about values in the engine's words. Where none is open nothing is asked."""
        asked = [question for question in questions if question.is_open]
        if not _in_slots(asked):
            return list(questions)
        ask = self.ask(asked, request)
        better = engine.decide(ask)
        return list(questions) if ask.faults(ask.context, better) else self._applied(questions, better)

    def ask(self, asked: Sequence[Question], request: str) -> Ask[Round, Better]:
        """How the open questions could be put better."""

        def faults(known: Round, better: Better) -> list[str]:
            return list(self._faults(known, better, asked))

        return Ask("planner.ask_better", self._round(asked, request), Better, _as_they_are, faults)

    def _round(self, asked: Sequence[Question], request: str) -> Round:
        blocks = [
            f"id: {question.id}\ntext: {question.text}\nwhy: {question.why}\nchoices: {' | '.join(question.choices)}"
            for question in _in_slots(asked)
        ]
        free = self._free(asked)
        room = min(_MOST_FURTHER, self.policy.per_round - len(asked), len(free))
        return Round(
            lang=self.lang,
            request=request,
            questions="\n\n".join(blocks),
            free="\n".join(line for line in slot_lines() if line.partition(":")[0] in free),
            most_further=room if self.answers.rounds < self.policy.rounds else 0,
        )

    def _free(self, asked: Sequence[Question]) -> set[str]:
        """The slots of which nothing is known and nobody was asked."""
        known = {item.slot for item in self.standing.items} | {question.slot for question in asked}
        return set(SLOTS) - known - _NEVER_ASKED - set(self.answers.answers)

    def _faults(self, known: Round, better: Better, asked: Sequence[Question]) -> Iterator[str]:
        ids = [question.id for question in _in_slots(asked)]
        told = [one.id for one in better.questions]
        if len(set(told)) < len(told) or not set(told) <= set(ids):
            yield f"questions: each id must be one of {', '.join(ids) or 'none'} and stand once"
        slots = [one.slot for one in better.further]
        if len(slots) > known.most_further:
            yield f"further: {known.most_further} are the most"
        if len(set(slots)) < len(slots) or not set(slots) <= self._free(asked):
            yield "further: each slot must be one of the free ones and stand once"
        given = f"{known.request}\n{known.questions}"
        named = [(one.id, one.text, one.why) for one in better.questions]
        for name, text, why in [*named, *((one.slot, one.text, one.why) for one in better.further)]:
            yield from (f"{name}.text: {flaw}" for flaw in flaws(text, self.lang, _LONGEST_TEXT, given))
            yield from (f"{name}.why: {flaw}" for flaw in flaws(why, self.lang, _LONGEST_WHY, given))
            if sentences_in(why) > 1:
                yield f"{name}.why: it must be one sentence"

    def _applied(self, questions: Sequence[Question], better: Better) -> list[Question]:
        words = {one.id: {"text": one.text, "why": one.why} for one in better.questions}
        further = [
            question_about(one.slot, self.standing, self.answers, self.lang, self.policy).model_copy(
                update={"text": one.text, "why": one.why}
            )
            for one in better.further
        ]
        return [question.model_copy(update=words.get(question.id, {})) for question in questions] + further


def _in_slots(asked: Sequence[Question]) -> list[Question]:
    """Those about a value. A contradiction is arithmetic, and stays in the words that its figures were put in."""
    return [question for question in asked if question.id == question.slot]


def _as_they_are(_: Round) -> Better:
    return Better(questions=[], further=[])
