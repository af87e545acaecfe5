"""The skill that judges one answer about a repair before it is kept."""

from __future__ import annotations

from agents.coder.debugging.consent import ALWAYS, WORDS, chosen
from framework.artifacts.bugfix import Bugfix
from framework.errors import UsageError
from framework.messages import Lang, say
from framework.runtime.workspace import Workspace


def run(workspace: Workspace, question: str, text: str) -> None:
    """Raise UsageError, with the rule and an example, if the answer cannot be understood."""
    lang = workspace.run.lang
    asked = _asked(workspace)
    if question not in (*asked, ALWAYS):
        raise UsageError(
            say(lang, "debug.unknown_question", question=question),
            hint=say(lang, "debug.known_questions", ids=", ".join([*asked, ALWAYS])),
        )
    if chosen(text) is None:
        raise UsageError(
            say(lang, "debug.no_choice", question=question, text=text),
            hint=say(lang, "debug.no_choice_hint", question=question, words=", ".join(WORDS), offered=_offered(lang)),
        )


def _asked(workspace: Workspace) -> list[str]:
    report = workspace.previous(Bugfix)
    return [question.id for question in report.questions] if report else []


def _offered(lang: Lang) -> str:
    return " | ".join(say(lang, f"debug.choice_{word}") for word in WORDS)
