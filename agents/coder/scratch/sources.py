"""The data of each stage: what was chosen, as far as the template can read it, and otherwise what comes nearest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agents.coder.scratch.case import Case
from framework.artifacts.tech import DataChoice
from framework.knowledge.datasets import Dataset, find_dataset
from framework.rendering.context import Data

StageTask = Literal["pretrain", "sft", "dpo"]
Spoken = Literal["en", "zh", "mixed"]
Trouble = Literal["", "offline", "commercial", "unreadable", "language", "unknown"]

OWN_FOLDER = "data/own"  # where people put their data when they did not give its path
READABLE = (".txt", ".jsonl", ".csv", ".parquet")
_ALL = 1_000_000_000  # no dataset of one's own is larger
_MOST_GENERATED = 200_000
_TOKENS_PER_STORY = 60
_MINI: dict[StageTask, tuple[str, int]] = {
    "pretrain": ("synthetic_stories", 2000),
    "sft": ("synthetic_instructions", 2000),
    "dpo": ("synthetic_preferences", 600),
}


@dataclass(frozen=True)
class Source:
    """A dataset of the template's registry."""

    name: str
    repo: str
    task: StageTask
    language: Spoken
    documents: int
    tokens_per_document: int
    sellable: bool = True


SOURCES = (
    Source("tiny_stories", "roneneldan/TinyStories", "pretrain", "en", 2_119_719, 224),
    Source("fineweb_edu", "HuggingFaceFW/fineweb-edu", "pretrain", "en", 9_672_101, 1034),
    Source("chinese_web", "Skywork/SkyPile-150B", "pretrain", "zh", 233_000_000, 644, sellable=False),
    Source("alpaca", "tatsu-lab/alpaca", "sft", "en", 52_002, 110, sellable=False),
    Source("ultrachat", "HuggingFaceH4/ultrachat_200k", "sft", "en", 207_865, 1200),
    Source("ultrafeedback", "HuggingFaceH4/ultrafeedback_binarized", "dpo", "en", 61_135, 700),
)
_BY_NAME = {source.name: source for source in SOURCES}
_SMALL = 40_000_000  # parameters up to which stories or short answers teach more than the web


@dataclass(frozen=True)
class Supply:
    """What a stage reads; `trouble` says why it is not what was chosen."""

    task: StageTask
    data: Data
    chosen: DataChoice | None
    trouble: Trouble

    @property
    def name(self) -> str:
        """The name in the template's registry."""
        return self.data.dataset_name

    def is_exhausted(self, tokens: int) -> bool:
        """Whether the pre-training reads all that the template's part of the dataset has more than once."""
        source = self.source
        return bool(source and self.task == "pretrain" and tokens > source.documents * source.tokens_per_document)

    @property
    def source(self) -> Source | None:
        """Its entry here; None for one's own data and for what is generated."""
        return _BY_NAME.get(self.data.dataset_name)


def spoken_in(case: Case) -> Spoken:
    """The language of generated data: one of the two that the grammar speaks, or both."""
    languages = set(case.languages)
    if {"en", "zh"} <= languages:
        return "mixed"
    return "zh" if "zh" in languages else "en"


def mini_data(case: Case, task: StageTask) -> Data:
    """A few thousand generated texts: they are there without a network, and a tiny model learns them in minutes."""
    name, amount = _MINI[task]
    return Data(dataset_name=name, path=None, language=spoken_in(case), n_documents=amount)


def supply_for(case: Case, task: StageTask) -> Supply:
    """What the full run of a stage reads."""
    if task == "pretrain":
        return _for_pretraining(case)
    chosen = [source for source in _fitting(case, task) if not case.commercial or source.sellable]
    if case.offline:
        return _generated(case, task, None, "offline")
    if not chosen:
        return _generated(case, task, None, "commercial" if _fitting(case, task) else "language")
    named = [source for source in chosen if source.repo in {dataset.repo for dataset in _named(case)}]
    small = (case.choice.params or 0) <= _SMALL
    source = (named or (chosen if small else chosen[::-1]))[0]
    return Supply(task, _published(case, source, source.documents), None, "")


def _for_pretraining(case: Case) -> Supply:
    chosen = case.choice.data.full
    if chosen.own:
        return Supply("pretrain", _own(case), chosen, "" if _is_readable(case) else "unreadable")
    if case.offline:
        return _generated(case, "pretrain", chosen, "offline")
    fitting = [source for source in SOURCES if source.task == "pretrain" and source.repo == chosen.repo]
    if fitting:
        return Supply("pretrain", _published(case, fitting[0], _documents(case, fitting[0])), chosen, "")
    speaking = _fitting(case, "pretrain")
    if not speaking:  # better no text than text of another language
        return Supply("pretrain", _own(case), chosen, "language")
    source = speaking[0] if _is_for_beginners(case) else speaking[-1]
    return Supply("pretrain", _published(case, source, _documents(case, source)), chosen, "unknown")


def _is_for_beginners(case: Case) -> bool:
    """Stories suit a model that is too small for the web."""
    return (case.choice.params or 0) <= _SMALL and spoken_in(case) == "en"


def _fitting(case: Case, task: StageTask) -> list[Source]:
    return [source for source in SOURCES if source.task == task and source.language in case.languages]


def _documents(case: Case, source: Source) -> int:
    """As many as the tokens of the run come from, and a tenth more for validation and duplicates."""
    chosen = case.choice.data.full
    length: float = source.tokens_per_document
    distinct = float(case.training.tokens)
    if chosen.repo == source.repo:
        distinct /= max(1.0, case.training.epochs)
        length = max(1.0, chosen.tokens / chosen.rows) if chosen.tokens and chosen.rows else length
    return max(1000, min(source.documents, round(1.1 * distinct / length)))


def _published(case: Case, source: Source, documents: int) -> Data:
    return Data(dataset_name=source.name, path=None, language=spoken_in(case), n_documents=documents)


def _own(case: Case) -> Data:
    path = case.facts.path if case.facts and _is_readable(case) else OWN_FOLDER
    columns = case.facts.text_columns if case.facts else []
    column = columns[0] if columns and "text" not in columns else "text"
    return Data(dataset_name="local", path=path, text_column=column, language=spoken_in(case), n_documents=_ALL)


def _is_readable(case: Case) -> bool:
    """Whether the template reads the data as it lies; what has not been shown yet will be put into the folder."""
    facts = case.facts
    if facts is None:
        return True
    if facts.folder:
        return f".{facts.format}" in READABLE
    return facts.path.lower().endswith(READABLE)


def _generated(case: Case, task: StageTask, chosen: DataChoice | None, trouble: Trouble) -> Supply:
    data = mini_data(case, task)
    if task == "pretrain":
        amount = min(_MOST_GENERATED, max(data.n_documents, case.training.tokens // _TOKENS_PER_STORY))
    else:
        amount = 10 * data.n_documents
    return Supply(task, data.model_copy(update={"n_documents": amount}), chosen, trouble)


def tasks_of(case: Case) -> list[StageTask]:
    """A model from nothing is pre-trained; where that is asked it learns to answer, and which answers are liked."""
    methods = {method.lower() for method in case.wanted.texts("method")}
    purposes = {purpose for dataset in _named(case) for purpose in dataset.purposes}
    prefers = case.wanted.value("task") == "dpo" or "preferences" in case.features or "dpo" in purposes
    chats = "chat" in case.features or "sft" in methods | purposes
    answers = prefers or chats or case.wanted.value("task") == "sft"
    asked: dict[StageTask, bool] = {"pretrain": True, "sft": answers, "dpo": prefers}
    return [task for task, is_asked in asked.items() if is_asked]


def _named(case: Case) -> list[Dataset]:
    """The published datasets that the user names."""
    return [dataset for text in case.wanted.texts("dataset") if (dataset := find_dataset(text))]
