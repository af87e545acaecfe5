"""The skill that judges the answer to whether docker may be installed, before it is kept."""

from __future__ import annotations

from agents.ops.docker_lacking import INSTALL, read_word
from framework.errors import UsageError
from framework.messages import say
from framework.runtime.workspace import Workspace


def run(workspace: Workspace, question: str, text: str) -> None:
    """Raise UsageError, with the rule, if the answer is neither yes nor no."""
    lang = workspace.run.lang
    if question != INSTALL:
        raise UsageError(say(lang, "docker_env.unknown", question=question), hint=say(lang, "docker_env.answer_hint"))
    if read_word(text) is None:
        raise UsageError(say(lang, "docker_env.no_word", text=text), hint=say(lang, "docker_env.answer_hint"))
