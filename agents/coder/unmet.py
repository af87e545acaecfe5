"""The wishes that the recommendation does not fulfil: none is dropped without a word."""

from __future__ import annotations

from collections.abc import Iterator

from agents.coder.finalists import Judged
from agents.coder.findings import Findings
from agents.coder.nearest import nearest_to
from framework.artifacts.tech import Unmet
from framework.artifacts.tech_figures import count, params
from framework.messages import say

_SIZE_TOLERANCE = 1.5


def unmet_wishes(known: Findings) -> list[Unmet]:
    """One entry for each wish, in the order of the requirements' slots."""
    found: dict[str, Unmet] = {}
    for rule in (_task, _model, _size, _method, _preference, _own_data, _datasets, _limits):
        for unmet in rule(known):
            found.setdefault(unmet.slot, unmet)
    return list(found.values())


def _unmet(known: Findings, slot: str, wish: str, why: str, wished: Judged | None) -> Unmet:
    nearest = nearest_to(wished, known.ranked, known.workshop) if wished else []
    recommended = say(known.lang, "technology.nearest_recommended", name=known.best.name)
    return Unmet(slot=slot, wish=wish, why=why, nearest=nearest or [recommended])


def _why(known: Findings, wished: Judged | None) -> str:
    """The first thing that makes it impossible; else that another one is simply better."""
    if wished and wished.stops:
        return wished.stops[0].text
    if wished and wished.conflicts:
        return say(known.lang, "technology.why_possible", name=known.best.name, conflict=wished.conflicts[0].text)
    return say(known.lang, "technology.why_better", name=known.best.name)


def _task(known: Findings) -> Iterator[Unmet]:
    need, best = known.need, known.best
    if best.draft.option.objective != need.objective:
        alike = [one for one in known.ranked if one.draft.option.objective == need.objective]
        own = max(alike, key=lambda one: (one.parts.wish, one.score), default=None)
        wish = say(known.lang, f"technology.objective_{need.objective}")
        yield _unmet(known, "task", wish, _why(known, own), own)


def _model(known: Findings) -> Iterator[Unmet]:
    named = known.named()
    for entry in known.need.named:
        tries = [one for one in named if one.title == (entry.model.name if entry.model else one.title)]
        if tries and not known.best.draft.option.named:
            yield _unmet(known, "base_model", entry.text, _why(known, tries[0]), tries[0])


def _size(known: Findings) -> Iterator[Unmet]:
    wish, have = known.need.params, known.best.params
    if wish and not known.need.named and have and max(wish, have) / min(wish, have) > _SIZE_TOLERANCE:
        wished = known.wish()
        yield _unmet(known, "params", params(wish), _why(known, wished), wished)


def _method(known: Findings) -> Iterator[Unmet]:
    need, option = known.need, known.best.draft.option
    if need.methods and option.method not in need.methods and option.method != "as_is":
        alike = [one for one in known.ranked if one.title == option.title] + known.ranked
        wished = next((one for one in alike if one.draft.option.method in need.methods), None)
        wish = ", ".join(say(known.lang, f"technology.method_{method}") for method in sorted(need.methods))
        yield _unmet(known, "method", wish, _why(known, wished), wished)


def _preference(known: Findings) -> Iterator[Unmet]:
    """DPO stands in for the methods that need a reward model or a sampler in the loop."""
    others = sorted(known.need.preference_methods - {"dpo", "rlhf"})
    if others and known.need.objective in ("sft", "dpo"):
        wish = ", ".join(method.upper() for method in others)
        why = say(known.lang, "technology.why_dpo")
        yield Unmet(slot="method", wish=wish, why=why, nearest=[say(known.lang, "technology.nearest_dpo")])


def _own_data(known: Findings) -> Iterator[Unmet]:
    """The user's data where training on it makes no sense."""
    own = known.need.own
    if own is None or known.need.objective == "serve":
        return
    lookup = known.need.looks_things_up(known.policy)
    if lookup or known.best.draft.supply.too_small:
        kind = "retrieval" if lookup else "no_dataset"
        why = say(known.lang, f"technology.why_{kind}")
        yield Unmet(slot="dataset", wish=own.text, why=why, nearest=[say(known.lang, f"technology.nearest_{kind}")])


def _datasets(known: Findings) -> Iterator[Unmet]:
    used = {choice.name for choice in known.best.draft.supply.choices}
    unused = [dataset.name for dataset in known.need.datasets if dataset.name not in used]
    names = [*unused, *known.need.unknown_datasets]
    if not names:
        return
    key = "why_dataset_unknown" if known.need.unknown_datasets else "why_dataset_purpose"
    if known.need.objective == "serve":
        key = "why_dataset_serving"
    elif not known.need.unknown_datasets and known.need.objective == "sft":
        key = "why_dataset_later"
    why = say(known.lang, f"technology.{key}", names=", ".join(names))
    nearest = say(known.lang, "technology.nearest_dataset", name=known.best.draft.supply.needs.full.name)
    yield Unmet(slot="dataset", wish=", ".join(names), why=why, nearest=[nearest])


def _limits(known: Findings) -> Iterator[Unmet]:
    """What even the recommended candidate breaks."""
    for conflict in known.best.stops:
        yield _unmet(known, conflict.slot, _wish_in(known, conflict.slot), conflict.text, known.best)


def _wish_in(known: Findings, slot: str) -> str:
    value = known.need.wanted.value(slot)
    if value is None:
        return known.machine.name if slot.startswith("hardware") else say(known.lang, "technology.not_stated")
    return count(value) if type(value) is int else known.need.wanted.text(slot) or str(value)
