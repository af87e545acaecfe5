"""The question: what else does the request say? Nothing, by the rules: they have read it already."""

from __future__ import annotations

from functools import cache
from typing import Annotated, cast

from pydantic import Field

from agents.planner.rules import rule_text
from agents.planner.second_reading.evidence import Evidence, Told
from framework.artifacts.base import Strict
from framework.engines.base import Ask, Engine, Fenced
from framework.engines.sentences import flaws
from framework.messages import Lang
from framework.resources import parse_yaml

MOST_TOLD = 20
_LONGEST_TITLE = 80


class More(Strict):
    """What is known when the request is read again."""

    lang: Lang
    request: Fenced
    known: Fenced
    slots: str


class Found(Strict):
    """What the request says besides, and what the project is called for people; both may be empty."""

    values: list[Told] = Field(max_length=MOST_TOLD)
    title: Annotated[str, Field(max_length=200)]


def read_more(engine: Engine, evidence: Evidence) -> Found:
    """The engine's answer. What it tells is proven or refused by `Evidence`, here and once more where it is used."""
    return engine.decide(ask(evidence))


def ask(evidence: Evidence) -> Ask[More, Found]:
    """The question about a request and what the rules have read in it."""
    known = "\n".join(f"{item.slot}: {item.value}" for item in evidence.items)
    context = More(lang=evidence.lang, request=evidence.text, known=known, slots="\n".join(slot_lines()))

    def faults(_: More, found: Found) -> list[str]:
        wrong = [f"title: {flaw}" for flaw in title_flaws(found.title, evidence)]
        refused = [(told, evidence.complaint(told)) for told in found.values]
        return wrong + [f"{told.slot} = {told.value!r}: {why}" for told, why in refused if why]

    return Ask("planner.read_more", context, Found, _nothing, faults)


def title_flaws(title: str, evidence: Evidence) -> list[str]:
    """Why the project cannot be called so; none where no title is proposed."""
    return list(flaws(title, evidence.lang, _LONGEST_TITLE, evidence.text)) if title else []


def _nothing(_: More) -> Found:
    return Found(values=[], title="")


@cache
def slot_lines() -> tuple[str, ...]:
    """Each slot with what its value is, one line each."""
    lines = cast(dict[str, str], parse_yaml(rule_text("slots.yaml")))
    return tuple(f"{slot}: {line}" for slot, line in lines.items())
