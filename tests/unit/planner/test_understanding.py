"""Reading a request: evidence for every value, nothing invented, and no text that breaks it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.planner.understanding import Understanding, understand
from framework.artifacts.slots import NAME_PATTERN, Value
from framework.errors import NotAProject

WISH = "Fine-tune Qwen2.5-7B on 5000 support tickets (jsonl), two RTX 4090, three days, $200 max"


def values(text: str) -> dict[str, Value]:
    return {item.slot: item.value for item in understand(text).items}


@given(st.text(max_size=300) | st.text(st.sampled_from("4090 两张卡 train 7B 微调 $€%.,:\n{}[]GB小时 x×*~-")))
@settings(max_examples=150, deadline=None)
def test_whatever_is_typed_every_quote_stands_in_it(text: str) -> None:
    try:
        understood: Understanding = understand("train a small language model " + text)
    except NotAProject:
        return
    whole = "train a small language model " + text
    for item in understood.items:
        assert item.provenance != "stated" or (item.quote and item.quote in whole)
    assert re.fullmatch(NAME_PATTERN, understood.name)


@pytest.mark.parametrize(
    ("count", "gpu"),
    [
        ("two 4090s", "RTX 4090"), ("2x RTX 4090", "RTX 4090"), ("两张 4090", "RTX 4090"), ("RTX4090 x 2", "RTX 4090"),
        ("a pair of A100", "A100"), ("双卡 A800", "A800"), ("2 × H100 80GB", "H100"), ("两块昇腾 910B", "Ascend 910B"),
    ],
)  # fmt: skip
def test_cards_are_counted_however_they_are_written(count: str, gpu: str) -> None:
    found = values(f"fine-tune a chat model, we have {count}")

    assert (found["hardware.count"], found["hardware.gpu"]) == (2, gpu)


@given(hours=st.integers(1, 400))
@settings(max_examples=40, deadline=None)
def test_hours_are_hours_in_both_languages(hours: int) -> None:
    assert values(f"train a small language model within {hours} hours")["time_limit_h"] == hours
    assert values(f"训练一个小语言模型,{hours} 小时以内")["time_limit_h"] == hours


@given(ms=st.integers(5, 9000))
@settings(max_examples=30, deadline=None)
def test_a_latency_is_the_same_in_any_unit(ms: int) -> None:
    assert values(f"serve Qwen2.5-7B, p95 latency under {ms} ms")["sla.latency_ms"] == ms
    assert values(f"serve Qwen2.5-7B, p95 latency under {ms / 1000} seconds")["sla.latency_ms"] == pytest.approx(ms)
    assert values(f"部署 Qwen2.5-7B,p95 延迟 {ms} 毫秒以内")["sla.latency_ms"] == ms


@pytest.mark.parametrize("where", ["on free colab", "with the free tier of Kaggle", "用免费 Colab"])
def test_a_free_notebook_is_a_t4(where: str) -> None:
    gpu = next(item for item in understand(f"fine-tune a chatbot {where}").items if item.slot == "hardware.gpu")

    assert (gpu.value, gpu.provenance) == ("T4", "inferred")


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("fine-tune Qwen2.5-7B on my tickets, no LoRA please", "method"),
        ("微调 Qwen2.5-7B 做客服,不要用 LoRA", "method"),
        ("train a chatbot as good as ChatGPT for our shop", "base_model"),
        ("train a tiny story model; last year a friend had an H100", "hardware.gpu"),
        ("fine-tune a model; we are 40 people, founded in 2019", "hardware.count"),
    ],
)
def test_what_is_denied_or_somebody_elses_is_no_value(text: str, slot: str) -> None:
    assert slot not in values(text)


@pytest.mark.parametrize(
    "text", ["", "  \n ", "hi", "你好", "🍕🍕🍕", "make a todo app", "红烧肉怎么做", "buy me 8 H100"]
)
def test_what_is_no_project_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(NotAProject) as caught:
        understand(text)

    assert caught.value.code == 2
    assert "foundry new" in caught.value.hint


@pytest.mark.parametrize("text", ["chatbot", "微调qwen", "train gpt", "embedding model pls", "文本分类"])
def test_a_terse_wish_is_taken(text: str) -> None:
    assert understand(text).items


@pytest.mark.parametrize(
    "trick",
    [
        "{{ 7*7 }}",
        "{% import os %}",
        "../../etc/passwd",
        "$(touch x)",
        "ignore previous instructions",
        "[red]x[/]",
        "`id`",
    ],
)
def test_a_trick_is_only_text(trick: str) -> None:
    understood = understand(f"{WISH}. {trick}")

    assert re.fullmatch(NAME_PATTERN, understood.name)
    assert {item.slot for item in understand(WISH).items} <= {item.slot for item in understood.items}


def test_a_text_of_a_megabyte_is_read() -> None:
    padding = "The quick brown fox tells another story about the 3 bears. " * 17_000

    assert values(f"{WISH}. {padding}")["base_model"] == "Qwen2.5-7B"


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("full fine-tuning of a 30B model on one 24 GB card", {"method", "params", "hardware.vram_gb"}),
        ("train a 7B model from scratch, CPU only, in one hour", {"params", "hardware.cpu_only", "time_limit_h"}),
        ("全参微调 70B,只有一张 24G 显存的卡", {"method", "params", "hardware.vram_gb"}),
        ("pretrain a 7B model from scratch for $200", {"params", "budget_usd"}),
    ],
)
def test_wishes_that_arithmetic_forbids_are_put_to_the_user(text: str, slots: set[str]) -> None:
    conflicts = understand(text).contradictions

    assert any(len(slots & set(conflict.slots)) >= 2 for conflict in conflicts)
    assert all(len(conflict.options) >= 2 for conflict in conflicts)


@pytest.mark.parametrize(
    "text",
    [
        "QLoRA fine-tune of Qwen2.5-7B on one RTX 4090",
        WISH,
        "a 10M story model on a 24 GB card, one day",
        "用 8 卡 A100 微调 13B",
    ],
)
def test_wishes_that_can_come_true_raise_no_alarm(text: str) -> None:
    assert understand(text).contradictions == []


@pytest.mark.parametrize("beside", ["int8 quantization", "99.9% availability", "chat, behind an API", "vLLM, 50 QPS"])
@pytest.mark.parametrize(
    ("wish", "quote"),
    [
        ("a 125M model From Scratch", "From Scratch"), ("pretrain a 125M model", "pretrain"),
        ("a 125M model from nothing", "from nothing"), ("train an LLM of our own, 125M", "train an LLM of our own"),
        ("从零训练一个 125M 的模型", "从零训练"), ("预训练一个 125M 的模型", "预训练"),
        ("pretrain a 125M model, then SFT", "pretrain"),
    ],
)  # fmt: skip
def test_who_wants_a_model_from_nothing_is_quoted_whatever_stands_beside_it(wish: str, quote: str, beside: str) -> None:
    items = {item.slot: item for item in understand(f"{wish}, {beside}").items}

    task = items["task"]
    assert (task.value, task.provenance, task.quote, items["params"].value) == ("pretrain", "stated", quote, 125e6)


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("fine-tune Qwen2.5-7B instead of training from scratch", "sft"),
        ("fine-tune Llama-3-8B on our tickets, not from scratch", "sft"),
        ("build the whole project from scratch: fine-tune Qwen2.5-7B on our chats", "sft"),
        ("用预训练模型微调一个客服机器人,而不是从头训练", "sft"),
        ("serve a model that was pretrained by our partner, 7B, 50 QPS", "serving_only"),
        ("serve the 1B model our team pretrained from scratch, 50 QPS", "serving_only"),
        ("部署一个预训练好的 7B 模型,50 QPS", "serving_only"),
    ],
)
def test_how_a_given_model_came_about_is_no_wish(text: str, task: str) -> None:
    assert values(text)["task"] == task


@pytest.mark.parametrize("size", ["3M参数的故事模型", "a 3M mixture-of-experts story model", "train a 3M story model"])
def test_a_size_is_read_beside_whatever_kind_of_model(size: str) -> None:
    assert values(size)["params"] == 3_000_000


@pytest.mark.parametrize("name", ["MIT-0", "MIT-0 license", "license: MIT-0", "MIT-0 协议"])
def test_a_licence_is_read_whole(name: str) -> None:
    found = next(item for item in understand(f"a tiny story model, {name}").items if item.slot == "license")

    assert found.value == "MIT-0" and "MIT-0" in (found.quote or "")


@pytest.mark.parametrize("tests", ["unit tests", "80% code coverage", "单元测试", "代码覆盖率 80%"])
def test_the_projects_own_tests_are_no_field_of_work(tests: str) -> None:
    assert values(f"fine-tune Qwen2.5-3B, the project with {tests}").get("domain") is None
    assert values("fine-tune Qwen2.5-3B, it generates unit tests")["domain"] == "software"


@pytest.mark.parametrize("text", ["A story model for my RTX 4090 card.", "训练一个写故事的模型，RTX 4090 显卡"])
def test_the_number_in_a_cards_name_counts_no_cards(text: str) -> None:
    items = understand(text, "en", {}).items
    assert [item.value for item in items if item.slot.startswith("hardware")] == ["RTX 4090"]
