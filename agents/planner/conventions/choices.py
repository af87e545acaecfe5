"""What a person answered about the rules, in whichever words: a choice, the side of a conflict, or rules of their own."""

from __future__ import annotations

from typing import Literal

from agents.planner.answering import is_undecided
from framework.artifacts.project_rules import AREA, CHOICE, Choice, Rules
from framework.artifacts.records import Answer, Answers
from framework.messages import LANGUAGES, say

ADDED, FILE, CONFLICT = f"{AREA}.added", f"{AREA}.file", f"{AREA}.conflict."
Side = Literal["existing", "added", "both"]
CHOICES: tuple[Choice, ...] = ("inherit", "customise")
SIDES: tuple[Side, ...] = ("existing", "added", "both")
_CHOICE_WORDS: dict[str, Choice] = {"add": "customise", "customize": "customise", "keep": "inherit"}
_SIDE_WORDS: dict[str, Side] = {"theirs": "existing", "ours": "added", "mine": "added", "project": "existing"}


def read_choice(text: str) -> Choice | None:
    """Inherit or customise: by the sentence that was offered, its number, or the word itself."""
    word = _folded(text)
    for number, choice in enumerate(CHOICES, 1):
        if word in (choice, str(number)) or word in {
            _folded(say(lang, f"rules.choice_{choice}")) for lang in LANGUAGES
        }:
            return choice
    return _CHOICE_WORDS.get(word) or ("inherit" if is_undecided(text) else None)


def read_side(text: str) -> Side | None:
    """Which of two rules stays: the same way."""
    word = _folded(text)
    for number, side in enumerate(SIDES, 1):
        if word in (side, str(number)) or word in {_folded(say(lang, f"rules.side_{side}")) for lang in LANGUAGES}:
            return side
    return _SIDE_WORDS.get(word)


def given_text(answers: Answers, question: str) -> str:
    """The text that was answered; empty where the question was not answered, or skipped."""
    answer = answers.answers.get(question)
    return answer.text or "" if answer else ""


def chosen(answers: Answers, previous: Rules | None) -> Choice:
    """What holds: an explicit choice, or rules that were given without one. Of two answers the newer one counts."""
    answer = answers.answers.get(CHOICE)
    said = _said(answer)
    rules_given = any(given_text(answers, question) for question in (ADDED, FILE))
    if not rules_given:
        skipped = any(question in answers.answers for question in (ADDED, FILE))
        return "inherit" if said == "customise" and skipped else said
    if said != "inherit" or (answer and answer.source == "default"):
        return "customise"
    known = {question.id: question.answer for question in previous.questions} if previous else {}
    new_choice = known.get(CHOICE) != (answer.text if answer else None)
    new_rules = any(given_text(answers, question) != (known.get(question) or "") for question in (ADDED, FILE))
    if previous and not (new_choice or new_rules):
        return previous.choice
    return "inherit" if new_choice else "customise"


def by_person(answer: Answer | None) -> bool:
    """Whether somebody decided it: a default that was taken and a question that was skipped are nobody's decision."""
    return answer is not None and answer.text is not None and answer.source not in ("default", "skip")


def _said(answer: Answer | None) -> Choice:
    if answer is None:
        return ""
    return (read_choice(answer.text) or "inherit") if answer.text is not None else "inherit"


def _folded(text: str) -> str:
    return " ".join(text.casefold().split()).strip(" .。")
