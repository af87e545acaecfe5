"""Whether the text asks for anything that foundry makes."""

from __future__ import annotations

from agents.planner.understanding.reading import ELSEWHERE, Reading
from agents.planner.understanding.scope import Mode
from agents.planner.understanding.slots.models import find_models
from framework.errors import NotAProject
from framework.messages import Lang, say

_UNLESS = ELSEWHERE & ~Mode.COMPARED & ~Mode.ASKED & ~Mode.LATER & ~Mode.PAST & ~Mode.OTHERS
_SHORT = 24  # characters: such a text is little more than its one word ("lora", "DPO", "train gpt")


def refuse_strangers(reading: Reading, lang: Lang) -> None:
    """Raise NotAProject, with an example of what could be asked instead."""
    if not reading.plain.strip():
        raise NotAProject(say(lang, "planner.nothing_said"), hint=say(lang, "planner.example"))
    if not _asks_for_a_model(reading):
        shown = " ".join(reading.source.original.split())
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        raise NotAProject(say(lang, "planner.not_a_project", text=shown), hint=say(lang, "planner.example"))


def _asks_for_a_model(reading: Reading) -> bool:
    strong = reading.said("ml_strong", _UNLESS)
    weak = {term.value for term in reading.said("ml_weak", _UNLESS)}
    models = [model for model in find_models(reading) if reading.is_meant(model.start, _UNLESS)]
    builds = bool(reading.said("builds", _UNLESS))
    if reading.said("one_off", _UNLESS) and not builds:
        return False
    if strong or (models and (len(weak - {"gpu"}) > 0 or len(reading.plain.strip()) <= _SHORT)):
        return True
    only_machines = weak <= {"gpu", "params"}
    return (len(weak) >= 2 and not only_machines) or (bool(weak - {"model", "train", "generate", "search", "classify", "gpu", "assistant", "deploy"}) and _is_short(reading))


def _is_short(reading: Reading) -> bool:
    words = reading.plain.split()
    return len(words) <= 1 and len(reading.plain.strip()) <= _SHORT
