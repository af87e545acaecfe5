"""The account: every item of requirements.md is covered, with its place, or unmet, with what it would take."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agents.coder.scratch import details, machine, software, subject, terms
from agents.coder.scratch.case import Covered, Made, Outcome
from agents.coder.scratch.settings import Name
from agents.coder.scratch.sources import Supply
from framework.artifacts.requirements import Item
from framework.artifacts.tech import Unmet
from framework.messages import say

Rule = Callable[[Made, list[Supply], Item], Iterator[Outcome]]

RULES: dict[str, Rule] = {**subject.RULES, **machine.RULES, **terms.RULES, **software.RULES}
_RECKONED = ("time_limit_h", "budget_usd", "hardware.vram_gb")  # slots whose figures are tech.md's
_TELLING: frozenset[Name] = frozenset(("layers", "width", "d_ff", "vocab", "epochs", "steps", "batch"))


def account(made: Made, supplies: list[Supply]) -> list[Outcome]:
    """In the order of the requirements; last what nobody wrote into a slot."""
    outcomes = [outcome for item in made.case.wanted.items for outcome in _of_item(made, supplies, item)]
    if not any(isinstance(one, Unmet) and one.slot == "dataset" for one in outcomes):
        outcomes += subject.replaced(made, supplies[0])
    told = {(outcome.slot, outcome.wish) for outcome in outcomes if isinstance(outcome, Unmet)}
    rest = [unmet for unmet in made.case.tech.unmet if (unmet.slot, unmet.wish) not in told]
    inside = [*software.inside(made), *details.numbers(made), *details.parts(made), *details.absent(made)]
    return [*outcomes, *rest, *inside]


def _of_item(made: Made, supplies: list[Supply], item: Item) -> list[Outcome]:
    """What tech.md already calls unmet stays unmet, whatever the template could do about it."""
    outcomes = list(RULES[item.slot](made, supplies, item))
    refused = next((unmet for unmet in made.case.tech.unmet if unmet.slot == item.slot), None)
    if refused is None:
        return [_with_warnings(made, outcome) for outcome in outcomes]
    whole = not isinstance(item.value, list)
    kept = [one for one in outcomes if isinstance(one, Covered) and not whole and one.value not in refused.wish]
    return [*kept, refused]


def _with_warnings(made: Made, outcome: Outcome) -> Outcome:
    """What tech.md warns of is said where the wish is called covered."""
    if isinstance(outcome, Unmet):
        return outcome
    warnings = [one.text for one in made.case.choice.conflicts if one.slot == outcome.slot]
    if outcome.slot in _RECKONED and made.case.settings.keys() & _TELLING:
        warnings.append(say(made.case.lang, "scratch.before_settings"))
    return outcome.model_copy(update={"how": " ".join([outcome.how, *warnings])}) if warnings else outcome
