"""Facts that no slot holds and that decide whether the wishes agree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, cast

from agents.planner.rules import rule_text
from agents.planner.understanding.model import Mark
from agents.planner.understanding.reading import Reading
from agents.planner.understanding.scope import Mode
from framework.artifacts.requirements import Item
from framework.resources import parse_yaml

_CALLS = re.compile(r"\b(?:call|calls|calling|use|uses|using|via|through|api|query|hit|talk to|rely on)\b|调用|接口|用|调|走|请求|api")
_NEWEST = re.compile(r"\b(?:latest|newest|most recent|up-to-date)\b|最新")


def find_marks(reading: Reading, items: Sequence[Item]) -> list[Mark]:
    """The marks of the text, each once."""
    return sorted(set(_marks(reading)))


@cache
def _hosted() -> re.Pattern[str]:
    rules = cast(dict[str, Any], parse_yaml(rule_text("models.yaml")))
    return re.compile(rf"(?<![a-z0-9])(?:{rules['hosted']})(?![a-z])")


def _marks(reading: Reading) -> Iterator[Mark]:
    if reading.said("from_scratch"):
        yield "from_scratch"
    if reading.said("continue"):
        yield "continued"
    if reading.said("rented"):
        yield "cloud"
    if _NEWEST.search(reading.plain[:100_000]):
        yield "newest"
    for match in _hosted().finditer(reading.plain):
        around = reading.plain[max(0, match.start() - 24) : match.end() + 12]
        if reading.is_meant(match.start()) and _CALLS.search(around):
            yield "hosted_api"
            return
