"""Decisions on disk: who decided what, recorded as it is decided, and answered from by the replay engine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, JsonValue, ValidationError

from framework.artifacts.base import RECORDING, RULE, Decided, Strict
from framework.artifacts.files import read_text, write_text
from framework.artifacts.records import EngineName
from framework.engines.base import Ask, C, D
from framework.errors import MissingOutside


class Kept(Strict):
    """One decision as it stands on disk."""

    decided: Decided
    decision: dict[str, JsonValue]


class Decisions:
    """A project's decisions: on disk under their questions' keys, and who made them in the order they were wanted.

    Within one process the same question is decided once: a stage that asks a human runs again with the answers, and
    reading a long request again would only cost time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[BaseModel, Decided]] = {}
        self.decided: list[Decided] = []

    def recall(self, ask: Ask[C, D], model: str = "") -> D | None:
        """The decision that this process has made; else the one on disk by this model, as far as it still stands.

        What a rule answered in a model's place is remembered within the process alone: a later run tries the model.
        """
        known = self._known.get(ask.key)
        if known is not None and isinstance(known[0], ask.output):
            return self._noted(ask, known[0], known[1])
        if model and (kept := self._by(ask, model)) is not None:
            return self._noted(ask, kept, Decided(kind=ask.kind, by=model))
        return None

    def keep(self, ask: Ask[C, D], decision: D, by: str = RULE, why: str = "") -> D:
        """The decision, once it is written down with who made it and why not the one who was asked."""
        decided = Decided(kind=ask.kind, by=by, why=why)
        kept = Kept(decided=decided, decision=decision.model_dump(mode="json"))
        write_text(_path(self._folder, ask), kept.model_dump_json(indent=2) + "\n")
        return self._noted(ask, decision, decided)

    def _by(self, ask: Ask[C, D], model: str) -> D | None:
        path = _path(self._folder, ask)
        if not path.is_file():
            return None
        try:
            decision, decided = _read(path, ask)
        except ValidationError:
            return None  # damaged: it is asked again
        return decision if decided.by == model and not ask.faults(ask.context, decision) else None

    def _noted(self, ask: Ask[C, D], decision: D, decided: Decided) -> D:
        self._known[ask.key] = (decision, decided)
        self.decided.append(decided)
        return decision


class ReplayEngine:
    """Answers from recorded decisions and fails closed: what was not recorded is not guessed."""

    name: EngineName = "replay"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._decided: list[Decided] = []

    @property
    def decided(self) -> Sequence[Decided]:
        return self._decided

    def decide(self, ask: Ask[C, D]) -> D:
        """The recorded decision, if it can still stand."""
        path = _path(self._folder, ask)
        if not path.is_file():
            raise MissingOutside(
                f"no decision {ask.key} is recorded in {self._folder}.",
                hint="Run once with --engine expert or llm, or point FOUNDRY_DECISIONS at the folder of a recording.",
            )
        try:
            decision, decided = _read(path, ask)
        except ValidationError as error:
            raise _refuse(path, ask.kind, error.errors()[0]["msg"]) from error
        if decided.by != RULE and (faults := ask.faults(ask.context, decision)):
            raise _refuse(path, ask.kind, faults[0])
        self._decided.append(_recorded(decided))
        return decision


def _recorded(decided: Decided) -> Decided:
    """What the rules answer as a matter of course they would answer now as well."""
    if decided.by == RULE and not decided.why:
        return decided
    whose = f"{decided.by}: {decided.why}" if decided.why else decided.by
    return Decided(kind=decided.kind, by=RECORDING, why=whose)


def _path(folder: Path, ask: Ask[C, D]) -> Path:
    return folder / f"{ask.key}.json"


def _read(path: Path, ask: Ask[C, D]) -> tuple[D, Decided]:
    kept = Kept.model_validate_json(read_text(path))
    return ask.output.model_validate_json(json.dumps(kept.decision)), kept.decided


def _refuse(path: Path, kind: str, reason: str) -> MissingOutside:
    return MissingOutside(
        f"the recorded decision {path} is no valid answer to {kind}: {reason}.",
        hint="Delete it and record it again, with the engine that made it.",
    )
