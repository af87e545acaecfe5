"""The engines by the name that `--engine` takes."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from framework.artifacts.files import ProjectFiles
from framework.artifacts.records import EngineName, Settings
from framework.engines.base import Announce, Engine, unheard
from framework.engines.decisions import Decisions, ReplayEngine
from framework.engines.expert import ExpertEngine

RECORDING_VARIABLE = "FOUNDRY_DECISIONS"


def unstopped() -> None:
    """For an engine that nobody wants to stop."""


def engine_for(
    chosen: Settings, files: ProjectFiles, announce: Announce = unheard, stopped: Callable[[], None] = unstopped
) -> Engine:
    """The engine that was chosen for a project. While it waits it asks `stopped`, which raises to end the waiting."""
    if chosen.engine == "replay":
        return ReplayEngine(Path(os.environ.get(RECORDING_VARIABLE) or files.decisions))
    decisions = _decisions(chosen.engine, files.decisions)
    if chosen.engine == "llm":
        from framework.engines.llm.engine import LlmEngine
        from framework.engines.llm.settings import load_settings
        from framework.engines.llm.spending import Journal

        settings = load_settings(files.root, os.environ, chosen.llm)
        return LlmEngine(settings, decisions, Journal(files.llm_journal), announce=announce, stopped=stopped)
    return ExpertEngine(decisions)


@cache
def _decisions(_engine: EngineName, folder: Path) -> Decisions:
    """One and the same within a process, so that it decides a question once; an engine knows nothing of another's."""
    return Decisions(folder)
