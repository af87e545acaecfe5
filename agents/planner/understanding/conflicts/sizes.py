"""Does the size that is wished go with the model that is named?"""

from __future__ import annotations

from collections.abc import Iterator

from agents.planner.understanding.conflicts.facts import Facts
from agents.planner.understanding.conflicts.options import option, size
from agents.planner.understanding.model import Conflict
from framework.messages import Lang, say

_SAME = 1.5  # "a 7B" for 7.6 billion, "an 8B" for 7: sizes are said roundly
_OTHER_SIZE = frozenset({"distillation", "pruning"})


def size_conflicts(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """Fine-tuning keeps the size: what starts from 7B stays 7B, unless it is distilled or pruned."""
    wished, held, names = facts.number("params"), facts.base_params, facts.texts("base_model")
    if (
        wished is None
        or held is None
        or len(names) != 1
        or facts.from_scratch
        or _OTHER_SIZE & set(facts.texts("method"))
    ):
        return
    fits = held <= wished * _SAME and (wished <= held * _SAME or "params_at_most" in facts.marks)
    active = facts.active_params
    if fits or (active and active / _SAME <= wished <= active * _SAME):
        return
    name = names[0]
    options = [
        option(lang, "option_base_size", {"params": None}, model=name, size=size(held)),
        option(lang, "option_other_base", {"base_model": None}, size=size(wished)),
    ]
    if wished < held:
        options.append(option(lang, "option_distill", {"method": "distillation"}, model=name, size=size(wished)))
    why = say(lang, "contradiction.size", model=name, held=size(held), wished=size(wished))
    yield Conflict(slots=["params", "base_model"], why=why, options=options)
