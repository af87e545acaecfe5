"""How much data a sentence speaks of."""

from __future__ import annotations

import pytest

from agents.coder.amounts import Amount, amount_in
from agents.coder.sizes import size_in


@pytest.mark.parametrize(
    ("text", "examples"),
    [
        ("3 examples", 3),
        ("three examples", 3),
        ("a dozen tickets", 12),
        ("two hundred emails", 200),
        ("12k Q&A pairs", 12_000),
        ("1.2M click pairs", 1_200_000),
        ("10,003 rows", 10_003),
        ("about 150 examples as Word files", 150),
        ("1,100 recipes in one big txt file", 1_100),
        ("三条样例", 3),
        ("csv两万条", 20_000),
        ("历史聊天记录有 40 万条左右", 400_000),
        ("3000 条法律咨询", 3_000),
        ("500 份 word 合同", 500),
        ("8000 对", 8_000),
    ],
)
def test_examples_are_counted(text: str, examples: int) -> None:
    assert amount_in(text) == Amount(examples=examples)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("2B tokens of Swahili web text", Amount(tokens=2_000_000_000)),
        ("50 亿 token 的中医古籍", Amount(tokens=5_000_000_000)),
        ("大概 20 万字", Amount(tokens=200_000)),
        ("a repo dump of 1.4 GB", Amount(bytes=1_400_000_000)),
    ],
)
def test_tokens_and_bytes_are_no_examples(text: str, amount: Amount) -> None:
    assert amount_in(text) == amount


@pytest.mark.parametrize(
    "text", ["", "our tickets", "two years of mails", "20 languages", "BANKING77", "三类评论", "两年的工单"]
)
def test_what_counts_something_else_is_no_amount(text: str) -> None:
    assert amount_in(text) == Amount()


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("ChatGLM3-6B", 6_000_000_000),
        ("Yi-34B-Chat", 34_000_000_000),
        ("/data/models/qwen_1.8b", 1_800_000_000),
        ("Mixtral-8x7B", 56_000_000_000),
        ("stories260M", None),
        ("bge-reranker-base", 110_000_000),
        ("xlm-roberta-large", 335_000_000),
        ("./out/sft-final", None),
        ("database-model", None),
    ],
)
def test_a_name_may_tell_the_size(name: str, size: int | None) -> None:
    assert size_in(name) == size
