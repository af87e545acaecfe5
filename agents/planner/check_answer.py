"""The skill that judges one answer before it is kept."""

from __future__ import annotations

import difflib

from agents.planner.answering import chosen_option, is_undecided, read_answer, read_way_out
from agents.planner.policy import SPEC, Policy
from agents.planner.understanding import Conflict, Option
from framework.artifacts.base import Question
from framework.artifacts.requirements import Requirements
from framework.artifacts.slots import SLOTS
from framework.errors import UsageError
from framework.messages import Lang, known, say
from framework.runtime.workspace import Workspace


def run(workspace: Workspace, question: str, text: str) -> None:
    """Raise UsageError, with the value, the rule and an example, if the answer cannot be understood."""
    policy = workspace.spec(SPEC).parse(Policy)
    asked = _asked(workspace)
    lang = workspace.run.lang
    if question in SLOTS:
        _check_slot(question, text, lang, policy)
    elif question in asked:
        _check_contradiction(asked[question], text, lang, policy)
    else:
        raise _unknown(question, [*asked, *SLOTS], lang)


def _asked(workspace: Workspace) -> dict[str, Question]:
    if not workspace.files.report(Requirements.FILE).exists():
        return {}
    return {question.id: question for question in workspace.read(Requirements).questions}


def _check_slot(slot: str, text: str, lang: Lang, policy: Policy) -> None:
    if is_undecided(text) or read_answer(slot, text, policy.currency.per_usd):
        return
    key = f"question.{slot}.example"
    example = say(lang, key) if known(lang, key) else say(lang, "question.any.example")
    raise UsageError(
        say(lang, "question.not_understood", question=slot, text=text, rule=SLOTS[slot].value),
        hint=say(lang, "question.for_example", question=slot, example=example),
    )


def _check_contradiction(question: Question, text: str, lang: Lang, policy: Policy) -> None:
    slots = question.id.removeprefix("contradiction.").split("+")
    conflict = Conflict(slots=slots, why=question.why, options=[Option(text=choice) for choice in question.choices])
    if chosen_option(conflict, text) or read_way_out(conflict, text, policy.currency.per_usd):
        return
    raise UsageError(
        say(lang, "question.no_option", text=text),
        hint=say(lang, "question.options", options=" | ".join(question.choices)),
    )


def _unknown(question: str, ids: list[str], lang: Lang) -> UsageError:
    near = difflib.get_close_matches(question, ids, n=4, cutoff=0.4)
    return UsageError(
        say(lang, "question.unknown_id", question=question),
        hint=say(lang, "question.nearest_ids", ids=", ".join(near or list(SLOTS))),
    )
