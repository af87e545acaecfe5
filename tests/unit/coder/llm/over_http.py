"""The real engine, before a scripted endpoint on this machine."""

from __future__ import annotations

from pathlib import Path

from framework.engines.decisions import Decisions
from framework.engines.llm.engine import LlmEngine
from framework.engines.llm.settings import LlmSettings
from framework.engines.llm.spending import Journal


def engine_at(url: str, folder: Path) -> LlmEngine:
    """An engine with its decisions and journal in a folder."""
    settings = LlmSettings(base_url=url, model="scripted", deadline_s=20, retries=0, writes_code=True)
    return LlmEngine(settings, Decisions(folder / "decisions"), Journal(folder / "llm.jsonl"))
