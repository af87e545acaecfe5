"""What the run reads: the datasets with their shares, and what is done to text before it is learned from."""

from __future__ import annotations

from collections.abc import Iterator

from agents.coder.guiding.amounts import Subject, sourced
from agents.coder.guiding.facts import facts
from agents.coder.guiding.full_run import FULL
from framework.artifacts.guidance import Mixture, Part, Source
from framework.artifacts.tech import DataChoice
from framework.messages import say


def mixture_of(subject: Subject) -> Mixture:
    """The datasets of tech.md that are trained on, by their tokens."""
    return Mixture(parts=_parts(subject), advice=list(_advice(subject)))


def _parts(subject: Subject) -> list[Part]:
    """One that nobody has counted weighs as much as the mean of the others."""
    choices = subject.candidate.data.trained_on
    counted = [choice.tokens for choice in choices if choice.tokens]
    usual = sum(counted) / len(counted) if counted else 1
    weights = [choice.tokens or usual for choice in choices]
    return [_part(choice, weight / sum(weights)) for choice, weight in zip(choices, weights, strict=True)]


def _part(choice: DataChoice, share: float) -> Part:
    return Part(
        name=choice.name,
        share=round(share, 4) or 0.0001,
        tokens=choice.tokens,
        languages=choice.languages,
        license=choice.license,
    )


def _advice(subject: Subject) -> Iterator[Source]:
    data, lang = subject.run.data, subject.lang
    yield sourced(lang, "duplicates", facts().duplicates, setting=_said(data.deduplicate))
    languages = {language for choice in subject.candidate.data.trained_on for language in choice.languages}
    settings = {
        "order": _said(data.shuffle),
        "packing": _said(data.packing),
        "isolation": _said(data.isolate_documents),
        "augmentation": "",
        "contamination": "",
        "one_source": data.dataset_name,
    }
    if len(languages) > 1:
        settings["languages"] = ", ".join(sorted(languages))
    for choice in subject.candidate.data.trained_on:
        if choice.commercial != "yes":
            key = f"guidance.license_{choice.commercial}"
            yield Source(text=say(lang, key, name=choice.name, license=choice.license), source="tech.md")
    for key, setting in settings.items():
        yield Source(text=say(lang, f"guidance.data_{key}", setting=setting), source=FULL)


def _said(value: bool) -> str:
    return "true" if value else "false"
