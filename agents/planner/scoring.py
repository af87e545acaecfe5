"""The certainty of a value: provenance x specificity x conflict, with the weights of specs/CREATE.md."""

from __future__ import annotations

import re

from agents.planner.policy import Policy, Specificity
from framework.artifacts.requirements import Item

_HEDGE = re.compile(
    r"~|≈|\b(?:about|around|roughly|approx\w*|circa|maybe|perhaps|probably|some|almost|nearly|or so|i think|i guess)\b"
    r"|大概|大约|约|左右|上下|差不多|估计|可能|也许|将近|来[张个块条]|多[条个万]|几",
    re.IGNORECASE,
)
_REACH = 12  # characters: a hedge belongs to the value right beside it


def score(item: Item, policy: Policy, request: str, in_conflict: bool) -> float:
    """The item's certainty."""
    factor = policy.specificity[specificity(item, request)]
    return round(policy.weights[item.provenance] * factor * (policy.conflict if in_conflict else 1.0), 3)


def specificity(item: Item, request: str) -> Specificity:
    """How exact the words are."""
    if item.value == "unknown" or item.value == "":
        return "open"
    if item.slot == "base_model" and isinstance(item.value, str) and not re.search(r"\d", item.value):
        return "family"
    if item.provenance == "stated" and isinstance(item.value, int | float) and _is_hedged(item, request):
        return "approximate"
    return "exact"


def _is_hedged(item: Item, request: str) -> bool:
    if not item.quote or isinstance(item.value, bool):
        return False
    at = request.find(item.quote)
    around = request[max(0, at - _REACH) : at + len(item.quote) + _REACH // 2]
    return _HEDGE.search(around) is not None
