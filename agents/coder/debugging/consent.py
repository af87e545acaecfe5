"""Whether a person wants a repair: what was answered, and the question where nothing was."""

from __future__ import annotations

from typing import Literal

from agents.coder.debugging.scene import Proposal
from framework.artifacts.base import Question, sha256
from framework.artifacts.records import Answer, Answers
from framework.messages import LANGUAGES, Lang, say

Word = Literal["apply", "all", "no"]
WORDS: tuple[Word, ...] = ("all", "apply", "no")
ALWAYS = "debug.repairs"  # may be answered before anything is asked
_CHANGES = 8  # characters of the hash of what would be changed: an answer never stands for another change


def chosen(text: str) -> Word | None:
    """The choice of that wording, in either language, or by its short name."""
    said = text.strip().casefold()
    for word in WORDS:
        if said == word or any(said == say(lang, f"debug.choice_{word}").casefold() for lang in LANGUAGES):
            return word
    return None


def question_id(proposal: Proposal, diff: str) -> str:
    """The same for the same repair, however often the stage runs."""
    return f"debug.{proposal.entry}.{sha256(diff + proposal.again)[:_CHANGES]}"


def consent(answers: Answers, question: str, *, each: bool, yes: bool = False) -> Word | None:
    """What was decided; None where it has to be asked.

    `each`: the rules want a person to confirm every repair. `yes`: this very run was started with consent to all.
    What an earlier such run has written down for itself does not reach beyond its own question.
    """
    answer = answers.answers.get(question)
    if answer and not (each and answer.source == "default"):
        return _read(answer)
    if yes and not each:
        return "all"
    named = [one for name, one in answers.answers.items() if name.startswith("debug.")]
    given = [one for one in named if one.source != "default"]
    if not each and any(_read(one) == "all" for one in given):
        return "all"
    return None


def asked(
    lang: Lang, question: str, proposal: Proposal, diff: str, cause: str, answers: Answers, *, each: bool = False
) -> Question:
    """The question, with all that it takes to answer it; also once it is answered."""
    answer = answers.answers.get(question)
    if each and answer and answer.source == "default":
        answer = None
    shown = diff or say(lang, f"debug.again_{proposal.again}")
    note = say(lang, "debug.changes_requirement", requirement=proposal.requirement) if proposal.requirement else ""
    guess = say(lang, "debug.a_guess") if proposal.guess else ""
    lines = [say(lang, "debug.ask", title=proposal.title), proposal.why, guess, note, shown]
    return Question(
        id=question,
        slot=question,
        text="\n".join(line for line in lines if line),
        why=cause,
        choices=[say(lang, f"debug.choice_{word}") for word in WORDS],
        default=say(lang, "debug.choice_all"),
        answer=answer.text if answer else None,
        score=1.0,
        strategy=say(lang, "debug.skipped") if answer and answer.text is None else "",
        for_a_person=each,
    )


def _read(answer: Answer) -> Word:
    return (chosen(answer.text) if answer.text else None) or "no"
