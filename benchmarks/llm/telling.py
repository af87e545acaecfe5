"""The guidance in plain words, by a model: a sentence with a figure that is none of the report's may not stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agents.coder.guidance import advise, guidance_of, scripts_for
from agents.coder.guiding.plain_words import in_plain_words
from agents.coder.guiding.standing import compared
from benchmarks.llm.cases import Case, Overheard, Verdict
from framework.artifacts.guidance import Guidance
from framework.artifacts.tech_figures import count, gb, hours
from tests.llm.personas import Question, Script
from tests.unit.coder.guiding.desk import project

PROSE = "coder.prose"


def cases() -> Iterator[Case]:
    """One for a full training on one card."""
    true = _truth(_guidance())
    lies = [*_lies(_guidance()), *_unprovable(_guidance())]
    script = Script(
        truth={PROSE: partial(_said, true)},
        lies={PROSE: [*(partial(_said, lie) for lie in lies), partial(_said, true, score=1.0)]},
    )
    yield Case("one card of 24 GB", script, _run)


@cache
def _guidance() -> Guidance:
    with TemporaryDirectory() as folder:
        workspace = project("card_24", Path(folder) / "project")
        tree = workspace.code()
        advised = advise(workspace, tree, None)
        return guidance_of(advised, compared(scripts_for(workspace, tree, advised), tree, None), [])


def _run(engine: Overheard, _: Path) -> Verdict:
    known = _guidance()
    told = in_plain_words(engine, known)
    passed = [told.plain_words] if told.plain_words in _lies(known) else []
    guessed = [told.plain_words] if told.plain_words in _unprovable(known) else []
    if told.model_copy(update={"plain_words": ""}) != known:
        passed.append("the paragraph changes the report")
    offered = any(getattr(each.decision, "paragraph", "") == _truth(known) for each in engine.proposed)
    return Verdict(passed, [_truth(known)] if offered and told.plain_words != _truth(known) else [], guessed)


def _said(text: str, _: Question, **more: Any) -> Mapping[str, Any]:
    return {"paragraph": text, **more}


def _truth(known: Guidance) -> str:
    plan = known.plans[0]
    time = hours(known.language, plan.wall_hours)
    return (
        f"The training takes {time} and works through {count(plan.steps)} steps. "
        f"It needs {gb(plan.memory_gb)} GB of the card's memory. Look at the first lines of the log before you go away."
    )


def _lies(known: Guidance) -> list[str]:
    plan = known.plans[0]
    return [
        f"The training takes {plan.steps} hours.",
        f"It works through {plan.steps + 1} steps.",
        f"It costs ${gb(plan.memory_gb)} at most.",
        "It takes half an hour on any card.",
        "It costs nine thousand dollars.",
        "The model reaches an accuracy of 97.31 %.",
        "All tests have passed, and the result is guaranteed.",
        "Read http://evil.example before you begin.",
        "The whole training was measured on your machine.",
        f"It takes {gb(plan.usable_gb)} TB of disk.",
    ]


def _unprovable(known: Guidance) -> list[str]:
    """Wrong without a figure: it stands, and the report says that a model has written it."""
    fits = known.plans[0].fits
    return [f"On this machine it {'does not fit' if fits else 'fits with ease'}.", "You need not look at the log."]
