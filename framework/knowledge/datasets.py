"""The catalog of datasets (specs/catalog/datasets.yaml), and what a request is about by its words."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from pydantic import Field

from framework.artifacts.base import Strict
from framework.knowledge import names
from framework.messages import Lang
from framework.resources import load_yaml

Purpose = Literal["pretrain", "sft", "dpo", "classification", "embedding"]
# People write "the TinyStories dataset" and "DISC-Law-SFT 数据集".
_FILLERS = (
    "the",
    "dataset",
    "datasets",
    "data",
    "set",
    "corpus",
    "public",
    "open",
    "数据集",
    "数据",
    "语料",
    "语料库",
    "公开",
)


class Wording(Strict):
    """One sentence in both languages."""

    en: str
    zh: str

    def said(self, lang: Lang) -> str:
        """The sentence in the report's language."""
        return self.zh if lang == "zh" else self.en


class Mini(Strict):
    """The rows that a first run is tried on."""

    split: str
    rows: int = Field(gt=0)


class Dataset(Strict):
    """One published dataset."""

    name: str
    aliases: tuple[str, ...] = ()
    repo: str | None
    config: str | None = None
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    languages: tuple[str, ...] = Field(min_length=1, description="ISO 639-1; `mul` for many")
    topics: tuple[str, ...]
    license: str
    commercial: Literal["yes", "no", "unclear"]
    grade: Literal[1, 2, 3] = 2
    examples: int | None = Field(gt=0, description="None where nobody says")
    tokens: int | None = Field(gt=0)
    bytes: int | None = Field(gt=0)
    mini: Mini
    good: Wording
    weak: Wording
    source: str
    date: str


class _File(Strict):
    topics: dict[str, tuple[str, ...]]
    datasets: tuple[Dataset, ...]


@cache
def _file() -> _File:
    return _File.model_validate(load_yaml("specs/catalog/datasets.yaml"))


def datasets() -> tuple[Dataset, ...]:
    """Every dataset that is known."""
    return _file().datasets


def topics() -> tuple[str, ...]:
    """The topics that datasets are sorted by."""
    return tuple(_file().topics)


@cache
def _keys() -> dict[str, Dataset]:
    """A dataset's own name counts before the aliases of others, and these before the names of repositories."""
    keys: dict[str, Dataset] = {}
    by_name = [(entry.name, entry) for entry in datasets()]
    by_alias = [(alias, entry) for entry in datasets() for alias in entry.aliases]
    by_repo = [(part, e) for e in datasets() if e.repo for part in (e.repo, e.repo.rpartition("/")[2])]
    for name, entry in (*by_name, *by_alias, *by_repo):
        keys.setdefault(names.key(name), entry)
    return keys


def find_dataset(text: str) -> Dataset | None:
    """The dataset that the text names, or None: it may well describe the user's own data."""
    known = _keys()
    return next((known[key] for key in (names.key(text), names.key_without(text, _FILLERS)) if key in known), None)


def topics_in(text: str) -> list[str]:
    """What the text is about, the topic with most words in it first."""
    found = {topic: len(words_in(text, words)) for topic, words in _file().topics.items()}
    return sorted((topic for topic, count in found.items() if count), key=lambda topic: -found[topic])


def words_in(text: str, words: tuple[str, ...] | list[str]) -> list[str]:
    """The words that occur in the text: English ones whole, Chinese ones anywhere."""
    folded = text.lower()
    return [word for word in words if _occurs(word, folded)]


def _occurs(word: str, text: str) -> bool:
    if word not in text:
        return False
    return not word.isascii() or re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text) is not None
