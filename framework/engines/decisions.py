"""Decisions on disk: recorded as they are made, and answered from by the replay engine."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ValidationError

from framework.artifacts.files import read_text, write_text
from framework.artifacts.records import EngineName
from framework.engines.base import Ask, C, D, Engine
from framework.errors import MissingOutside


class Recording:
    """Any engine, with each of its decisions written down under the question's key.

    Within one process the same question is decided once: a stage that asks a human runs again with the answers, and
    reading a long request again would only cost time.
    """

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder
        self._decided: dict[str, BaseModel] = {}

    @property
    def name(self) -> EngineName:
        return self._engine.name

    def decide(self, ask: Ask[C, D]) -> D:
        """The engine's decision, on disk before it is used."""
        known = self._decided.get(ask.key)
        if isinstance(known, ask.output):
            return known
        decision = self._engine.decide(ask)
        self._decided[ask.key] = decision
        write_text(self._folder / f"{ask.key}.json", decision.model_dump_json(indent=2) + "\n")
        return decision


class ReplayEngine:
    """Answers from recorded decisions and fails closed: what was not recorded is not guessed."""

    name: EngineName = "replay"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def decide(self, ask: Ask[C, D]) -> D:
        """The recorded decision."""
        path = self._folder / f"{ask.key}.json"
        if not path.is_file():
            raise MissingOutside(
                f"no decision {ask.key} is recorded in {self._folder}.",
                hint="Run once with --engine expert, or point FOUNDRY_DECISIONS at the folder of a recording.",
            )
        try:
            return ask.output.model_validate_json(read_text(path))
        except ValidationError as error:
            raise MissingOutside(
                f"the recorded decision {path} is no valid answer to {ask.kind}: {error.errors()[0]['msg']}.",
                hint="Delete it and record it again with --engine expert.",
            ) from error
