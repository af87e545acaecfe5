"""Which questions are asked: few, the ones that change the result most, each with a default and what it decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agents.planner.answering import is_left_to_us
from agents.planner.choices import choices_for
from agents.planner.policy import Policy
from agents.planner.understanding import Conflict
from framework.artifacts.base import Question
from framework.artifacts.records import Answer, Answers
from framework.artifacts.requirements import Item
from framework.artifacts.slots import SLOTS
from framework.messages import Lang, known, say


@dataclass(frozen=True)
class Standing:
    """Where things stand: the scored items, every contradiction met, and the ids of those that still stand."""

    items: list[Item]
    conflicts: list[Conflict]
    remaining: frozenset[str]
    doubts: frozenset[str] = frozenset()  # those that are two readings of the same words

    def item(self, slot: str) -> Item | None:
        return next((item for item in self.items if item.slot == slot), None)

    def score(self, slot: str) -> float:
        """The certainty of a slot; nothing is known of one that has no item."""
        return min((item.score for item in self.items if item.slot == slot), default=0.0)

    @property
    def task(self) -> str:
        item = self.item("task")
        return str(item.value) if item else "unknown"


def make_questions(standing: Standing, answers: Answers, lang: Lang, policy: Policy) -> list[Question]:
    """The questions of all rounds so far: answered, open, and those that carry a strategy instead."""
    may_ask = policy.per_round if answers.rounds < policy.rounds else 0
    questions: list[Question] = []
    for question, must_show in _candidates(standing, answers, lang, policy):
        if question.is_open and may_ask:
            may_ask -= 1
        elif question.is_open and must_show:
            question = question.model_copy(update={"strategy": _strategy(question, lang)})
        elif question.is_open:
            continue
        questions.append(question)
    return questions


def _candidates(standing: Standing, answers: Answers, lang: Lang, policy: Policy) -> Iterator[tuple[Question, bool]]:
    """Every question worth having, the most important first, and whether it must appear even if it is not asked."""
    asked: set[str] = set()
    for conflict in standing.conflicts:
        yield _about_conflict(conflict, standing, answers, lang, policy), True
    for slot in [*_wanted(standing, policy), *_answered(answers)]:
        if slot not in asked:
            asked.add(slot)
            yield (
                question_about(slot, standing, answers, lang, policy),
                _is_weak(standing, slot, policy) or slot in answers.answers,
            )
    contested = {slot for conflict in standing.conflicts for slot in conflict.slots}
    for item in standing.items:
        if item.score <= policy.threshold and not _covered(item.slot, asked | contested):
            asked.add(item.slot)
            yield question_about(item.slot, standing, answers, lang, policy), True


def _wanted(standing: Standing, policy: Policy) -> list[str]:
    """The slots that the task turns on and that are not certain yet."""
    importance = policy.importance.get(standing.task, {})  # type: ignore[call-overload]
    ranked = sorted(importance, key=lambda slot: -importance[slot])
    return [slot for slot in ranked if importance[slot] >= policy.ask_from and not _is_known(standing, slot, policy)]


def _is_known(standing: Standing, slot: str, policy: Policy) -> bool:
    """Certain enough; a machine is known by its card, its memory or by being a CPU."""
    alternatives = {
        "hardware.gpu": ("hardware.gpu", "hardware.vram_gb", "hardware.cpu_only"),
        "params": ("params", "base_model"),
        "base_model": ("base_model", "params"),
        "time_limit_h": ("time_limit_h", "budget_usd"),
        "output": ("output", "goal") if standing.task == "sft" else ("output",),
        "language_of_data": ("language_of_data", "dataset", "base_model"),
    }
    contested = {s for conflict in standing.conflicts for s in conflict.slots}
    return any(
        standing.score(s) > policy.threshold or (standing.item(s) and s in contested)
        for s in alternatives.get(slot, (slot,))
    )


def _answered(answers: Answers) -> list[str]:
    """The slots that were asked about before. A value given with --set was never asked for."""
    return [slot for slot, answer in answers.answers.items() if slot in SLOTS and answer.source != "set"]


def _is_weak(standing: Standing, slot: str, policy: Policy) -> bool:
    item = standing.item(slot)
    return item is not None and item.score <= policy.threshold


def _covered(slot: str, asked: set[str]) -> bool:
    group = slot.partition(".")[0]
    return slot in asked or ("." in slot and any(other.startswith(f"{group}.") for other in asked))


def question_about(slot: str, standing: Standing, answers: Answers, lang: Lang, policy: Policy) -> Question:
    """The question about a slot, in our own words."""
    choices = choices_for(slot, standing.items, lang, policy)
    question = Question(
        id=slot,
        slot=slot,
        text=_words(slot, "text", standing.task, lang),
        why=_words(slot, "why", standing.task, lang),
        choices=choices.texts,
        default=choices.default,
        score=standing.score(slot),
    )
    return _with_answer(question, answers.answers.get(slot), lang, policy)


def _about_conflict(conflict: Conflict, standing: Standing, answers: Answers, lang: Lang, policy: Policy) -> Question:
    question = Question(
        id=conflict.id,
        slot=conflict.slots[0],
        text=say(lang, "question.doubt" if conflict.id in standing.doubts else "question.contradiction"),
        why=conflict.why,
        choices=[option.text for option in conflict.options],
        default=conflict.options[0].text,
        score=round(min(standing.score(slot) for slot in conflict.slots), 3),
    )
    answer = answers.answers.get(conflict.id)
    if answer is None and conflict.id not in standing.remaining:
        return question.model_copy(update={"strategy": say(lang, "question.settled_by_others")})
    return _with_answer(question, answer, lang, policy)


def _with_answer(question: Question, answer: Answer | None, lang: Lang, policy: Policy) -> Question:
    if answer is None:
        return question
    if answer.text is None:
        return question.model_copy(update={"strategy": _strategy(question, lang), "score": policy.skipped})
    if is_left_to_us(answer):
        strategy = say(lang, "question.default_taken", strategy=_strategy(question, lang))
        return question.model_copy(
            update={"answer": answer.text, "strategy": strategy, "score": policy.weights["defaulted"]}
        )
    return question.model_copy(update={"answer": answer.text, "score": policy.weights["answered"]})


def _strategy(question: Question, lang: Lang) -> str:
    if question.id != question.slot:
        return say(lang, "question.contradiction_strategy")
    key = f"question.{question.slot}.strategy"
    return say(lang, key) if known(lang, key) else say(lang, "question.any.strategy", slot=question.slot)


def _words(slot: str, part: str, task: str, lang: Lang) -> str:
    """The sentence for the slot, worded for the task where that matters."""
    for key in (f"question.{slot}.{part}_{task}", f"question.{slot}.{part}"):
        if known(lang, key):
            return say(lang, key)
    return say(lang, f"question.any.{part}", slot=slot)
