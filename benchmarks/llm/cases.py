"""A case of the benchmark, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import BaseModel

from framework.artifacts.base import Decided
from framework.artifacts.records import EngineName
from framework.engines.base import Ask, C, D, Engine
from tests.llm.personas import Script, Stage


@dataclass(frozen=True)
class Proposed:
    """An answer that came in the right form, and why it cannot stand; it stands where there are no faults."""

    kind: str
    decision: BaseModel
    faults: Sequence[str]


@dataclass
class Overheard:
    """An engine whose model is overheard: what is asked of it, and what it proposes before anybody judges that."""

    engine: Engine
    stage: Stage
    proposed: list[Proposed] = field(default_factory=list)

    @property
    def name(self) -> EngineName:
        return self.engine.name

    @property
    def decided(self) -> Sequence[Decided]:
        return self.engine.decided

    def decide(self, ask: Ask[C, D]) -> D:
        """The engine's decision."""

        def faults(context: C, decision: D) -> list[str]:
            found = ask.faults(context, decision)
            self.proposed.append(Proposed(ask.kind, decision, found))
            return found

        self.stage.question = ask
        return self.engine.decide(replace(ask, faults=faults))


@dataclass(frozen=True)
class Verdict:
    """What the truth says of a result.

    `passed` stands as if it were proven and is not so; `guessed` is not so either, and is shown as a model's guess that
    a person has agreed to; `blocked` is so and was refused. `right` counts what was got of all that is `wanted`.
    """

    passed: Sequence[str] = ()
    blocked: Sequence[str] = ()
    guessed: Sequence[str] = ()
    right: int = 0
    wanted: int = 0


@dataclass(frozen=True)
class Case:
    """One piece of work. `run` does it in an empty folder with the engine, and holds the result against the truth."""

    name: str
    script: Script
    run: Callable[[Overheard, Path], Verdict]
