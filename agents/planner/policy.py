"""The rules of specs/CREATE.md as the program reads them."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import Field

from framework.artifacts.base import Strict
from framework.artifacts.requirements import Provenance, Slot
from framework.artifacts.slots import Task
from framework.knowledge.specs import find_spec

SPEC = "specs/CREATE.md"
Specificity = Literal["exact", "approximate", "family", "open"]
Share = Annotated[float, Field(ge=0, le=1)]


class Step(Strict):
    """A row of a table that goes by memory."""

    from_gb: float = Field(ge=0)


class ModelStep(Step):
    model: str


class ParamsStep(Step):
    params: int = Field(gt=0)


class Currency(Strict):
    """Units of each currency for one US dollar."""

    source: str
    date: str
    per_usd: dict[str, Annotated[float, Field(gt=0)]]


class Policy(Strict):
    """specs/CREATE.md."""

    weights: dict[Provenance, Share]
    specificity: dict[Specificity, Share]
    conflict: Share
    threshold: Share
    skipped: Share
    rounds: int = Field(ge=0)
    per_round: int = Field(ge=1)
    ask_from: int
    importance: dict[Task, dict[Slot, int]]
    base_models: list[ModelStep] = Field(min_length=1)
    encoders: dict[str, str]
    embedders: dict[str, str]
    from_scratch: list[ParamsStep] = Field(min_length=1)
    currency: Currency

    def base_model_for(self, memory_gb: float) -> str:
        """The model that suits that much memory."""
        return max((row for row in self.base_models if row.from_gb <= memory_gb), key=lambda row: row.from_gb).model

    def params_for(self, memory_gb: float) -> int:
        """The size to train from nothing on that much memory."""
        return max((row for row in self.from_scratch if row.from_gb <= memory_gb), key=lambda row: row.from_gb).params


@cache
def packaged_policy() -> Policy:
    """The policy as it is shipped; a run reads its own through the workspace."""
    return find_spec(SPEC, None).parse(Policy)
