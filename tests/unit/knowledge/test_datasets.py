"""The catalog of datasets: facts that hold together, and names as people write them."""

from __future__ import annotations

import re
from collections import Counter
from typing import get_args

import pytest

from framework.knowledge import names
from framework.knowledge.datasets import Purpose, datasets, find_dataset, topics, topics_in, words_in


def test_there_are_enough_for_every_purpose_and_both_languages() -> None:
    assert len(datasets()) >= 36
    for purpose in get_args(Purpose):
        for language in ("en", "zh"):
            fitting = [d for d in datasets() if purpose in d.purposes and language in d.languages]
            assert len(fitting) >= 3, (purpose, language)


@pytest.mark.parametrize("dataset", datasets(), ids=lambda dataset: dataset.name)
def test_facts_hold_together(dataset) -> None:  # type: ignore[no-untyped-def]
    assert set(dataset.topics) <= set(topics())
    assert all(re.fullmatch(r"[a-z]{2}|mul", language) for language in dataset.languages)
    assert re.fullmatch(r"https?://\S+(, https?://\S+)*", dataset.source)
    assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", dataset.date)
    assert dataset.repo is None or re.fullmatch(r"[\w.-]+/[\w.-]+", dataset.repo)
    assert dataset.examples is None or dataset.mini.rows <= dataset.examples
    assert re.search(r"[一-鿿]", dataset.good.zh + dataset.weak.zh)
    assert not re.search(r"[一-鿿]", dataset.good.en + dataset.weak.en)


def test_a_licence_without_commerce_is_not_sold_as_free() -> None:
    barred = [
        d for d in datasets() if re.search(r"-NC-|non-commercial research|research only|not for commercial", d.license)
    ]
    assert barred
    assert [d.name for d in barred if d.commercial == "yes"] == []


def test_a_name_stands_for_one_dataset() -> None:
    keys = Counter(
        names.key(name) for d in datasets() for name in {names.key(n): n for n in (d.name, *d.aliases)}.values()
    )
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("TinyStories", "TinyStories"),
        ("the tinystories dataset", "TinyStories"),
        ("roneneldan/TinyStories", "TinyStories"),
        ("FineWeb-Edu", "FineWeb-Edu"),
        ("fineweb-edu sample-10BT", "FineWeb-Edu-10BT"),
        ("UltraFeedback", "UltraFeedback-binarized"),
        ("BANKING77", "Banking77"),
        ("ultrachat_200k", "UltraChat-200k"),
        ("DISC-Law-SFT 数据集", "DISC-Law-SFT"),
        ("SkyPile", "SkyPile-150B"),
        ("MS MARCO", "MS-MARCO"),
    ],
)
def test_a_dataset_is_found_by_the_name_that_people_write(text: str, name: str) -> None:
    found = find_dataset(text)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "text", ["300 support tickets", "our own data", "/data/alpaca.jsonl", "", "公司聊天记录 40 万条"]
)
def test_a_description_of_own_data_names_no_dataset(text: str) -> None:
    assert find_dataset(text) is None


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("writes bedtime stories for children", "stories"),
        ("医疗问答", "medical"),
        ("sentiment of hotel reviews", "reviews"),
        ("客服机器人", "support"),
        ("text to SQL over our database", "sql"),
        ("spam or ham", "spam"),
    ],
)
def test_what_a_request_is_about_shows_in_its_words(text: str, topic: str) -> None:
    assert topic in topics_in(text)


def test_a_word_inside_another_does_not_count() -> None:
    assert topics_in("the history of newspapers in lawns") == []
    assert words_in("lawful", ["law"]) == []
