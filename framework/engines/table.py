"""The engines by the name that `--engine` takes."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from framework.artifacts.records import EngineName
from framework.engines.base import Engine
from framework.engines.decisions import Recording, ReplayEngine
from framework.engines.expert import ExpertEngine

RECORDING_VARIABLE = "FOUNDRY_DECISIONS"


@cache
def engine_for(name: EngineName, decisions: Path) -> Engine:
    """The engine, for a project whose decisions are kept in that folder; one and the same within a process."""
    if name == "replay":
        return ReplayEngine(Path(os.environ.get(RECORDING_VARIABLE) or decisions))
    return Recording(ExpertEngine(), decisions)
