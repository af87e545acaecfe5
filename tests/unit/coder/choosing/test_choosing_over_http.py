"""The choice of technology before a model that answers over HTTP: what it may add, and what it cannot move."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agents.coder.technology import choose
from framework.artifacts.tech import Tech
from framework.engines.expert import ExpertEngine
from tests.llm.behaviours import answering
from tests.llm.server import Heard, Server, serving
from tests.unit.coder.llm.over_http import engine_at
from tests.unit.coder.test_candidates import COUNTED, TINY
from tests.unit.coder.wishes import policy, wanted

NEED = {"task": "sft", "hardware__gpu": "RTX 4090"}


def plain() -> Tech:
    return choose(wanted(**NEED), policy(), ExpertEngine())


def told(root: Path, recommend: dict[str, Any] | str, candidates: dict[str, Any] | str) -> tuple[Tech, Server]:
    answers = {"coder.recommend": recommend, "coder.candidates": candidates}

    def answer(heard: Heard) -> object:
        return answers[heard.kind]

    with serving(answering(answer)) as server:
        return choose(wanted(**NEED), policy(), engine_at(server.url, root)), server


def opinion(tech: Tech, **more: Any) -> dict[str, Any]:
    """What the rule says, as a model would write it."""
    return {
        "order": [candidate.name for candidate in tech.candidates],
        "recommended": tech.recommended,
        "reasons": [reason.key for reason in tech.reasons],
        "quality": [{"name": candidate.name, "level": candidate.quality} for candidate in tech.candidates],
        "remark": "",
    } | more


def test_a_remark_and_a_proposal_are_added_and_marked(tmp_path: Path) -> None:
    known = plain()
    names = [*(candidate.name for candidate in known.candidates), "OtherLlama-1.1B-lora"]
    levels = [{"name": name, "level": "demo"} for name in names]
    remark = "Begin with fifty of your own questions."
    answer = opinion(known, order=names, quality=levels, remark=remark)
    tech, server = told(tmp_path, answer, {"candidates": [TINY]})

    assert len(server.heard) == 2, "each is asked once"
    assert tech.recommended == known.recommended
    assert [reason.text for reason in tech.reasons if reason.key == "opinion"] == [
        f"A model adds, and no program has checked it: {remark}"
    ]
    assert [one.params for one in tech.candidates if one.model == "OtherLlama-1.1B"] == [COUNTED]
    assert {one.quality for one in tech.candidates} == {"demo"}


@pytest.mark.parametrize(
    "change",
    [
        {"recommended": "GPT-5-lora"},
        {"quality": [{"name": "x", "level": "strong"}]},
        {"reasons": ["named", "cheap", "free", "only_one"]},
        {"remark": "It reaches 99.9 % on MMLU."},
        {"score": 1.0},
        {"order": []},
    ],
    ids=["recommended", "quality", "reasons", "remark", "own score", "order"],
)
def test_an_opinion_that_does_not_hold_changes_nothing(tmp_path: Path, change: dict[str, Any]) -> None:
    known = plain()
    tech, server = told(tmp_path, opinion(known, **change), {"candidates": []})

    assert tech == known
    assert len(server.asked("coder.recommend")) == 2, "asked, and asked once more"


@pytest.mark.parametrize(
    "candidate",
    [
        TINY | {"params_b": 70},
        TINY | {"layers": "22"},
        TINY | {"hidden": -1},
        TINY | {"name": "../../etc/passwd"},
        TINY | {"quality": "strong"},
        TINY | {"layers": 10**9},
    ],
    ids=["size", "type", "negative", "path", "own score", "endless"],
)
def test_a_proposal_that_does_not_hold_changes_nothing(tmp_path: Path, candidate: dict[str, Any]) -> None:
    known = plain()
    tech, _ = told(tmp_path, opinion(known), {"candidates": [candidate]})
    assert tech == known
