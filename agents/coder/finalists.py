"""From everything that was worked out to the few that are worth a person's time."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

from agents.coder.limits import conflicts_of
from agents.coder.need import Need
from agents.coder.plan import Draft
from agents.coder.policy import Policy
from agents.coder.scoring import Parts, Place, parts_of, place_of, score_of
from framework.artifacts.tech import Conflict

_PATIENCE = 0.4  # of the score for time: more than twice too slow is no alternative
_HOPELESS = 100.0  # times a limit: beyond that all are alike
_CANNOT_START = frozenset({"memory", "serving_memory", "size_unknown", "no_4bit", "no_4bit_experts"})
_LIGHTER = (0.1, 0.6)  # of the best one's size


@dataclass(frozen=True)
class Judged:
    """A draft with its conflicts and its score."""

    draft: Draft
    conflicts: tuple[Conflict, ...]
    parts: Parts
    score: float

    @property
    def name(self) -> str:
        return self.draft.name

    @property
    def title(self) -> str:
        """The model, whatever the method."""
        return self.draft.option.title

    @property
    def stops(self) -> tuple[Conflict, ...]:
        """What makes it impossible."""
        return tuple(conflict for conflict in self.conflicts if conflict.severity == "stop")

    @property
    def excess(self) -> float:
        """How far it is beyond the limits, in powers of ten. What cannot even start is a power further."""
        return sum((c.key in _CANNOT_START) + log10(min(_HOPELESS, max(1.0, c.times or _HOPELESS))) for c in self.stops)

    @property
    def place(self) -> Place:
        """Where it stands among others."""
        option = self.draft.option
        return place_of(bool(self.stops), option.named, self.excess, self.score, self.name, option.told is not None)

    @property
    def params(self) -> int:
        return self.draft.option.params or 0


def judged(need: Need, policy: Policy, drafts: list[Draft]) -> list[Judged]:
    """Every draft with its score, best first."""
    everything = []
    for draft in drafts:
        parts = parts_of(need, policy, draft)
        conflicts = tuple(conflicts_of(need, policy, draft))
        everything.append(Judged(draft, conflicts, parts, score_of(parts, policy.ranking)))
    return sorted(everything, key=lambda one: one.place)


def finalists(ranked: list[Judged], need: Need, policy: Policy) -> list[Judged]:
    """The best one, the user's own wish, a lighter and a stronger one; then the next best of other models."""
    chosen = [ranked[0]]
    for pick in (_wished(ranked, need), *_named_each(ranked), _lighter(ranked), _stronger(ranked), *ranked[1:]):
        if pick and len(chosen) < policy.candidates.most and pick.title not in {one.title for one in chosen}:
            chosen.append(pick)
    for pick in ranked:  # a single model, then: its other methods
        if len(chosen) < policy.candidates.least and pick not in chosen:
            chosen.append(pick)
    return sorted([*chosen, *_proposed(ranked, chosen)], key=ranked.index)


def _proposed(ranked: list[Judged], chosen: list[Judged]) -> list[Judged]:
    """The best way for each model that was proposed beyond the catalog."""
    best: dict[str, Judged] = {}
    for one in ranked:
        if one.draft.option.told and one.title not in {other.title for other in chosen}:
            best.setdefault(one.title, one)
    return list(best.values())


def refused(ranked: list[Judged], chosen: list[Judged]) -> list[Judged]:
    """The other ways to train what the user named or what came out best: people ask for them first."""
    taken = {one.name for one in chosen}
    asked = {one.title for one in ranked if one.draft.option.named} | {chosen[0].title}
    return [one for one in ranked if one.title in asked and one.name not in taken]


def _wished(ranked: list[Judged], need: Need) -> Judged | None:
    """What is nearest to the size that the user wishes, in the way that the user wishes."""
    if need.named or not need.params:
        return None
    return max(ranked, key=lambda one: (one.parts.wish, -len(one.stops), one.score))


def _named_each(ranked: list[Judged]) -> list[Judged]:
    """The best way for each model that the user names."""
    return [one for one in ranked if one.draft.option.named]


def _lighter(ranked: list[Judged]) -> Judged | None:
    least, most = (share * ranked[0].params for share in _LIGHTER)
    return next((one for one in ranked if not one.stops and least <= one.params <= most), None)


def _stronger(ranked: list[Judged]) -> Judged | None:
    best = ranked[0]
    return next(
        (
            one
            for one in ranked
            if not one.stops and one.parts.quality > best.parts.quality and one.parts.time >= _PATIENCE
        ),
        None,
    )
