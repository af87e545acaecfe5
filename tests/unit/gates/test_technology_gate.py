"""The gate of tech.md: a real choice, data and limits for each candidate, and no wish dropped in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from framework.artifacts.codec import encode
from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.requirements import Item, Project, Requirements
from framework.artifacts.tech import (
    Candidate,
    Conflict,
    DataChoice,
    DataNeeds,
    Figures,
    Machine,
    Remark,
    Tech,
    Unmet,
)
from framework.gates.technology import judge
from framework.messages import LANGUAGES, Lang

SET = DataChoice(
    name="TinyStories",
    repo="roneneldan/TinyStories",
    own=False,
    split="train",
    rows=1000,
    tokens=None,
    languages=["en"],
    license="CDLA-Sharing-1.0",
    commercial="yes",
    strengths="s",
    weaknesses="w",
)
FIGURES = Figures(
    train_vram_gb=20.8,
    infer_vram_gb=16.5,
    gpu_hours=(1.0, 4.0),
    wall_hours=(1.0, 4.0),
    cost_usd=(0.5, 2.0),
    fits=True,
)
MACHINE = Machine(
    name="1 x RTX 4090 24 GB",
    accelerator="RTX 4090",
    kind="consumer",
    count=1,
    memory_gb=24,
    precision="bf16",
    assumed=False,
)
STOP = Conflict(key="memory", slot="hardware.vram_gb", severity="stop", text="training needs 127 GB")


def candidate(name: str, **changes: Any) -> Candidate:
    fields: dict[str, Any] = {
        "name": name,
        "rank": 1,
        "model": name,
        "repo": None,
        "objective": "sft",
        "method": "lora",
        "params": 7,
        "active_params": 7,
        "shape": None,
        "max_context": None,
        "languages": ["en"],
        "license": "MIT",
        "commercial": "yes",
        "named_by_user": False,
        "data": DataNeeds(mini=SET, full=SET),
        "training": None,
        "serving": None,
        "figures": FIGURES,
        "quality": "good",
        "quality_why": "w",
        "strengths": [Remark(key="k", text="t")],
        "weaknesses": [],
        "conflicts": [],
        "score": 0.5,
    }
    return Candidate(**fields | changes)


def findings(
    root: Path, *candidates: Candidate, lang: Lang = "en", slots: dict[str, Any] | None = None, **changes: Any
) -> str:
    """What the gate says, in one text."""
    project = Project(name="demo", title="Demo", language=lang)
    items = [Item(slot=slot, value=value, provenance="stated", score=0.9) for slot, value in (slots or {}).items()]
    fields: dict[str, Any] = {
        "project": project,
        "task": "sft",
        "objective": "sft",
        "feasibility": "as_wished",
        "recommended": "a",
        "reasons": [],
        "machines": [MACHINE],
        "candidates": list(candidates),
        "refused": [],
        "methods": [],
        "advice": [],
        "unmet": [],
        "assumptions": [],
    }
    files = ProjectFiles(root)
    write_text(files.report("tech.md"), encode(Tech(**fields | changes)))
    write_text(files.report("requirements.md"), encode(Requirements(project=project, items=items)))
    return "\n".join(f"{finding.severity} {finding.where}: {finding.message}" for finding in judge(files).findings)


def test_two_sound_candidates_pass(tmp_path: Path) -> None:
    assert findings(tmp_path, candidate("a"), candidate("b")) == ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_candidate_is_no_choice(tmp_path: Path, lang: Lang) -> None:
    said = findings(tmp_path, candidate("a"), lang=lang)
    assert "error candidates" in said
    assert "2" in said
    assert "foundry resume --from technology" in said
    assert ("规则" in said) == (lang == "zh")


def test_the_recommended_one_is_a_candidate(tmp_path: Path) -> None:
    said = findings(tmp_path, candidate("a"), candidate("b"), recommended="gpt-5")
    assert "gpt-5" in said
    assert "a, b" in said


def test_names_differ(tmp_path: Path) -> None:
    assert "several candidates" in findings(tmp_path, candidate("a"), candidate("a"))


@pytest.mark.parametrize("which", ["mini", "full"])
def test_both_datasets_are_named(tmp_path: Path, which: str) -> None:
    nameless = SET.model_copy(update={"name": " "})
    data = DataNeeds(mini=SET, full=SET).model_copy(update={which: nameless})
    assert f"data.{which}" in findings(tmp_path, candidate("a", data=data), candidate("b"))


@pytest.mark.parametrize("field", ["gpu_hours", "wall_hours", "cost_usd"])
@pytest.mark.parametrize("span", [(4.0, 1.0), (-1.0, 2.0)])
def test_a_range_goes_from_low_to_high(tmp_path: Path, field: str, span: tuple[float, float]) -> None:
    said = findings(tmp_path, candidate("a", figures=FIGURES.model_copy(update={field: span})), candidate("b"))
    assert field in said
    assert str(span[0]) in said


@pytest.mark.parametrize("field", ["train_vram_gb", "infer_vram_gb", "gpu_hours", "wall_hours", "cost_usd"])
def test_a_missing_figure_needs_a_reason(tmp_path: Path, field: str) -> None:
    missing = FIGURES.model_copy(update={field: None})
    explained = missing.model_copy(update={"unknown_because": "nothing is trained"})
    assert field in findings(tmp_path, candidate("a", figures=missing), candidate("b"))
    assert findings(tmp_path, candidate("a", figures=explained), candidate("b")) == ""


def test_memory_is_above_nothing_and_within_the_card(tmp_path: Path) -> None:
    none = candidate("a", figures=FIGURES.model_copy(update={"infer_vram_gb": 0.0}))
    large = candidate("b", figures=FIGURES.model_copy(update={"train_vram_gb": 127.0}))
    said = findings(tmp_path, none, large)
    assert "infer_vram_gb" in said
    assert "127" in said
    assert "24" in said


def test_what_cannot_work_is_not_recommended_over_what_can(tmp_path: Path) -> None:
    said = findings(tmp_path, candidate("a", conflicts=[STOP]), candidate("b"))
    assert "recommend b" in said
    assert "hardware.vram_gb" in said


def test_a_broken_limit_of_the_best_is_named_as_unmet(tmp_path: Path) -> None:
    broken = [candidate(name, conflicts=[STOP]) for name in ("a", "b")]
    wish = Unmet(slot="hardware.vram_gb", wish="24", why="127 GB", nearest=["QLoRA"])
    slots = {"hardware.vram_gb": 24}
    assert "hardware.vram_gb = 24" in findings(tmp_path, *broken, slots=slots)
    assert findings(tmp_path, *broken, slots=slots, unmet=[wish]) == ""


@pytest.mark.parametrize(
    ("slots", "slot"),
    [
        ({"base_model": "Qwen2.5-7B"}, "base_model"),
        ({"method": "full"}, "method"),
        ({"time_limit_h": 0.5}, "time_limit_h"),
        ({"budget_usd": 0.1}, "budget_usd"),
    ],
)
def test_a_wish_that_is_dropped_is_seen(tmp_path: Path, slots: dict[str, Any], slot: str) -> None:
    said = findings(tmp_path, candidate("a"), candidate("b"), slots=slots)
    assert f"{slot} = {next(iter(slots.values()))}" in said
    named = Unmet(slot=slot, wish="w", why="y", nearest=["n"])
    assert findings(tmp_path, candidate("a"), candidate("b"), slots=slots, unmet=[named]) == ""


def test_a_wish_that_is_fulfilled_is_no_finding(tmp_path: Path) -> None:
    slots = {"base_model": "Qwen2.5-7B", "method": ["lora", "dpo"], "time_limit_h": 2, "budget_usd": 0}
    assert findings(tmp_path, candidate("a", named_by_user=True), candidate("b"), slots=slots) == ""


def test_an_unmet_wish_says_what_comes_nearest(tmp_path: Path) -> None:
    wish = Unmet(slot="params", wish="70B", why="years", nearest=[])
    assert "no nearest alternative" in findings(tmp_path, candidate("a"), candidate("b"), unmet=[wish])


def test_figures_belong_to_a_machine(tmp_path: Path) -> None:
    assert "machines" in findings(tmp_path, candidate("a"), candidate("b"), machines=[])
