"""The skill that judges one answer about the rules before it is kept."""

from __future__ import annotations

from agents.planner.conventions.choices import ADDED, CHOICES, CONFLICT, FILE, SIDES, read_choice, read_side
from agents.planner.conventions.documents import added_rules
from agents.planner.conventions.enforcing import enforced_block
from framework.artifacts.project_rules import CHOICE
from framework.errors import UsageError
from framework.knowledge.specs import given_document
from framework.messages import say
from framework.runtime.workspace import Workspace


def run(workspace: Workspace, question: str, text: str) -> None:
    """Raise UsageError, with the rule and an example, if the answer cannot be understood."""
    lang = workspace.run.lang
    if question == CHOICE and read_choice(text) is None:
        raise _no_choice(workspace, question, text, ("inherit", "customise"), [f"choice_{one}" for one in CHOICES])
    if question.startswith(CONFLICT) and read_side(text) is None:
        raise _no_choice(workspace, question, text, SIDES, [f"side_{one}" for one in SIDES])
    if question in (ADDED, FILE):
        if not added_rules(text):
            raise UsageError(say(lang, "rules.no_rule", question=question), hint=say(lang, "rules.no_rule_hint"))
        enforced_block(given_document(question, text))  # an error in it names its line and key
    elif question != CHOICE and not question.startswith(CONFLICT):
        known = ", ".join((CHOICE, ADDED, FILE, f"{CONFLICT}1"))
        raise UsageError(say(lang, "rules.unknown", question=question), hint=say(lang, "rules.unknown_hint", ids=known))


def _no_choice(workspace: Workspace, question: str, text: str, words: tuple[str, ...], keys: list[str]) -> UsageError:
    lang = workspace.run.lang
    offered = " | ".join(say(lang, f"rules.{key}") for key in keys)
    return UsageError(
        say(lang, "rules.no_choice", question=question, text=text),
        hint=say(lang, "rules.no_choice_hint", question=question, words=" | ".join(words), offered=offered),
    )
