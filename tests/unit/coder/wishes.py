"""Requirements in a line, and the technology chosen for them."""

from __future__ import annotations

from functools import cache
from typing import Any

from agents.coder.policy import Policy
from agents.coder.technology import SPEC, choose
from framework.artifacts.requirements import Item, Project, Requirements
from framework.artifacts.tech import Candidate, Tech, Training
from framework.engines.expert import ExpertEngine
from framework.knowledge.specs import find_spec
from framework.messages import Lang


@cache
def policy() -> Policy:
    """ML.md as it is shipped."""
    return find_spec(SPEC, None).parse(Policy)


def wanted(lang: Lang = "en", /, **slots: Any) -> Requirements:
    """Requirements with these slots; two underscores stand for the point in a slot's name."""
    items = [
        Item(slot=slot.replace("__", "."), value=value, provenance="stated", score=0.95)
        for slot, value in slots.items()
    ]
    return Requirements(project=Project(name="demo", title="Demo", language=lang), items=items)


def tech_for(lang: Lang = "en", /, **slots: Any) -> Tech:
    """What the expert recommends."""
    return choose(wanted(lang, **slots), policy(), ExpertEngine())


def best_of(tech: Tech) -> Candidate:
    """The recommended candidate."""
    assert tech.choice is not None
    return tech.choice


def run_of(tech: Tech) -> Training:
    """The training run of the recommended candidate."""
    training = best_of(tech).training
    assert training is not None
    return training


def advised(tech: Tech) -> set[str]:
    """The keys of everything that is advised."""
    return {advice.key for advice in tech.advice}


def unmet(tech: Tech) -> set[str]:
    """The slots of the wishes that are not fulfilled."""
    return {wish.slot for wish in tech.unmet}
