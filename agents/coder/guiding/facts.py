"""Published facts that the guidance rests on, each with its source (facts.yaml)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from pydantic import Field

from framework.artifacts.base import Strict
from framework.artifacts.document import parse_mapping


class Fact(Strict):
    """One figure with where it is from."""

    value: float = Field(gt=0)
    source: str
    date: str


class Rate(Strict):
    """One published run: its size, peak learning rate, and tokens in a step."""

    params: int
    rate: float
    step_tokens: int


class Rates(Strict):
    """The learning rates of a family of models."""

    source: str
    date: str
    rows: list[Rate] = Field(min_length=2)

    def near(self, params: int) -> Rate:
        """The run of the nearest size, by proportion."""
        return min(self.rows, key=lambda row: max(row.params / params, params / row.params))


class Facts(Strict):
    """facts.yaml."""

    tokens_per_parameter: Fact
    most_epochs: Fact
    most_tokens_per_parameter: Fact
    rate_exponent: Fact
    sharding_traffic: Fact
    hours_between_failures: Fact
    interval: Fact
    gradient_clip: Fact
    duplicates: Fact
    rates: Rates


@cache
def facts() -> Facts:
    """What is known."""
    text = files(__package__).joinpath("facts.yaml").read_text(encoding="utf-8")
    return parse_mapping(Facts, text, "agents/coder/guiding/facts.yaml")
