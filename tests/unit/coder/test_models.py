"""What an experienced engineer chooses for a machine, a language and a method."""

from __future__ import annotations

import pytest

from framework.artifacts.tech import Tech
from tests.unit.coder.wishes import advised, best_of, run_of, tech_for, unmet

ONE_24GB = {"hardware__vram_gb": 24, "hardware__count": 1}


def refusal(tech: Tech, name: str) -> str:
    return next(one.why for one in tech.refused if one.name == name)


def test_a_7b_on_24_gb_is_tuned_by_adapter_and_full_is_refused_with_numbers() -> None:
    tech = tech_for(task="sft", base_model="Qwen2.5-7B", **ONE_24GB)
    assert best_of(tech).model == "Qwen2.5-7B"
    assert best_of(tech).method in ("lora", "qlora")
    assert "127 GB" in refusal(tech, "Qwen2.5-7B-full")
    assert (tech.feasibility, unmet(tech)) == ("as_wished", set())


def test_full_fine_tuning_where_it_cannot_work_is_named_with_ways_out() -> None:
    tech = tech_for(task="sft", base_model="Qwen2.5-7B", method="full", **ONE_24GB)
    assert best_of(tech).method in ("lora", "qlora")
    (wish,) = tech.unmet
    assert wish.slot == "method"
    assert "127 GB" in wish.why
    assert any("8 x RTX 4090" in way for way in wish.nearest)
    assert any("rented" in way for way in wish.nearest)


def test_30b_in_full_on_one_card_names_both_wishes() -> None:
    tech = tech_for(task="sft", method="full", params=30_000_000_000, **ONE_24GB)
    assert unmet(tech) == {"params", "method"}
    assert best_of(tech).figures.fits


def test_the_same_7b_in_full_fits_on_eight_large_cards() -> None:
    tech = tech_for(task="sft", base_model="Qwen2.5-7B", method="full", hardware__gpu="A800", hardware__count=8)
    assert (best_of(tech).method, tech.feasibility) == ("full", "as_wished")
    assert run_of(tech).sharded


def test_13b_on_eight_a800_is_a_model_of_that_size() -> None:
    best = best_of(tech_for("zh", task="sft", params=13_000_000_000, hardware__gpu="A800", hardware__count=8))
    assert best.params is not None
    assert 10e9 < best.params < 20e9
    assert "zh" in best.languages


def test_a_base_model_that_hardly_speaks_the_language_is_kept_with_a_warning() -> None:
    tech = tech_for("zh", task="sft", base_model="Llama-3-8B", language_of_data="zh", hardware__gpu="RTX 4090")
    assert best_of(tech).model == "Llama-3-8B"
    assert "language" in advised(tech)
    assert any("zh" in candidate.languages for candidate in tech.candidates)


def test_chinese_embeddings_know_the_bge_family() -> None:
    tech = tech_for("zh", task="embedding", base_model="bge-small-zh-v1.5", dataset="几十万对", hardware__gpu="M3 Pro")
    assert best_of(tech).model == "bge-small-zh-v1.5"
    assert "kind_apple" in advised(tech)


def test_a_classifier_is_an_encoder_and_a_cpu_is_enough() -> None:
    tech = tech_for(
        task="classification",
        goal="sentiment of hotel reviews",
        dataset="8000 rows",
        data_format="csv",
        hardware__cpu_only=True,
    )
    best = best_of(tech)
    assert best.params is not None
    assert best.params < 400e6
    assert best.objective == "classification"
    assert best.data.full.rows == 8000
    assert best.figures.wall_hours is not None
    assert best.figures.wall_hours[1] < 16
    assert "cpu_only" in advised(tech)


def test_chinese_classification_takes_a_chinese_encoder() -> None:
    best = best_of(
        tech_for("zh", task="classification", goal="评论情感分类", dataset="两万条", hardware__gpu="RTX 3060")
    )
    assert "zh" in best.languages
    assert "BERT" in best.model


def test_dpo_starts_from_a_model_that_answers() -> None:
    tech = tech_for(
        task="dpo", base_model="Mistral-7B-Instruct", dataset="6k pairs", hardware__gpu="A100", hardware__vram_gb=40
    )
    best = best_of(tech)
    assert (best.objective, best.repo) == ("dpo", "mistralai/Mistral-7B-Instruct-v0.1")
    assert "dpo_needs_sft" in advised(tech)
    assert best.data.full.rows == 6000


@pytest.mark.parametrize("method", ["ppo", "grpo", "kto"])
def test_methods_that_are_not_built_are_named(method: str) -> None:
    tech = tech_for(task="dpo", method=method, base_model="Qwen2.5-1.5B", hardware__gpu="H100")
    assert "method" in unmet(tech)


def test_an_unknown_model_is_computed_by_its_size_and_said() -> None:
    tech = tech_for(
        "zh", task="lora_finetune", base_model="ChatGLM3-6B", dataset="3000 条法律咨询", hardware__vram_gb=24
    )
    best = best_of(tech)
    assert best.model == "ChatGLM3-6B"
    assert best.params is not None
    assert 5e9 < best.params < 7e9
    assert {"model_unknown", "care"} <= advised(tech)


def test_an_unknown_model_without_a_size_stays_without_figures() -> None:
    tech = tech_for(task="sft", base_model="./out/sft-final", hardware__gpu="A6000")
    mine = next(candidate for candidate in tech.candidates if candidate.named_by_user)
    assert mine.figures.train_vram_gb is None
    assert "sft-final" in mine.figures.unknown_because
    assert "model_unknown_size" in advised(tech)
    assert "base_model" in unmet(tech)


def test_unknown_names_of_cards_and_datasets_are_said() -> None:
    tech = tech_for(task="sft", hardware__gpu="Moore Threads S5000", dataset="SuperSecretCorpus-v9")
    assert {"gpu_unknown", "dataset_unknown"} <= advised(tech)
    assert "dataset" in unmet(tech)


def test_no_hardware_gives_several_machines() -> None:
    tech = tech_for(task="unknown", goal="something like ChatGPT for my bakery")
    assert len(tech.machines) == 3
    assert all(machine.assumed for machine in tech.machines)
    assert all(len(candidate.elsewhere) == 2 for candidate in tech.candidates)
    assert "hardware_unknown" in advised(tech)


@pytest.mark.parametrize(("gpu", "key"), [("M1 Ultra", "kind_apple"), ("Ascend 910B", "kind_ascend")])
def test_qlora_needs_an_nvidia_card(gpu: str, key: str) -> None:
    tech = tech_for(task="lora_finetune", method="qlora", base_model="Gemma-2-2B", hardware__gpu=gpu)
    assert best_of(tech).method == "lora"
    assert "method" in unmet(tech)
    assert key in advised(tech)


@pytest.mark.parametrize("gpu", ["T4", "V100", "RTX 2080 Ti"])
def test_cards_without_bf16_train_in_fp16(gpu: str) -> None:
    tech = tech_for(task="sft", hardware__gpu=gpu)
    assert run_of(tech).precision == "fp16"
    assert "fp16" in advised(tech)


def test_a_family_name_stands_for_its_members() -> None:
    best = best_of(tech_for(task="sft", base_model="Llama-3", hardware__gpu="RTX 4090"))
    assert best.model == "Llama-3-8B"


def test_going_on_with_pretraining_trains_all_weights_of_the_named_model() -> None:
    best = best_of(
        tech_for(
            "zh",
            task="pretrain",
            base_model="Qwen2.5-3B",
            dataset="50 亿 token 中医古籍",
            hardware__gpu="A100",
            hardware__count=8,
        )
    )
    assert (best.model, best.method, best.objective) == ("Qwen2.5-3B", "full", "pretrain")
