"""The question of judgement: in which order the candidates stand, which one is recommended, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from agents.coder.scoring import LEVELS, Parts, Place, place_of
from framework.artifacts.base import Strict
from framework.artifacts.tech import Level, Method, Objective
from framework.artifacts.tech_figures import params
from framework.engines.base import Ask, Engine, Fenced
from framework.engines.sentences import flaws, sentences_in
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
_OWED: frozenset[Reason] = frozenset({"least_bad", "against_wish"})  # what nobody may leave unsaid
_GOOD = 0.8
_LONGEST_REMARK, _MOST_SENTENCES = 300, 3


class Card(Strict):
    """A candidate, as far as it matters for the judgement. Every figure is computed, none is to be changed."""

    name: str
    objective: Objective
    method: Method
    params: int | None
    named_by_user: bool
    proposed: bool = False  # by a model, beyond the catalog
    figures: str = ""  # memory, hours and money, as people read them
    stops: list[str]
    warnings: list[str]
    parts: Parts
    score: float
    excess: float
    level: Level

    @property
    def place(self) -> Place:
        """Where it stands among others."""
        return place_of(bool(self.stops), self.named_by_user, self.excess, self.score, self.name, self.proposed)


class Choice(Strict):
    """What is known when the choice is made. `sheet` tells of the cards what a reader needs."""

    task: str
    objective: Objective
    lang: Lang
    wishes: dict[str, Fenced]
    cards: list[Card]
    sheet: Fenced = ""


class Expected(Strict):
    """The quality to expect of one candidate."""

    name: Annotated[str, Field(max_length=200)]
    level: Level


class Recommendation(Strict):
    """The answer: all candidates in order, the recommended one, why, the quality to expect of each, and an opinion."""

    order: list[Annotated[str, Field(max_length=200)]] = Field(max_length=20)
    recommended: Annotated[str, Field(max_length=200)]
    reasons: list[Reason] = Field(max_length=12)
    quality: list[Expected] = Field(max_length=20)
    remark: Annotated[str, Field(max_length=1000, description="what else you would say; may be empty")] = ""

    @property
    def levels(self) -> dict[str, Level]:
        """The quality by name."""
        return {expected.name: expected.level for expected in self.quality}


def recommend(engine: Engine, choice: Choice) -> tuple[Recommendation, bool]:
    """The engine's judgement, and whether it stands; one that does not is replaced by the rule's."""
    decision = engine.decide(ask(choice))
    return (rule(choice), False) if faults(choice, decision) else (decision, True)


def ask(choice: Choice) -> Ask[Choice, Recommendation]:
    """The question about the candidates."""
    return Ask("coder.recommend", choice, Recommendation, rule, faults)


def sheet_of(cards: list[Card]) -> str:
    """The cards for a reader, one block each."""
    return "\n\n".join(
        f"name: {card.name}\nmethod: {card.method}; parameters: {params(card.params)}\nfigures: {card.figures}\n"
        f"named by the user: {card.named_by_user}; proposed beyond the catalog: {card.proposed}\n"
        f"cannot because of: {', '.join(card.stops) or 'nothing'}; warnings: {', '.join(card.warnings) or 'none'}\n"
        f"score: {card.score:.2f}; quality to expect at most: {card.level}"
        for card in cards
    )


def rule(choice: Choice) -> Recommendation:
    """Every candidate in its place, and the first one recommended."""
    ordered = sorted(choice.cards, key=lambda card: card.place)
    best = ordered[0]
    return Recommendation(
        order=[card.name for card in ordered],
        recommended=best.name,
        reasons=_reasons(best, choice),
        quality=[Expected(name=card.name, level=card.level) for card in choice.cards],
    )


def faults(choice: Choice, decision: Recommendation) -> list[str]:
    """Why the decision cannot stand, by arithmetic."""
    cards = {card.name: card for card in choice.cards}
    if sorted(decision.order) != sorted(cards) or sorted(one.name for one in decision.quality) != sorted(cards):
        return [f"order and quality: each of {', '.join(cards)} must stand in both once"]
    if decision.order[0] != decision.recommended:
        return ["recommended: it must be the first of order"]
    return [
        *_overlooked(cards[decision.recommended], choice),
        *_claimed(cards[decision.recommended], choice, decision),
        *_said(choice, decision.remark),
    ]


def _overlooked(best: Card, choice: Choice) -> Iterator[str]:
    """What stands against recommending it while others are there."""
    works = [card for card in choice.cards if not card.stops]
    if best.stops and works:
        yield f"recommended: {best.name} cannot be had ({', '.join(best.stops)}), and {works[0].name} can"
    elif not best.named_by_user and any(card.named_by_user for card in works):
        yield "recommended: what the user named can be had, and comes first"
    elif best.proposed and not best.named_by_user:
        yield f"recommended: {best.name} is a proposal beyond the catalog, and the user has not named it"


def _claimed(best: Card, choice: Choice, decision: Recommendation) -> Iterator[str]:
    """Claims that the figures do not bear out."""
    true = _reasons(best, choice)
    if wrong := [reason for reason in decision.reasons if reason not in true]:
        yield f"reasons: {', '.join(wrong)} is not so; for {best.name} hold {', '.join(true) or 'none'}"
    if owed := [reason for reason in true if reason in _OWED and reason not in decision.reasons]:
        yield f"reasons: {', '.join(owed)} must be said"
    for card in choice.cards:
        if LEVELS.index(decision.levels[card.name]) > LEVELS.index(card.level):
            yield f"quality of {card.name}: {card.level} is the most that its figures allow"


def _said(choice: Choice, remark: str) -> Iterator[str]:
    if not remark:
        return
    given = f"{choice.sheet} {' '.join(choice.wishes.values())}"
    yield from (f"remark: {flaw}" for flaw in flaws(remark, choice.lang, _LONGEST_REMARK, given))
    if sentences_in(remark) > _MOST_SENTENCES:
        yield f"remark: {_MOST_SENTENCES} sentences are the most"


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
