"""The gate of requirements.md: what is certain is proven, and what is not has a follow-up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from framework.artifacts.base import Question
from framework.artifacts.codec import encode
from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.records import RunRecord, Settings
from framework.artifacts.requirements import Contradiction, Item, Project, Requirements
from framework.gates.requirements import judge
from framework.messages import LANGUAGES, Lang

REQUEST = "A chatbot on one 24 GB card"
TASK = Item(slot="task", value="sft", provenance="inferred", score=0.75)
CERTAIN = Item(slot="hardware.vram_gb", value=24, provenance="stated", quote="24 GB", score=0.95)
WEAK = Item(slot="license", value="commercial", provenance="defaulted", score=0.4)
FOLLOW_UP = "Ask before the first release."


def question(**changes: Any) -> Question:
    return Question(**{"id": "license", "slot": "license", "text": "Which?", "why": "w", "score": 0.4} | changes)


def findings(root: Path, lang: Lang = "en", **parts: Any) -> list[str]:
    files = ProjectFiles(root)
    files.write_run(RunRecord(name="demo", lang=lang, request=REQUEST, settings=Settings(), created_at="now"))
    items = [TASK, *parts.pop("items", [CERTAIN])]
    model = Requirements(project=Project(name="demo", title="Demo", language=lang), items=items, **parts)
    write_text(files.report("requirements.md"), encode(model))
    return [f"{finding.where}: {finding.message}" for finding in judge(files).findings]


def test_what_is_certain_passes(tmp_path: Path) -> None:
    assert findings(tmp_path) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_uncertain_needs_a_follow_up(tmp_path: Path, lang: Lang) -> None:
    (found,) = findings(tmp_path, lang, items=[WEAK])
    assert "license" in found
    assert "0.4" in found
    assert "0.6" in found

    assert findings(tmp_path, lang, items=[WEAK], questions=[question(strategy=FOLLOW_UP)]) == []


def test_the_threshold_itself_is_not_enough(tmp_path: Path) -> None:
    assert findings(tmp_path, items=[WEAK.model_copy(update={"score": 0.6})])
    assert not findings(tmp_path, items=[WEAK.model_copy(update={"score": 0.61})])


def test_an_open_question_fails_and_an_answered_one_passes(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, questions=[question()])
    assert "foundry resume" in found

    assert findings(tmp_path, questions=[question(answer="MIT", score=1.0)]) == []


@pytest.mark.parametrize(("quote", "wrong"), [(None, True), ("80 GB", True), ("24 gb", True), ("24 GB", False)])
def test_a_stated_value_quotes_the_request_to_the_letter(tmp_path: Path, quote: str | None, wrong: bool) -> None:
    item = CERTAIN.model_copy(update={"quote": quote})

    assert bool(findings(tmp_path, items=[item])) == wrong


def test_a_contradiction_is_settled_by_an_answer_or_a_follow_up(tmp_path: Path) -> None:
    conflict = Contradiction(slots=["params", "hardware.vram_gb"], why="30B needs 500 GB", options=["QLoRA", "7B"])
    asked = question(id=conflict.question_id, slot="params")

    assert "30B needs 500 GB" in findings(tmp_path, contradictions=[conflict])[0]
    for settled in (asked.model_copy(update={"answer": "7B", "score": 1.0}), question(id=asked.id, strategy=FOLLOW_UP)):
        assert findings(tmp_path, contradictions=[conflict], questions=[settled]) == []
