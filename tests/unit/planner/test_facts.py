"""The machine, the limits, the data and the base as people write them; and what is no project at all."""

from __future__ import annotations

import pytest

from agents.planner.answering import read_answer
from agents.planner.policy import packaged_policy
from agents.planner.understanding import understand
from framework.artifacts.slots import Value
from framework.errors import NotAProject

RATES = packaged_policy().currency.per_usd


def values(text: str) -> dict[str, Value]:
    return {item.slot: item.value for item in understand(text).items}


def accepted(text: str) -> bool:
    try:
        understand(text)
    except NotAProject:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("fine-tune qwen2.5 7b on 650 exit interviews", "650 exit interviews"),
        ("fine-tune phi-3 with 3,200 haikus and koans", "3,200 haikus"),
        ("classifier for fault types, 11k maintenance reports", "11k maintenance reports"),
        ("3 万条工单做意图分类", "3 万条工单"),
        ("做条款抽取的模型，800 份合同", "800 份合同"),
        ("数据量 8k，微调 qwen2.5-7b", "8k"),
        ("训个小模型写对联，语料是 70 万副对联", "70 万副对联"),
    ],
)
def test_the_users_own_data_has_its_amount_and_its_noun(text: str, amount: str) -> None:
    assert amount in str(values(text)["dataset"])


@pytest.mark.parametrize(
    "text",
    [
        "train a tiny 5M story model",
        "GPT-2 fine-tuned for 32k-token contracts",
        "Raspberry Pi serving Mistral 7B with 100 ms answers",
        "fine-tune Mistral 7B with 8 GPUs",
        "训个 2M 的小模型写对联",
    ],
)
def test_a_figure_of_something_else_is_no_data(text: str) -> None:
    assert "dataset" not in values(text)


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("train a tiny 5M story model", "params", 5_000_000),
        ("we thought about 7B, then 3B, but now the model is 1.5B parameters", "params", 1_500_000_000),
        ("本来说 7B，现在定 3B，训练一个模型", "params", 3_000_000_000),
        ("fine-tune BAAI/bge-large-zh-v1.5", "base_model", "BAAI/bge-large-zh-v1.5"),
        ("deploy deepseek v3", "base_model", "DeepSeek-V3"),
        ("Qwen is fine: fine-tune Qwen2.5-7B", "base_model", "Qwen2.5-7B"),
        ("fine-tune on a donated T4", "hardware.count", 1),
        ("they trained theirs on 512 TPUs for 3 weeks; we have a 4070 and one weekend for our LLM", "time_limit_h", 48),
        ("dpo of mistral 7b in 3 hours", "time_limit_h", 3),
        ("my LLM reads 32k-token contracts", "context_len", 32768),
        ("病历不出院，微调 7B", "privacy", "on-premises"),
        ("we will sell this LLM", "license", "commercial"),
        ("一分钱不花，训练一个小模型", "budget_usd", 0),
        ("微调 7B，用手机（安卓）跑", "compatibility", "Android"),
        ("labels for field reports in French and Wolof, train a model", "language_of_data", ["fr", "wo"]),
    ],
)
def test_values(text: str, slot: str, value: Value) -> None:
    assert values(text)[slot] == value


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("GPT-4 costs us $3k a month, so we want our own LLM", "budget_usd"),
        ("bert on 4090 comments", "hardware.gpu"),
        ("LoRA on Mistral 7B with 20M trainable parameters", "params"),
    ],
)
def test_what_is_said_of_something_else_fills_no_slot(text: str, slot: str) -> None:
    assert slot not in values(text)


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("fine-tune bge-base-en-v1.5 with 45k query-passage pairs", "embedding"),
        ("fine-tune bert on 910 tweets", "classification"),
        ("train a chatbot on top of Qwen2.5-7B", "sft"),
        ("通话转写自动归类，训练一个模型", "classification"),
    ],
)
def test_the_base_decides_where_the_words_do_not(text: str, task: str) -> None:
    assert values(text)["task"] == task


@pytest.mark.parametrize(
    "text",
    [
        "How do I fine-tune the carburetor on a 1978 Honda CB400?",
        "please fine-tune the suspension of my mountain bike",
        "fine-tuning a piano, how often?",
        "which embedding compound for resin casting",
        "model train set for my son, HO scale",
        "financial model in Excel for my startup, 5 years",
        "make a website with a chat box for customers",
        "train the new sales reps on our CRM, 50 people, 2 days",
        "帮我微调一下沙发的位置",
        "请帮我微调一下这段视频的节奏",
        "找一个平面模特拍电商图",
        "新员工入职培训方案怎么写",
        "手办模型上色教程",
    ],
)
def test_everyday_senses_are_no_project(text: str) -> None:
    assert not accepted(text)


@pytest.mark.parametrize(
    "text",
    [
        "train 一个 small LM",
        "lora, 3060, lyrics",
        "haiku generator",
        "rerank search results",
        "distil a 14B into 1.5B",
        "embeddings for patents pls",
        "fine-tune a model for carburetor repair questions",
        "How do I fine-tune a model on my own emails?",
        "微调一个会写公众号文章的",
        "培训部门的问答助手，微调 Qwen",
        "intfloat/multilingual-e5-base for search over 40k product pages",
    ],
)
def test_short_wishes_are_projects(text: str) -> None:
    assert accepted(text)


@pytest.mark.parametrize(("answer", "hours"), [("one day", 24), ("a week", 168), ("一天", 24), ("half a day", 12)])
def test_an_answer_about_time_keeps_its_unit(answer: str, hours: float) -> None:
    assert [item.value for item in read_answer("time_limit_h", answer, RATES)] == [hours]


@pytest.mark.parametrize(
    ("slot", "answer"), [("hardware.count", "a few"), ("time_limit_h", "a few days"), ("budget_usd", "a lot")]
)
def test_an_answer_without_a_figure_is_refused(slot: str, answer: str) -> None:
    assert read_answer(slot, answer, RATES) == []


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("训个写诗的小模型，只有笔记本CPU", "只有笔记本CPU"),
        ("训个写诗的小模型，只有一台旧笔记本的 CPU", "只有一台旧笔记本的 CPU"),
        ("训个写诗的小模型，笔记本 CPU 就够了", "笔记本 CPU"),
        ("训个写诗的小模型，我用的是没有显卡的笔记本", "没有显卡"),
        ("训个写诗的小模型，一块显卡都没有", "显卡都没有"),
        ("train a tiny story model, laptop CPU only", "laptop CPU"),
        ("train a tiny story model on just my notebook without a graphics card", "without a graphics card"),
        ("train a tiny story model, only my laptop's CPU", "only my laptop's CPU"),
        ("train a tiny story model, just a notebook CPU", "just a notebook CPU"),
        ("train a tiny story model, only a 4-core CPU", "only a 4-core CPU"),
        ("train a tiny story model, all I have is a CPU", "all I have is a CPU"),
    ],
)
def test_a_machine_without_a_card_is_stated_with_its_words(text: str, quote: str) -> None:
    said = next(item for item in understand(text).items if item.slot == "hardware.cpu_only")
    assert (said.value, said.provenance, said.quote) == (True, "stated", quote)


@pytest.mark.parametrize(
    "text",
    [
        "train a tiny story model on one 4090, the CPU is slow",
        "fine-tune qwen2.5 7b on a 4090, deploy on laptop CPU only",
        "fine-tune qwen2.5 7b on one 4090; my laptop CPU is only for editing",
        "微调 qwen2.5 7b，显卡是 4090，笔记本 CPU 也行",
    ],
)
def test_a_processor_beside_a_card_says_nothing_of_the_kind(text: str) -> None:
    assert "hardware.cpu_only" not in values(text)
