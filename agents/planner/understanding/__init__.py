"""Understanding a person's sentence, English, Chinese or mixed: pure rules, no disk, no network.

text -> Source (folded, spelling mended) -> Reading (terms, numbers, clauses, scope) -> mentions -> items
"""

from __future__ import annotations

from collections.abc import Mapping

from agents.planner.naming import propose
from agents.planner.policy import packaged_policy
from agents.planner.understanding.assemble import assemble
from agents.planner.understanding.conflicts import find_conflicts
from agents.planner.understanding.extract import mentions_in, read
from agents.planner.understanding.marks import find_marks
from agents.planner.understanding.model import Conflict, Mark, Option, Understanding
from agents.planner.understanding.notebook import infer_notebook
from agents.planner.understanding.relevance import refuse_strangers
from agents.planner.understanding.task import infer_task
from agents.planner.understanding.title import title_of
from framework.messages import Lang

__all__ = ["Conflict", "Mark", "Option", "Understanding", "find_conflicts", "understand"]


_HEAD, _TAIL = 150_000, 50_000  # characters: what people want stands at the beginning, or else at the end


def _within_reach(text: str) -> str:
    """A text of any length in bounded time: of a very long one its beginning and its end."""
    return text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]}\n{text[-_TAIL:]}"


def understand(text: str, lang: Lang | None = None, per_usd: Mapping[str, float] | None = None) -> Understanding:
    """What the text says. Raises NotAProject where it asks for nothing that foundry makes."""
    rates = per_usd if per_usd is not None else packaged_policy().currency.per_usd
    reading = read(_within_reach(text))
    spoken = lang or reading.source.lang
    refuse_strangers(reading, spoken)
    items = assemble(reading, mentions_in(reading, rates))
    items = [infer_task(reading, items), *items, *infer_notebook(reading, items)]
    marks = find_marks(reading)
    return Understanding(
        lang=spoken,
        name=propose(items),
        title=title_of(items, spoken),
        items=items,
        contradictions=find_conflicts(items, marks, spoken),
        marks=marks,
    )
