"""The skill that judges one answer about the environment before it is kept."""

from __future__ import annotations

from agents.dataset import columns
from agents.ops.environment import DEVICE, check_device
from framework.errors import UsageError
from framework.messages import say
from framework.runtime.workspace import Workspace


def run(workspace: Workspace, question: str, text: str) -> None:
    """Raise UsageError, with the rule and an example, if the answer cannot be understood."""
    if question == columns.QUESTION:
        columns.check(workspace, text)
    elif question == DEVICE:
        check_device(text, workspace)
    else:
        lang = workspace.run.lang
        raise UsageError(
            say(lang, "environment.unknown", question=question), hint=say(lang, "environment.no_device_hint")
        )
