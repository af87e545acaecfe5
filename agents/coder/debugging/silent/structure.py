"""Typical causes of silent bugs that are told by the order of statements, or by two places that should agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from agents.coder.debugging.code_edits import source as sources
from agents.coder.debugging.silent import modes, steps
from agents.coder.debugging.silent.draft import Draft, Texts

Draw = Callable[[Texts], Iterator[Draft]]

_DIAGNOSES: list[tuple[str, Draw]] = [
    (r"step_grad|overfit|resume|accum|learn|update", steps.zero_grad_missing),
    (r"step_grad|overfit|accum|learn|update|grad", steps.zero_grad_between),
    (r"clip|step_grad|update", steps.clip_misplaced),
    (r"sched|lr|update", steps.schedule_missing),
    (r"sched|lr|update", steps.schedule_before_step),
    (r"eval|dropout|validation", modes.eval_missing),
    (r"split|overlap|validation", modes.wrong_side),
    (r"accum|step_grad", steps.accumulation),
    (r"overfit|update|initial|sched|lr|learn|optimizer|loss_value", steps.large_factor),
    (r"resume|checkpoint", modes.not_loaded),
    (r"grad|overfit|update|learn", modes.no_grad_inside),
    (r"seed|resume|determin", modes.seed_not_set),
]


def structural_drafts(probe: str, texts: Mapping[str, str]) -> Iterator[Draft]:
    """Every repair of that kind which fits a probe."""
    read = {file: source for file, text in texts.items() if (source := sources.read(text))}
    for probes, draw in _DIAGNOSES:
        if re.search(probes, probe):
            yield from draw(read)
