"""The question of judgement: in which order the candidates stand, which one is recommended, and why."""

from __future__ import annotations

from typing import Literal

from agents.coder.scoring import Parts, Place, place_of
from framework.artifacts.base import Strict
from framework.artifacts.tech import Level, Method, Objective
from framework.engines.base import Ask, Engine
from framework.messages import Lang

Reason = Literal[
    "named",
    "near_wish",
    "capable",
    "roomy",
    "quick",
    "cheap",
    "speaks",
    "free",
    "served",
    "only_one",
    "least_bad",
    "against_wish",
]
_GOOD = 0.8


class Card(Strict):
    """A candidate, as far as it matters for the judgement. Every figure is computed, none is to be changed."""

    name: str
    objective: Objective
    method: Method
    params: int | None
    named_by_user: bool
    stops: list[str]
    warnings: list[str]
    parts: Parts
    score: float
    excess: float
    level: Level

    @property
    def place(self) -> Place:
        """Where it stands among others."""
        return place_of(bool(self.stops), self.named_by_user, self.excess, self.score, self.name)


class Choice(Strict):
    """What is known when the choice is made."""

    task: str
    objective: Objective
    lang: Lang
    wishes: dict[str, str]
    cards: list[Card]


class Recommendation(Strict):
    """The answer: all candidates in order, the recommended one, why, and the quality to expect of each."""

    order: list[str]
    recommended: str
    reasons: list[Reason]
    quality: dict[str, Level]


def recommend(engine: Engine, choice: Choice) -> tuple[Recommendation, bool]:
    """The engine's judgement, and whether it stands. One that names no candidate, or one that cannot work while another
    can, is replaced by the rule's."""
    ask = Ask(kind="coder.recommend", context=choice, output=Recommendation, rule=rule)
    decision = engine.decide(ask)
    return (decision, True) if _stands(decision, choice) else (rule(choice), False)


def rule(choice: Choice) -> Recommendation:
    """Every candidate in its place, and the first one recommended."""
    ordered = sorted(choice.cards, key=lambda card: card.place)
    best = ordered[0]
    return Recommendation(
        order=[card.name for card in ordered],
        recommended=best.name,
        reasons=_reasons(best, choice),
        quality={card.name: card.level for card in choice.cards},
    )


def _stands(decision: Recommendation, choice: Choice) -> bool:
    cards = {card.name: card for card in choice.cards}
    whole = sorted(decision.order) == sorted(cards) and set(decision.quality) == set(cards)
    if not whole or decision.recommended not in cards:
        return False
    return not cards[decision.recommended].stops or all(card.stops for card in choice.cards)


def _reasons(best: Card, choice: Choice) -> list[Reason]:
    others = [card for card in choice.cards if card is not best]
    reasons: list[Reason] = []
    if best.stops:
        reasons.append("least_bad")
    elif all(card.stops for card in others):
        reasons.append("only_one")
    if best.named_by_user:
        reasons += ["named"] if "base_model" in choice.wishes else []
    elif any(card.named_by_user for card in others) or best.objective != choice.objective:
        reasons.append("against_wish")
    elif "params" in choice.wishes and best.parts.wish >= _GOOD:
        reasons.append("near_wish")
    if best.parts.quality >= max((card.parts.quality for card in others if not card.stops), default=0.0):
        reasons.append("capable")
    return [*reasons, *_good_parts(best)]


def _good_parts(best: Card) -> list[Reason]:
    parts, trains = best.parts, best.method != "as_is"
    named: list[tuple[Reason, bool]] = [
        ("roomy", trains and parts.memory >= _GOOD),
        ("served", not trains and parts.memory >= _GOOD),
        ("quick", trains and parts.time == 1.0),
        ("cheap", trains and parts.money >= _GOOD),
        ("speaks", best.method != "scratch" and parts.language == 1.0),
        ("free", best.method != "scratch" and parts.license == 1.0),
    ]
    return [reason for reason, holds in named if holds]
