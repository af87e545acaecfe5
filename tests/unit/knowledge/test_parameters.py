"""Parameters are counted to the digit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from framework.knowledge.catalog import find_model, models
from framework.knowledge.dialects import families
from framework.knowledge.hf_config import parse_config
from framework.knowledge.parameters import count_parameters

HERE = Path(__file__).parent
# Counts that publishers give for their models (the hub's own count of the weights).
PUBLISHED: list[dict[str, Any]] = json.loads((HERE / "published_counts.json").read_text())
# Counts of models that transformers 5.23 builds from configurations drawn at random, with and without every option.
BUILT: list[dict[str, Any]] = json.loads((HERE / "transformers_counts.json").read_text())
NOT_IN_TRANSFORMERS = {"baichuan", "chatglm", "deepseek", "internlm", "internlm2", "kimi_k2", "minicpm", "new", "qwen"}
SAME_AS_ANOTHER = {"Yi", "xverse", "stablelm_epoch"}


@pytest.mark.parametrize("model", models(), ids=lambda model: model.name)
def test_the_count_of_a_catalog_model_is_the_published_one(model: Any) -> None:
    assert count_parameters(model.architecture).total == model.published_params


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: str(case["name"]))
def test_the_count_is_the_one_that_the_publisher_gives(case: dict[str, Any]) -> None:
    assert count_parameters(parse_config(case["config"])).total == case["params"]


@pytest.mark.parametrize("case", BUILT, ids=lambda case: str(case["config"]["model_type"]))
def test_the_count_is_that_of_the_model_built_by_transformers(case: dict[str, Any]) -> None:
    assert count_parameters(parse_config(case["config"])).total == case["params"]


def test_every_family_is_proved_by_a_count() -> None:
    proved = {case["config"]["model_type"] for case in [*BUILT, *PUBLISHED]}
    vision = {family for family in families() if "_vl" in family}

    assert set(families()) - proved - vision - SAME_AS_ANOTHER <= NOT_IN_TRANSFORMERS


@pytest.mark.parametrize(
    ("name", "billions"),
    [("Mixtral-8x7B", 12.9), ("Qwen3-30B-A3B", 3.3), ("DeepSeek-V2-Lite", 2.7), ("DeepSeek-V3", 37.6)],
)
def test_a_mixture_of_experts_has_few_active_parameters(name: str, billions: float) -> None:
    assert count_parameters(find_model(name).architecture).active / 1e9 == pytest.approx(billions, abs=0.06)


def test_all_parameters_of_a_dense_model_are_active() -> None:
    parameters = count_parameters(find_model("Llama-3-8B").architecture)

    assert parameters.active == parameters.total
