"""What code sees of a model's sentence before a person does."""

from __future__ import annotations

import pytest

from framework.engines.sentences import figures_in, flaws, language_of, sentences_in
from framework.messages import Lang


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Which chats are there?", "en"),
        ("机器人要学什么？", "zh"),
        ("用 Qwen2.5-7B 和 LoRA 训练吗？", "zh"),
        ("LoRA", None),
        ("42", None),
        ("Shall it say 你好 when somebody comes in?", "en"),
    ],
)
def test_the_language_is_that_of_most_words(text: str, lang: Lang | None) -> None:
    assert language_of(text) == lang


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("12,000 rows", {12000}),
        ("1,5 GB", {1.5}),
        ("24GB and p95", {24, 95}),
        ("version 1.2.3", set()),
        ("none", set()),
    ],
)
def test_figures_are_numbers_however_they_are_written(text: str, figures: set[float]) -> None:
    assert figures_in(text) == figures


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("One", 1), ("One. Two.", 2), ("It is, e.g. small.", 1), ("好。很好。", 2), ("It takes 1.5 hours.", 1)],
)
def test_sentences_are_counted(text: str, count: int) -> None:
    assert sentences_in(text) == count


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", "empty"),
        ("Two\nlines", "several lines"),
        ("x" * 61, "61 characters"),
        ("这是中文的句子", "must be in English"),
        ("See http://evil.example", "no link"),
        ("See www.evil.example", "no link"),
        ("Click [here](x)", "no link"),
        ("<b>now</b>", "no link"),
        ("Write to a@b.example", "no link"),
        ("Send your password", "secrets"),
        ("What is the API key?", "secrets"),
        ("It takes 99 hours", "99"),
    ],
)
def test_what_nobody_should_read_has_a_flaw(text: str, flaw: str) -> None:
    assert flaw in " ".join(flaws(text, "en", 60, "24 GB are given"))


@pytest.mark.parametrize("text", ["Is 24 GB enough?", "LoRA?", "Which letters are angry, and which kind?"])
def test_a_plain_sentence_has_none(text: str) -> None:
    assert list(flaws(text, "en", 60, "24 GB are given")) == []
