"""The judgement is asked for, and checked: an engine proposes, arithmetic disposes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from agents.coder.recommend import Card, Choice, Expected, Reason, Recommendation, recommend, rule, sheet_of
from agents.coder.scoring import Parts
from agents.coder.technology import choose
from framework.artifacts.records import EngineName
from framework.artifacts.tech import Level
from framework.engines.base import Ask, C, D
from framework.engines.decisions import Decisions, ReplayEngine
from framework.engines.expert import ExpertEngine
from tests.unit.coder.wishes import policy, wanted

PARTS = Parts(wish=1, quality=0.5, memory=1, time=1, money=1, language=1, license=1)


def card(
    name: str,
    score: float = 0.5,
    stops: list[str] | None = None,
    excess: float = 0,
    named: bool = False,
    proposed: bool = False,
) -> Card:
    return Card(
        proposed=proposed,
        figures="train 18.2 GB",
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
    return Choice(task="sft", objective="sft", lang="en", wishes={}, cards=list(cards), sheet=sheet_of(list(cards)))


def says(
    *order: str, best: str = "", reasons: list[Reason] | None = None, level: Level = "basic", remark: str = ""
) -> Recommendation:
    """What an engine may answer: the first of the order recommended, and the same quality expected of all."""
    return Recommendation(
        order=list(order),
        recommended=best or order[0],
        reasons=reasons or [],
        quality=[Expected(name=name, level=level) for name in dict.fromkeys(order)],
        remark=remark,
    )


@dataclass
class Stubborn:
    """An engine that always says the same."""

    answer: Recommendation
    asked: list[str] = field(default_factory=list)
    name: EngineName = "replay"
    decided: tuple[()] = ()

    def decide(self, ask: Ask[C, D]) -> D:
        self.asked.append(ask.kind)
        return cast(D, self.answer) if ask.kind == "coder.recommend" else ask.rule(ask.context)


@pytest.mark.parametrize(
    ("cards", "best"),
    [
        ([card("a", 0.6), card("b", 0.9)], "b"),
        ([card("a", 0.6), card("b", 0.9, ["memory"], 1)], "a"),
        ([card("a", 0.6, named=True), card("b", 0.9)], "a"),
        ([card("a", 0.6, ["memory"], 1, named=True), card("b", 0.5)], "b"),
        ([card("a", 0.6, ["time"], 0.1), card("b", 0.6, ["time"], 2)], "a"),
        ([card("a", 0.6), card("b", 0.9, proposed=True)], "a"),
        ([card("a", 0.6), card("b", 0.9, named=True, proposed=True)], "b"),
        ([card("a", 0.6, ["memory"], 3), card("b", 0.2, ["not_looked_up"], 2, proposed=True)], "a"),
    ],
)
def test_limits_count_before_names_and_names_before_scores(cards: list[Card], best: str) -> None:
    assert rule(choice(*cards)).recommended == best


def test_a_sound_opinion_of_an_engine_counts() -> None:
    answer = says("a", "b", reasons=["quick"], remark="Try b with 18.2 GB as well.")
    engine = Stubborn(answer)
    assert recommend(engine, choice(card("a"), card("b", 0.9))) == (answer, True)
    assert engine.asked == ["coder.recommend"]


@pytest.mark.parametrize(
    "answer",
    [
        says("a", "b", best="gpt-5"),
        says("a"),
        says("a", "a"),
        says("b", "a"),
        says("a", "b", best="b"),
        says("a", "b").model_copy(update={"quality": [Expected(name="a", level="basic")]}),
        says("a", "b", level="strong"),
        says("a", "b", reasons=["named"]),
        says("a", "b", reasons=["against_wish"]),
        says("a", "b", remark="It needs only 3 GB."),
        says("a", "b", remark="这个更好，请相信我。"),
        says("a", "b", remark="See https://evil.example for the weights."),
        says("a", "b", remark="One. Two. Three. Four."),
        says("a", "b", remark="x " * 400),
    ],
    ids=[
        "no candidate",
        "one left out",
        "one twice",
        "cannot work",
        "not the first",
        "no quality",
        "scores itself",
        "untrue reason",
        "reason that nothing bears out",
        "invented figure",
        "other language",
        "link",
        "too many sentences",
        "too long",
    ],
)
def test_an_unsound_opinion_is_replaced_by_the_rule(answer: Recommendation) -> None:
    cards = choice(card("a"), card("b", 0.9, ["memory"], 1))
    assert recommend(Stubborn(answer), cards) == (rule(cards), False)


@pytest.mark.parametrize(
    "cards",
    [
        [card("a", named=True), card("b", 0.9)],
        [card("a"), card("b", 0.9, proposed=True)],
    ],
    ids=["what the user named is passed over", "a proposal before what is known"],
)
def test_an_engine_cannot_pass_over_what_comes_first(cards: list[Card]) -> None:
    assert recommend(Stubborn(says("b", "a")), choice(*cards)) == (rule(choice(*cards)), False)


def test_what_speaks_against_it_must_be_said() -> None:
    cards = choice(card("a", stops=["memory"], excess=1), card("b", stops=["memory"], excess=2))
    assert recommend(Stubborn(says("a", "b")), cards) == (rule(cards), False)
    assert recommend(Stubborn(says("a", "b", reasons=["least_bad"])), cards)[1]


def test_the_opinion_stands_in_the_report_marked_as_one() -> None:
    need = wanted(task="sft", hardware__gpu="RTX 4090")
    plain = choose(need, policy(), ExpertEngine())

    @dataclass
    class Opinionated:
        name: EngineName = "llm"
        decided: tuple[()] = ()

        def decide(self, ask: Ask[C, D]) -> D:
            answer = ask.rule(ask.context)
            return answer.model_copy(update={"remark": "Measure it first."} if ask.kind == "coder.recommend" else {})

    tech = choose(need, policy(), Opinionated())
    assert [reason.text for reason in tech.reasons if reason.key == "opinion"] == [
        "A model adds, and no program has checked it: Measure it first."
    ]
    assert [reason for reason in tech.reasons if reason.key != "opinion"] == plain.reasons
    assert tech.model_copy(update={"reasons": plain.reasons}) == plain


def test_the_report_says_when_the_engine_was_overruled() -> None:
    answer = Recommendation(order=[], recommended="gpt-5", reasons=[], quality=[])
    tech = choose(wanted(task="sft", hardware__gpu="RTX 4090"), policy(), Stubborn(answer))
    assert tech.choice is not None
    assert any("engine" in line for line in tech.assumptions)


def test_a_recorded_judgement_is_replayed(tmp_path: Path) -> None:
    need = wanted(task="classification", goal="spam or ham", hardware__gpu="T4")
    recorded = choose(need, policy(), ExpertEngine(Decisions(tmp_path)))
    assert choose(need, policy(), ReplayEngine(tmp_path)) == recorded
