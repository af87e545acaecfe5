"""Wishes that cannot all come true are named with every slot involved; what just fits raises no alarm."""

from __future__ import annotations

import pytest

from agents.planner.understanding import Conflict, understand


def conflicts(text: str) -> list[Conflict]:
    return understand(text).contradictions


def about(text: str, *slots: str) -> Conflict:
    """The conflict that holds all these slots."""
    found = [one for one in conflicts(text) if set(slots) <= set(one.slots)]
    assert found, f"{text!r}: {[one.slots for one in conflicts(text)]}"
    return found[0]


IMPOSSIBLE = [
    # memory
    ("Full fine-tune Llama-3-70B on a single RTX 3090", ["method", "base_model", "hardware.gpu"]),
    ("QLoRA a 405B Llama on our 2 A6000s", ["params", "hardware.gpu"]),
    ("用一张 3060 12G 全量微调 Qwen2.5-7B", ["method", "base_model", "hardware.gpu"]),
    ("qwen2.5-7b 微调，上下文 128K，一张 3090", ["context_len", "hardware.gpu"]),
    ("Deploy DeepSeek-V3 on a single 4090 for our team", ["base_model", "hardware.gpu"]),
    ("Serve Qwen2.5-32B in unquantized fp16 on one 24GB 4090", ["base_model", "hardware.gpu"]),
    # time
    (
        "Continue pretraining Llama-3-8B on 300B tokens of legal text, 4 H100s, by the end of one weekend",
        ["time_limit_h", "dataset"],
    ),
    ("sft qwen2.5-14b on 3 million conversations, one 4090, in 2 hours", ["time_limit_h", "dataset"]),
    ("从头训练 13B，2T token，8 张 A100，一周", ["time_limit_h", "params"]),
    # money
    ("Train a 13B from scratch, budget $500", ["budget_usd", "params"]),
    ("租 4 张 H100 跑一个月，预算 500 元，微调 14B", ["budget_usd", "hardware.gpu", "time_limit_h"]),
    ("We have no money at all but want to rent an H100 for fine-tuning mistral 7b", ["budget_usd", "hardware.gpu"]),
    # speed
    (
        "在没有显卡的服务器上部署 Qwen2.5-14B，每次回答 500 毫秒以内",
        ["sla.latency_ms", "base_model", "hardware.cpu_only"],
    ),
    ("T4 一张部署 7B，要扛 2000 QPS", ["sla.throughput", "params"]),
    ("99.999% uptime on a single box with one 4090 serving Qwen2.5-7B", ["sla.availability", "hardware.count"]),
    ("单机部署 qwen 7b，可用性要五个九", ["sla.availability"]),
    # machine and software
    ("No GPU here, CPU only. Full fine-tune Llama-3-8B this weekend", ["hardware.cpu_only", "base_model"]),
    ("没有 GPU，QLoRA 用 bitsandbytes 微调 Qwen2.5-7B", ["method", "hardware.cpu_only"]),
    ("只有 CPU，想用 flash-attention 微调 1B", ["stack", "hardware.cpu_only"]),
    ("Fine-tune with bitsandbytes on my M2 Max MacBook, mistral 7b", ["stack", "hardware.gpu"]),
    ("昇腾 910B 上用 CUDA 微调 Qwen2.5-7B", ["compatibility", "hardware.gpu"]),
    ("flash-attn 2 on a V100, fine-tune llama 3 8b", ["stack", "hardware.gpu"]),
    # network and privacy
    ("Fully air-gapped site; the bot should use the OpenAI API for answers", ["offline", "compatibility"]),
    ("data can't leave our servers; label it with Claude first, then fine-tune a 7B", ["privacy", "base_model"]),
    ("no internet on the machine, free Colab T4 for training a lora of qwen 1.5b", ["offline", "hardware.gpu"]),
    # terms
    ("基座用 Llama 3.1 8B，最终必须是 Apache 2.0", ["license", "base_model"]),
    ("We will sell this. Train on Alpaca, base qwen 2.5 7b", ["license", "dataset"]),
    # sizes, data, quality
    ("I want a 1B model based on Qwen2.5-7B", ["params", "base_model"]),
    ("从零预训练 7B，数据只有 500 条问答", ["dataset", "params"]),
    ("Only 20 labelled emails, classifier with 99% accuracy", ["dataset", "success_metric"]),
    ("Qwen2.5-0.5B fine-tune, MMLU above 80", ["base_model", "success_metric"]),
    # what the base model knows
    ("GPT-2 fine-tuned to read 32k-token contracts at once", ["context_len", "base_model"]),
    ("roberta-large for classifying Chinese reviews", ["language_of_data", "base_model"]),
]


@pytest.mark.parametrize(("text", "slots"), IMPOSSIBLE)
def test_what_cannot_be_is_named_with_its_slots_and_ways_out(text: str, slots: list[str]) -> None:
    conflict = about(text, *slots)
    assert conflict.why and len(conflict.options) >= 1
    assert all(option.text for option in conflict.options)


@pytest.mark.parametrize(
    "text",
    [
        "QLoRA Qwen2.5-32B on one A100 80GB, 5k tickets",
        "I have an 8GB 3070. QLoRA on Phi-3-mini",
        "Serve Qwen2.5-7B with 32k context on one A100 80GB",
        "两张 A100 80G 部署 Qwen2.5-72B，AWQ 量化",
        "fine-tune qwen2.5-1.5b on 5k conversations, one 4090, in 4 hours",
        "从头训练一个 100M 的小模型，2B token，8 张 A100，一周",
        "budget $300, LoRA on Llama-3.1-8B, rent one A100 for a day",
        "zero budget, my own 3060, qlora of qwen 3b",
        "CPU only, train a tiny 5M story model on TinyStories overnight",
        "CPU server, bert-base classifier, 100 ms p95",
        "99.9% availability, one A100, serving qwen 7b",
        "air-gapped, Qwen2.5-7B local, OpenAI-compatible API, lora on tickets",
        "we currently use the OpenAI API but data may not leave any more, so fine-tune Qwen2.5-7B locally",
        "Train on Kaggle P100, then run fully offline on the tablet, Qwen2.5-0.5B",
        "open source release, Llama-3-8B base with LoRA",
        "distill Qwen2.5-72B into a 7B student",
        "under 8B parameters, base Qwen2.5-7B",
        "Qwen3-30B-A3B, about 3B active, sft",
        "25 examples, few-shot classifier, accuracy 80%",
        "tiny 2M model from scratch on my 40 blog posts",
        "pretrain a 125M from scratch on wikitext-103, 8 V100, overnight",
        "xlm-roberta-base for classifying Polish and Thai reviews",
        "toxicity classifier for Arabic tweets, roberta or whatever",
        "Llama-3.1-8B 中文指令微调，LoRA，一张 A100 80G，24 小时",
    ],
)
def test_what_can_be_raises_no_alarm(text: str) -> None:
    assert [conflict.slots for conflict in conflicts(text)] == []


def test_the_reasons_carry_the_figures_in_the_users_language() -> None:
    english = about("I want a 1B model based on Qwen2.5-7B", "params", "base_model")
    chinese = about("从零预训练 7B，数据只有 500 条问答", "dataset", "params")
    assert "1B" in english.why and "Qwen2.5-7B" in english.why
    assert "140B" in chinese.why and "从零" in chinese.why


def test_every_way_out_changes_something_or_keeps_the_wish() -> None:
    conflict = about("从头训练 13B，2T token，8 张 A100，一周", "time_limit_h")
    assert any(option.sets.get("params") for option in conflict.options)
    assert any(option.sets.get("time_limit_h", 0) for option in conflict.options)
