"""The catalogs: what stands in them, and that people find it by the names they use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from framework.errors import UsageError
from framework.knowledge import names
from framework.knowledge.catalog import (
    Accelerator,
    Model,
    Utilisation,
    accelerators,
    efficiency_of,
    find_accelerator,
    find_model,
    models,
)


def test_there_is_something_to_choose_from() -> None:
    shapes = [model for model in models() if model.origin == "scratch"]

    assert len(accelerators()) >= 24
    assert len(models()) - len(shapes) >= 30
    assert len(shapes) >= 7
    assert {entry.kind for entry in accelerators()} == {
        "consumer",
        "datacentre",
        "amd",
        "apple",
        "ascend",
        "tpu",
        "cpu",
    }


@pytest.mark.parametrize(
    "task", ["pretrain", "sft", "dpo", "lora_finetune", "classification", "embedding", "serving_only"]
)
def test_every_task_has_at_least_two_candidates_that_may_be_sold(task: str) -> None:
    assert len([model for model in models() if task in model.tasks and model.commercial_use]) >= 2


@pytest.mark.parametrize("task", ["sft", "lora_finetune", "classification", "embedding"])
def test_chinese_is_served_in_every_kind_of_task(task: str) -> None:
    assert len([model for model in models() if task in model.tasks and "zh" in model.languages]) >= 2


@pytest.mark.parametrize("entry", accelerators(), ids=lambda entry: entry.name)
def test_an_accelerator_is_found_by_each_of_its_names(entry: Accelerator) -> None:
    assert {find_accelerator(name).name for name in (entry.name, entry.name.lower(), *entry.aliases)} == {entry.name}
    assert efficiency_of(entry).usable <= 1
    assert entry.usd_per_hour.low <= entry.usd_per_hour.typical <= entry.usd_per_hour.high


@pytest.mark.parametrize("entry", models(), ids=lambda entry: entry.name)
def test_a_model_is_found_by_its_names_and_those_of_its_weights(entry: Model) -> None:
    written = [entry.name, entry.name.upper(), *entry.aliases, *filter(None, (entry.repo,))]

    assert {find_model(name).name for name in written} == {entry.name}


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("4090", "RTX 4090"),
        ("rtx4090", "RTX 4090"),
        ("RTX 4090 24G", "RTX 4090"),
        ("4090 24G显存", "RTX 4090"),
        ("英伟达 4090 显卡", "RTX 4090"),
        ("NVIDIA GeForce RTX 3060", "RTX 3060"),
        ("A100 80G", "A100"),
        ("A100-80GB", "A100"),
        ("NVIDIA A100-SXM4-80GB", "A100"),
        ("Tesla V100-SXM2-16GB", "V100"),
        ("H100 80GB HBM3", "H100"),
        ("H100 PCIe", "H100 PCIe"),
        ("A10G", "A10G"),
        ("a10", "A10"),
        ("昇腾910B", "Ascend 910B"),
        ("华为昇腾 910B", "Ascend 910B"),
        ("m2 max", "M2 Max"),
        ("MacBook Air M2", "M2"),
        ("MacBook Pro M3 Max", "M3 Max"),
        ("cpu", "CPU"),
        ("ＲＴＸ　４０９０", "RTX 4090"),
    ],
)
def test_accelerators_are_found_as_people_and_drivers_write_them(typed: str, name: str) -> None:
    assert find_accelerator(typed).name == name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("qwen2.5-7b-instruct", "Qwen2.5-7B"),
        ("Qwen 2.5 7B", "Qwen2.5-7B"),
        ("meta-llama/Meta-Llama-3-8B-Instruct", "Llama-3-8B"),
        ("llama3 8b", "Llama-3-8B"),
        ("Llama-2-7b-chat-hf", "Llama-2-7B"),
        ("tinyllama", "TinyLlama-1.1B"),
        ("gpt2", "GPT-2"),
        ("gemma-2-2b-it", "Gemma-2-2B"),
        ("bge m3", "bge-m3"),
        ("Mistral 7B", "Mistral-7B"),
    ],
)
def test_models_are_found_as_people_write_them(typed: str, name: str) -> None:
    assert find_model(typed).name == name


def test_a_point_tells_two_models_apart() -> None:
    assert names.key("Qwen2.5-7B") != names.key("Qwen25-7B")
    assert find_model("Llama-3.1-8B").name != find_model("Llama-3-8B").name


def test_an_unknown_name_is_answered_with_the_nearest_ones() -> None:
    with pytest.raises(UsageError, match="no accelerator called 'RTX 4095' is known") as card:
        find_accelerator("RTX 4095")
    with pytest.raises(UsageError, match=r"no model called 'Qwen2\.5-8B' is known") as model:
        find_model("Qwen2.5-8B")

    assert "RTX 4090" in card.value.hint
    assert "Qwen2.5-7B" in model.value.hint


@pytest.mark.parametrize("typed", ["", "   ", "两", "🙂", "-", "80GB"])
def test_what_names_nothing_is_refused(typed: str) -> None:
    with pytest.raises(UsageError):
        find_accelerator(typed)
    with pytest.raises(UsageError):
        find_model(typed)


@given(st.text(max_size=40))
def test_any_text_is_either_found_or_refused_politely(text: str) -> None:
    try:
        find_accelerator(text)
    except UsageError as error:
        assert error.hint


@pytest.mark.parametrize(
    ("text", "memory"), [("A100 80G", 80), ("RTX 3060 12GB", 12), ("A10G", None), ("M2 Max 64 GB", 64), ("4090", None)]
)
def test_the_memory_beside_a_name_is_read(text: str, memory: int | None) -> None:
    assert names.memory_in(text) == memory


def test_no_two_entries_share_a_name() -> None:
    for entries in (accelerators(), models()):
        keys = [names.key(entry.name) for entry in entries]
        assert len(keys) == len(set(keys))


def test_weights_say_where_they_lie_and_under_which_licence() -> None:
    for model in models():
        assert model.source.startswith("https://")
        assert model.license
        assert (model.repo is None) == (model.origin == "scratch")
        assert model.commercial_use or model.license_note


def test_a_utilisation_range_that_tells_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="at most four times low"):
        Utilisation(low=0.1, high=0.5)
