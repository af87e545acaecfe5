"""A project's name and title speak of the user's thing."""

from __future__ import annotations

import re

import pytest

from agents.planner.thing import naming_rules
from agents.planner.understanding import understand
from agents.planner.understanding.lexicon import phrases
from benchmarks.understanding.labels import load
from framework.artifacts.slots import NAME_PATTERN
from framework.errors import NotAProject
from framework.messages import LANGUAGES, known


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        (
            "a small model that writes bedtime stories",
            "bedtime_stories",
            "Bedtime stories: a language model from scratch",
        ),
        ("两张4090微调一个医疗问答模型", "medical_qa", "医疗问答模型"),
        (
            "sentiment classifier for hotel reviews",
            "hotel_reviews_sentiment",
            "Hotel reviews sentiment: a text classifier",
        ),
        (
            "finetune qwen2.5-7b to turn invoices into JSON",
            "invoices_to_json",
            "Invoices to JSON: a fine-tuned model · Qwen2.5-7B",
        ),
        ("法条检索的向量模型", "legal_search", "法律检索向量模型"),
        ("serve Llama-3.1-8B-Instruct with vLLM", "llama_service", "Model service · Llama-3.1-8B-Instruct"),
        ("从零训一个写七言绝句的小模型", "classical_poems", "七言绝句:从零训练的语言模型"),
        ("我想做个AI", "language_model", "语言模型项目"),
    ],
)
def test_name_and_title_are_about_the_thing(text: str, name: str, title: str) -> None:
    understood = understand(text)
    assert (understood.name, understood.title) == (name, title)


def test_the_name_that_the_text_gives_comes_first() -> None:
    assert understand("a bedtime story model, call it Bedtime Buddy").name == "bedtime_buddy"


def test_every_name_is_a_package_and_every_title_is_in_its_language() -> None:
    for entry in load().entries:
        try:
            understood = understand(entry.text)
        except NotAProject:
            continue
        assert re.fullmatch(NAME_PATTERN, understood.name), entry.id
        assert (re.search(r"[\u4e00-\u9fff]", understood.title) is not None) == (understood.lang == "zh"), (
            understood.title
        )


def test_every_field_product_and_kind_of_text_has_a_label_in_both_languages() -> None:
    fields = [*phrases()["domain"], *phrases()["kind_of_text"]]
    rules = naming_rules()
    keys = [f"field_{field.replace(' ', '_').replace('-', '_')}" for field in fields if field != "none"]
    keys += [f"product_{name}" for group in ("writing", "labelling", "searching") for name in rules[group]]
    keys += [f"genre_{name}" for name in rules["genres"]]
    missing = [(lang, key) for lang in LANGUAGES for key in keys if not known(lang, f"title.{key}")]
    assert missing == []
