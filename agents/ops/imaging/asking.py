"""The question which weights the image is to serve, and what an answer means."""

from __future__ import annotations

from framework.artifacts.base import Question
from framework.artifacts.bugfix import Bugfix
from framework.artifacts.records import Answer
from framework.messages import say
from framework.runtime.weights import Weights, look_at
from framework.runtime.workspace import Workspace

WEIGHTS = "image.weights"


def weights_question(workspace: Workspace) -> Question:
    """As it stands now: with its answer, if there is one."""
    lang, default = workspace.run.lang, trained_by_debug(workspace)
    given: Answer | None = workspace.answers.answers.get(WEIGHTS)
    # Who has taken the default gets what is the default now: the debug stage may have trained again.
    path = given.text if given and given.source != "default" else None
    return Question(
        id=WEIGHTS,
        slot=WEIGHTS,
        text=say(lang, "image.ask_weights", default=default),
        why=say(lang, "image.why_weights"),
        choices=[],
        default=default,
        answer=path,
        score=1.0 if path else 0.5,
        strategy=say(lang, "image.default_weights", default=default) if given and not path else "",
    )


def chosen(workspace: Workspace, question: Question) -> Weights:
    """The weights that the question was answered with, or those of the debug stage."""
    return look_at(workspace.files.root, question.answer or question.default or "", workspace.run.lang)


def trained_by_debug(workspace: Workspace) -> str:
    """The folder of the debug stage's checkpoint; empty where it left none."""
    saved = workspace.read(Bugfix).checkpoint
    return saved.path.rpartition("/")[0] if saved else ""
