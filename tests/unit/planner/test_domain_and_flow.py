"""The field of work, what goes in and what comes out, and what counts as a success."""

from __future__ import annotations

import pytest

from agents.planner.understanding import understand
from agents.planner.understanding.source import Source
from agents.planner.understanding.spelling import corrected


def stated(text: str, slot: str) -> str:
    """The values of a slot as one lower-case text; empty where the text says nothing."""
    return " | ".join(str(item.value) for item in understand(text).items if item.slot == slot).lower()


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("fine-tune a bot that answers questions on shearing for my alpaca farm", "agriculture"),
        ("a chatbot for our ferry company", "maritime"),
        ("a classifier of tarot readings by mood", "astrology"),
        ("spam filter for sms, we are a telecom operator", "telecom"),
        ("fine-tune a model on radiology reports", "medical"),
        ("moderation model for a veterinary forum", "veterinary"),
        ("an AI assistant for maintenance manuals of a power plant", "energy"),
        ("想训练一个养蜂问答模型", "beekeeping"),
        ("海关归类问答模型，微调 qwen3-8b", "foreign trade"),
        ("微调一个帮法官查判例的模型", "legal"),
        ("公司是做钢材贸易的，想要一个大模型", "metals trade"),
    ],
)
def test_the_field_of_work_is_named(text: str, domain: str) -> None:
    assert stated(text, "domain") == domain


@pytest.mark.parametrize(
    "text",
    [
        "fine-tune Legal-BERT as a classifier on a gaming laptop",
        "I'm a PhD student and want to pretrain a 30M model, my professor wants it by Monday",
        "distill llama 3 8b into a student model of 1B",
        "训练一个模型，历史数据有 3 万条，不能上传",
        "强化学习训练一个 7B 模型",
    ],
)
def test_words_in_passing_and_parts_of_names_are_no_field(text: str) -> None:
    assert stated(text, "domain") == ""


@pytest.mark.parametrize(
    ("text", "taken", "made"),
    [
        ("fine-tune a model that turns bee diaries into checklists", "bee diaries", "checklists"),
        ("train a model: chemical formulas in, safety data sheets out", "chemical formulas", "safety data sheets"),
        ("given a bean description it suggests a roast profile, LLM", "bean description", "roast profile"),
        ("an LLM which drafts deeds from bullet points", "bullet points", "deeds"),
        ("an AI which reads tenancy agreements and flags unfair clauses", "tenancy agreements", "unfair clauses"),
        ("classifier that sorts letters into praise, complaint or other", "letters", "praise, complaint or other"),
        ("knitting patterns -> plain instructions, fine-tune gemma 2 2b", "knitting", "plain instructions"),
        ("train a natural language to SQL model", "natural language", "sql"),
        ("把病人口述转成规范病历，微调 qwen2.5 7b", "病人口述", "规范病历"),
        ("从保险合同里抽取免责条款，微调一个模型", "保险合同", "免责条款"),
        ("训练一个能根据生日写运势的小模型", "生日", "运势"),
        ("输入招标公告，输出项目名称和预算，微调 3B 模型", "招标公告", "项目名称"),
        ("工单分到 12 个部门，训练分类模型", "工单", "12 个部门"),
        ("中译英的翻译模型", "中文", "英文"),
    ],
)
def test_what_goes_in_and_what_comes_out(text: str, taken: str, made: str) -> None:
    assert taken in stated(text, "input")
    assert made in stated(text, "output")


@pytest.mark.parametrize(
    "text",
    [
        "convert qwen2.5-7b to gguf and serve it",
        "train a gpt from scratch, 10M params",
        "take mistral 7b and turn it into a LoRA fine-tuned model",
        "把 qwen 量化成 int4 部署",
    ],
)
def test_the_model_itself_is_neither_input_nor_output(text: str) -> None:
    assert stated(text, "input") == stated(text, "output") == ""


def test_a_pronoun_stands_for_the_text_before_it() -> None:
    text = "We have 70k discharge notes. They should become summaries. Fine-tune an 8B model."
    assert stated(text, "input") == "discharge notes"
    assert stated(text, "output") == "summaries"


@pytest.mark.parametrize(
    ("text", "metric"),
    [
        ("an extraction model, 97% of all fields exactly right", "accuracy >= 97%"),
        ("spam classifier, recall above 95%", "recall > 95%"),
        ("分类模型，召回不低于98%", "recall >= 98%"),
        ("问答模型，90%以上答对", "accuracy >= 90%"),
    ],
)
def test_the_measure_of_success(text: str, metric: str) -> None:
    assert stated(text, "success_metric") == metric


def test_ordinary_words_are_not_mended_to_words_of_a_trade() -> None:
    text = "insert and cancel under a generic condition, polite parsing, testing, binding"
    assert corrected(Source.of(text)).plain == text
