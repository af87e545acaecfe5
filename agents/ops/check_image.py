"""The skill that judges one answer about the image before it is kept."""

from __future__ import annotations

from agents.ops.imaging.asking import WEIGHTS
from framework.errors import UsageError
from framework.messages import say
from framework.runtime.weights import look_at
from framework.runtime.workspace import Workspace


def run(workspace: Workspace, question: str, text: str) -> None:
    """Raise UsageError, with the rule and an example, if the answer names no weights that are whole."""
    lang = workspace.run.lang
    if question != WEIGHTS:
        raise UsageError(say(lang, "image.unknown", question=question), hint=say(lang, "image.weights_hint"))
    look_at(workspace.files.root, text, lang)
