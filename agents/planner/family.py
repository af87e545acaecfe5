"""Which family serves the requirement: what can be built at all, and why not where nothing can."""

from __future__ import annotations

from framework.artifacts.build import NoFamily
from framework.artifacts.requirements import Requirements
from framework.artifacts.tech import Candidate, Tech, Unmet
from framework.messages import say

FAMILY = "scratch"


def with_family(wanted: Requirements, tech: Tech) -> Tech | None:
    """The technology with a choice that a family serves; None where there is none.

    A model from nothing never stands in for a fine-tune. But who wants one, and was advised otherwise, gets it, with
    everything that speaks against it among what is unmet.
    """
    if wanted.texts("base_model"):
        return None
    if tech.choice and tech.choice.method == FAMILY:
        return tech
    alike = _from_scratch(tech)
    if not alike or wanted.value("task") != "pretrain":
        return None
    return tech.model_copy(update={"recommended": alike[0].name, "unmet": _against(wanted, tech, alike[0])})


def _from_scratch(tech: Tech) -> list[Candidate]:
    return [one for one in tech.candidates if one.method == FAMILY and one.shape and one.training]


def _against(wanted: Requirements, tech: Tech, chosen: Candidate) -> list[Unmet]:
    return [
        Unmet(
            slot=conflict.slot,
            wish=wanted.text(conflict.slot) or chosen.name,
            why=conflict.text,
            nearest=[say(tech.language, "build.advised", name=tech.recommended)],
        )
        for conflict in chosen.conflicts
    ]


def refusal(tech: Tech) -> NoFamily:
    """Why nothing can be built, and what can be had instead."""
    lang, best = tech.language, tech.choice
    method = say(lang, f"technology.method_{best.method}") if best else ""
    possible = [
        say(lang, "build.instead_candidate", name=one.name, project=tech.project.name) for one in _from_scratch(tech)
    ]
    return NoFamily(
        wanted=f"{best.name if best else tech.recommended}: {say(lang, f'technology.objective_{tech.objective}')}, {method}",
        why=say(lang, "build.no_family"),
        instead=[*possible, say(lang, "build.instead_scratch"), say(lang, "build.instead_reports")],
    )
