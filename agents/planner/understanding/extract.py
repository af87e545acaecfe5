"""Every mention of every slot, extractor by extractor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agents.planner.understanding.reading import Mention, Reading
from agents.planner.understanding.slots.context import read_context
from agents.planner.understanding.slots.datasets import read_datasets
from agents.planner.understanding.slots.domain import read_domain
from agents.planner.understanding.slots.flow import read_flow
from agents.planner.understanding.slots.hardware import read_hardware
from agents.planner.understanding.slots.intent import read_intent
from agents.planner.understanding.slots.limits import read_limits
from agents.planner.understanding.slots.metrics import read_metrics
from agents.planner.understanding.slots.models import read_models
from agents.planner.understanding.slots.naming import read_name
from agents.planner.understanding.slots.service import read_service
from agents.planner.understanding.slots.software import read_software
from agents.planner.understanding.slots.terms_of_use import read_terms_of_use
from agents.planner.understanding.slots.texts import read_texts
from agents.planner.understanding.source import Source
from agents.planner.understanding.spelling import corrected

_PLAIN = (
    read_name,
    read_intent,
    read_domain,
    read_hardware,
    read_service,
    read_flow,
    read_software,
    read_models,
    read_datasets,
    read_texts,
    read_context,
    read_terms_of_use,
    read_metrics,
)


def read(text: str) -> Reading:
    """The text, folded, its typing errors mended, and read once."""
    return Reading.of(corrected(Source.of(text)))


def mentions_in(reading: Reading, per_usd: Mapping[str, float]) -> Iterator[Mention]:
    """What the text says, slot by slot, in no order."""
    for extract in _PLAIN:
        yield from extract(reading)
    yield from read_limits(reading, per_usd)
