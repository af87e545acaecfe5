"""From two lists of rules to one: contradictions found, put to a person, and carried out as they decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.planner.conventions.choices import CONFLICT, SIDES, Side, by_person, read_side
from agents.planner.conventions.contradictions import Contradiction, contradictions
from agents.planner.conventions.documents import Stated
from framework.artifacts.base import Question, Strict
from framework.artifacts.project_rules import RuleConflict, Rules
from framework.artifacts.records import Answers
from framework.engines.base import Ask, Engine
from framework.messages import Lang, say


class Pairing(Strict):
    """The context of the question which existing rules an added one contradicts."""

    added: str
    existing: list[str]


class Contradictions(Strict):
    """The answer."""

    found: list[Contradiction]


@dataclass
class Settlement:
    """What remains of both lists, with the conflicts that were met and their questions."""

    existing: list[Stated]
    added: list[Stated]
    conflicts: list[RuleConflict] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


def settle(
    existing: Sequence[Stated],
    added: Sequence[Stated],
    answers: Answers,
    previous: Rules | None,
    engine: Engine,
    lang: Lang,
) -> Settlement:
    """Hold every added rule against all that stand before it."""
    result = Settlement(list(existing), list(added))
    numbers = _Numbers(answers, previous)
    for place, rule in enumerate(added):
        before = [one.text for one in (*existing, *added[:place])]
        pairing = Pairing(added=rule.text, existing=before)
        for found in engine.decide(Ask("planner.rule_conflicts", pairing, Contradictions, _rule)).found:
            _settle(result, rule, found, numbers.of(rule.text, found.existing), answers, lang)
    return result


def _rule(pairing: Pairing) -> Contradictions:
    return Contradictions(found=contradictions(pairing.added, pairing.existing))


def _settle(
    result: Settlement, rule: Stated, found: Contradiction, question: str, answers: Answers, lang: Lang
) -> None:
    asked = _question(question, rule.text, found, answers, lang)
    answer = answers.answers.get(question)
    side = _side(answer.text, found.stricter) if answer else None
    result.questions.append(asked)
    result.conflicts.append(
        RuleConflict(question=question, added=rule.text, existing=found.existing, why=asked.why, settled=side or "")
    )
    if side in (None, "existing"):  # while nobody has decided, what stood there first holds
        result.added = [one for one in result.added if one != rule]
    elif side == "added":
        result.existing = [one for one in result.existing if one.text != found.existing]
        result.added = [one for one in result.added if one.text != found.existing]
    else:
        exception = Stated(rule.section, say(lang, "rules.exception", rule=rule.text, existing=found.existing))
        result.added = [exception if one == rule else one for one in result.added]


def _side(text: str | None, default: Side) -> Side:
    return (read_side(text) or default) if text is not None else default


def _question(question: str, added: str, found: Contradiction, answers: Answers, lang: Lang) -> Question:
    answer = answers.answers.get(question)
    return Question(
        id=question,
        slot=question,
        text=say(lang, "rules.ask_conflict", added=added, existing=found.existing),
        why=say(lang, f"rules.why_{found.kind}", about=found.about),
        choices=[say(lang, f"rules.side_{side}") for side in SIDES],
        default=say(lang, f"rules.side_{found.stricter}"),
        answer=answer.text if answer else None,
        score=1.0 if by_person(answer) else 0.5,
        strategy=say(lang, "rules.default_side") if answer and answer.text is None else "",
    )


class _Numbers:
    """The ids of conflicts. One that was asked keeps its number, and no other ever gets it: it may be answered."""

    def __init__(self, answers: Answers, previous: Rules | None) -> None:
        known = previous.conflicts if previous else []
        self._known = {(one.added, one.existing): one.question for one in known}
        used = [one.question for one in known] + (list(answers.answers) if previous and known else [])
        numbers = [one.removeprefix(CONFLICT) for one in used if one.startswith(CONFLICT)]
        self._last = max((int(number) for number in numbers if number.isdecimal()), default=0)

    def of(self, added: str, existing: str) -> str:
        """The id for a pair of rules."""
        if (added, existing) not in self._known:
            self._last += 1
            self._known[added, existing] = f"{CONFLICT}{self._last}"
        return self._known[added, existing]
