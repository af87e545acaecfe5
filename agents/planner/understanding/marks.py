"""Facts that no slot holds and that decide whether the wishes agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from agents.planner.understanding.model import Mark
from agents.planner.understanding.reading import Reading
from agents.planner.understanding.slots.gpus import find_gpus
from agents.planner.understanding.slots.model_names import model_rules

_CALLS = re.compile(r"\b(?:calls?|calling|uses?|using|via|through|api|query|hit|talk to|rely on)\b|接口|[用调走]|请求")
_OWNS = re.compile(
    r"\b(?:have|has|got|own|our|my|there is|there's|there are|sitting|lab|office|already|we run|available|access to)\b"
    r"|有|自己|我们的|实验室|手头|学校|公司的|家里|闲置"
)
_LAPTOP = re.compile(r"\b(?:laptop|notebook|mobile gpu|max-q)\b|笔记本|移动版")


def find_marks(reading: Reading) -> list[Mark]:
    """The marks of the text, each once."""
    return sorted(set(_marks(reading)))


def _marks(reading: Reading) -> Iterator[Mark]:
    if reading.said("from_scratch"):
        yield "from_scratch"
    if reading.said("continue"):
        yield "continued"
    if reading.said("rented"):
        yield "cloud"
    if _LAPTOP.search(reading.plain):
        yield "laptop"
    if any(_owns(reading, gpu.start) for gpu in reading.once(find_gpus)[:50] if reading.is_meant(gpu.start)):
        yield "owned"
    if any(_is_called(reading, match) for match in reading.finditer(_hosted())):
        yield "hosted_api"


@cache
def _hosted() -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9])(?:{model_rules().hosted})(?![a-z])")


def _is_called(reading: Reading, match: re.Match[str]) -> bool:
    """Whether the hosted model is to be used, and not just spoken of."""
    return _CALLS.search(reading.plain, max(0, match.start() - 24), match.end() + 12) is not None


def _owns(reading: Reading, position: int) -> bool:
    """Whether the machine is there already, so that its hours cost no rent."""
    clause = reading.clause(position)
    return _OWNS.search(reading.plain, max(clause.start, position - 60), min(clause.end, position + 40)) is not None
