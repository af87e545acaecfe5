"""What an experienced engineer says to these data, or to the lack of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.coder.wishes import advised, best_of, tech_for, unmet

ONE_24GB = {"hardware__vram_gb": 24, "hardware__count": 1}


def test_bedtime_stories_on_24_gb_are_learned_from_tinystories() -> None:
    tech = tech_for(task="pretrain", goal="a small model that writes bedtime stories", **ONE_24GB)
    best = best_of(tech)
    assert (best.method, best.data.full.name, tech.feasibility) == ("scratch", "TinyStories", "as_wished")
    assert best.params is not None
    assert best.params < 200e6
    assert best.figures.wall_hours is not None
    assert best.figures.wall_hours[1] < 24


def test_chinese_stories_are_learned_from_chinese_ones() -> None:
    best = best_of(tech_for("zh", task="pretrain", goal="给孩子写睡前故事的小模型", **ONE_24GB))
    assert best.data.full.languages == ["zh"]
    assert best.data.mini.languages == ["zh"]


@pytest.mark.parametrize(
    ("lang", "goal"), [("en", "a customer support chatbot"), ("zh", "从零训练一个客服机器人,能回答客户问题")]
)
def test_ten_million_parameters_from_scratch_are_no_support_chat(lang: Any, goal: str) -> None:
    tech = tech_for(lang, task="pretrain", params=10_000_000, goal=goal, hardware__gpu="RTX 3060")
    assert "cannot_converse" in advised(tech)
    assert best_of(tech).method != "scratch"
    assert {"task", "params"} <= unmet(tech)
    assert any(reason.key == "against_wish" for reason in tech.reasons)
    assert "Scratch-10M" in {candidate.name for candidate in tech.candidates}


def test_knowledge_of_documents_is_looked_up() -> None:
    tech = tech_for(task="sft", goal="answer questions about our manuals", dataset="300 documents", data_format="pdf")
    assert "retrieval" in advised(tech)
    assert "dataset" in unmet(tech)
    assert "300" in next(advice.text for advice in tech.advice if advice.key == "retrieval")


def test_who_refuses_retrieval_is_heard_and_told_the_truth() -> None:
    goal = "an assistant that knows 900 pages of manuals. We do not want RAG, we tried that"
    tech = tech_for(task="sft", goal=goal, dataset="900 pages of machine manuals", data_format="pdf")
    assert "retrieval_refused" in advised(tech)
    assert "retrieval" not in advised(tech)


@pytest.mark.parametrize(("lang", "data"), [("en", "3 examples"), ("en", "a dozen tickets"), ("zh", "三条样例")])
def test_three_examples_are_no_dataset(lang: Any, data: str) -> None:
    tech = tech_for(lang, task="sft", goal="answer tickets", dataset=data, hardware__gpu="RTX 3090")
    best = best_of(tech)
    assert "no_dataset" in advised(tech)
    assert "dataset" in unmet(tech)
    assert not best.data.full.own
    assert any(choice.own for choice in best.data.extra)


def test_few_examples_get_company_and_a_warning() -> None:
    best = best_of(tech := tech_for(task="sft", goal="helpdesk bot", dataset="300 solved tickets", hardware__gpu="T4"))
    assert {"few_examples", "fp16"} <= advised(tech)
    assert best.data.full.own
    assert [choice.own for choice in best.data.extra] == [False]


def test_chinese_medicine_finds_chinese_data_and_asks_for_care() -> None:
    tech = tech_for("zh", task="sft", domain="medical", goal="医疗问答", hardware__gpu="RTX 4090")
    best = best_of(tech)
    assert "Huatuo" in best.data.full.name
    assert "zh" in best.languages
    assert "care" in advised(tech)


def test_embeddings_in_two_languages_take_a_multilingual_encoder() -> None:
    tech = tech_for(task="embedding", goal="semantic search", language_of_data=["de", "zh"], hardware__gpu="T4")
    best = best_of(tech)
    assert best.model in ("bge-m3", "multilingual-e5-base", "multilingual-e5-small", "gte-multilingual-base")
    assert all("mul" in candidate.languages for candidate in tech.candidates)
    assert best.objective == "embedding"


def test_labels_that_no_dataset_has_are_said() -> None:
    tech = tech_for("zh", task="classification", goal="根据症状分诊到科室")
    assert "labels_missing" in advised(tech)


def test_sft_then_dpo_plans_the_first_step_and_names_the_second() -> None:
    tech = tech_for(
        task="sft",
        method=["sft", "dpo"],
        base_model="Qwen2.5-7B",
        dataset=["MetaMathQA", "UltraFeedback"],
        hardware__gpu="H100",
    )
    assert best_of(tech).data.full.name == "MetaMathQA"
    assert "sft_first" in advised(tech)
    assert "dataset" in unmet(tech)


def test_grandmothers_recipes_are_trained_on_from_scratch_where_that_is_asked_and_the_risk_is_said() -> None:
    tech = tech_for(
        task="pretrain",
        params=5_000_000,
        goal="new recipes in her style",
        dataset="1,100 recipes",
        hardware__cpu_only=True,
    )
    best = best_of(tech)
    assert (best.method, best.data.full.own) == ("scratch", True)
    assert "too_little_text" in {conflict.key for conflict in best.conflicts}


def test_training_data_that_is_the_benchmark_is_said() -> None:
    tech = tech_for(task="sft", base_model="Qwen2.5-1.5B", dataset="GSM8K", benchmarks="GSM8K", hardware__gpu="H100")
    assert "contamination" in advised(tech)


def test_two_languages_get_two_datasets() -> None:
    best = best_of(
        tech_for(
            "zh",
            task="pretrain",
            language_of_data=["zh", "en"],
            params=1_000_000_000,
            hardware__gpu="A800",
            hardware__count=8,
        )
    )
    languages = {language for choice in (best.data.full, *best.data.extra) for language in choice.languages}
    assert {"zh", "en"} <= languages
