"""Which family serves, and what is never delivered in place of something else."""

from __future__ import annotations

from typing import Any

import pytest

from agents.planner.family import refusal, with_family
from tests.unit.coder.wishes import tech_for, wanted

CHAT = {"goal": "a chatbot that tells stories", "params": 10_000_000}


@pytest.mark.parametrize(
    "slots",
    [
        {"task": "sft", "base_model": "Qwen3-4B", "goal": "answer tickets"},
        {"task": "sft", "goal": "answer tickets"},
        {"task": "classification", "goal": "sort mail"},
        {"task": "pretrain", "base_model": "Qwen3-4B", "goal": "learn our language"},
    ],
)
def test_a_model_from_nothing_never_stands_in_for_another(slots: dict[str, Any]) -> None:
    tech = tech_for(**slots)
    assert with_family(wanted(**slots), tech) is None
    assert len(refusal(tech).instead) >= 2


def test_who_was_advised_otherwise_still_gets_the_model_from_nothing_with_the_warning() -> None:
    tech = tech_for(task="pretrain", **CHAT)
    assert tech.choice is not None
    assert tech.choice.method != "scratch"
    chosen = with_family(wanted(task="pretrain", **CHAT), tech)
    assert chosen is not None
    assert chosen.choice is not None
    assert chosen.choice.method == "scratch"
    [warning] = [unmet for unmet in chosen.unmet if unmet.slot == "goal"]
    assert tech.recommended in warning.nearest[0]


def test_what_is_recommended_anyway_stays_as_it_is() -> None:
    slots = {"task": "pretrain", "goal": "a small model that writes bedtime stories", "hardware__vram_gb": 24}
    tech = tech_for(**slots)
    assert with_family(wanted(**slots), tech) == tech
