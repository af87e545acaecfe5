"""The judgement is asked for, and checked: an engine proposes, arithmetic disposes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from agents.coder.recommend import Card, Choice, Recommendation, recommend, rule
from agents.coder.scoring import Parts
from agents.coder.technology import choose
from framework.artifacts.records import EngineName
from framework.engines.base import Ask, C, D
from framework.engines.decisions import Recording, ReplayEngine
from framework.engines.expert import ExpertEngine
from tests.unit.coder.wishes import policy, wanted

PARTS = Parts(wish=1, quality=0.5, memory=1, time=1, money=1, language=1, license=1)


def card(name: str, score: float = 0.5, stops: list[str] | None = None, excess: float = 0, named: bool = False) -> Card:
    return Card(
        name=name,
        objective="sft",
        method="lora",
        params=1_000_000,
        named_by_user=named,
        stops=stops or [],
        warnings=[],
        parts=PARTS,
        score=score,
        excess=excess,
        level="usable",
    )


def choice(*cards: Card) -> Choice:
    return Choice(task="sft", objective="sft", lang="en", wishes={}, cards=list(cards))


@dataclass
class Stubborn:
    """An engine that always says the same."""

    answer: Recommendation
    asked: list[str] = field(default_factory=list)
    name: EngineName = "replay"

    def decide(self, ask: Ask[C, D]) -> D:
        self.asked.append(ask.kind)
        return cast(D, self.answer)


@pytest.mark.parametrize(
    ("cards", "best"),
    [
        ([card("a", 0.6), card("b", 0.9)], "b"),
        ([card("a", 0.6), card("b", 0.9, ["memory"], 1)], "a"),
        ([card("a", 0.6, named=True), card("b", 0.9)], "a"),
        ([card("a", 0.6, ["memory"], 1, named=True), card("b", 0.5)], "b"),
        ([card("a", 0.6, ["time"], 0.1), card("b", 0.6, ["time"], 2)], "a"),
    ],
)
def test_limits_count_before_names_and_names_before_scores(cards: list[Card], best: str) -> None:
    assert rule(choice(*cards)).recommended == best


def test_a_sound_opinion_of_an_engine_counts() -> None:
    answer = Recommendation(order=["b", "a"], recommended="a", reasons=["quick"], quality={"a": "good", "b": "basic"})
    engine = Stubborn(answer)
    assert recommend(engine, choice(card("a"), card("b", 0.9))) == (answer, True)
    assert engine.asked == ["coder.recommend"]


@pytest.mark.parametrize(
    "answer",
    [
        Recommendation(order=["a", "b"], recommended="gpt-5", reasons=[], quality={"a": "good", "b": "good"}),
        Recommendation(order=["a"], recommended="a", reasons=[], quality={"a": "good"}),
        Recommendation(order=["a", "a"], recommended="a", reasons=[], quality={"a": "good", "b": "good"}),
        Recommendation(order=["a", "b"], recommended="b", reasons=[], quality={"a": "good", "b": "good"}),
        Recommendation(order=["a", "b"], recommended="a", reasons=[], quality={"a": "good"}),
    ],
    ids=["no candidate", "one left out", "one twice", "cannot work", "no quality"],
)
def test_an_unsound_opinion_is_replaced_by_the_rule(answer: Recommendation) -> None:
    cards = choice(card("a"), card("b", 0.9, ["memory"], 1))
    assert recommend(Stubborn(answer), cards) == (rule(cards), False)


def test_the_report_says_when_the_engine_was_overruled() -> None:
    answer = Recommendation(order=[], recommended="gpt-5", reasons=[], quality={})
    tech = choose(wanted(task="sft", hardware__gpu="RTX 4090"), policy(), Stubborn(answer))
    assert tech.choice is not None
    assert any("engine" in line for line in tech.assumptions)


def test_a_recorded_judgement_is_replayed(tmp_path: Path) -> None:
    need = wanted(task="classification", goal="spam or ham", hardware__gpu="T4")
    recorded = choose(need, policy(), Recording(ExpertEngine(), tmp_path))
    assert choose(need, policy(), ReplayEngine(tmp_path)) == recorded
