"""The datasets by name. To add one: write a `Source` and put it into `SOURCES`."""

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from scratch_llm.config import DataConfig
from scratch_llm.data.downloads import HubDataset, download, raw_folder
from scratch_llm.data.faults import Faults
from scratch_llm.data.local import read_local
from scratch_llm.data.records import Kind, Record, TextRecord
from scratch_llm.data.synthetic import instructions, preferences, stories
from scratch_llm.utils.errors import ConfigError

Reader = Callable[[DataConfig, Kind, Faults], Iterator[Record]]


@dataclass(frozen=True)
class Source:
    """A dataset: what it is, whose it is, and how its records are read."""

    name: str
    kinds: tuple[Kind, ...]
    description: str
    licence: str
    origin: str
    languages: tuple[str, ...]
    size: str
    read: Reader


def find_source(name: str) -> Source:
    """Give the source of this name."""
    if name not in SOURCES:
        close = difflib.get_close_matches(name, SOURCES, n=1)
        guess = f"did you mean {close[0]}? " if close else ""
        raise ConfigError(f"dataset '{name}' is unknown", f"{guess}there are {', '.join(SOURCES)}")
    return SOURCES[name]


def _stories(config: DataConfig, kind: Kind, faults: Faults) -> Iterator[Record]:
    return map(TextRecord, stories(config.n_documents, seed=config.seed, language=config.language))


def _instructions(config: DataConfig, kind: Kind, faults: Faults) -> Iterator[Record]:
    return instructions(config.n_documents, seed=config.seed, language=config.language)


def _preferences(config: DataConfig, kind: Kind, faults: Faults) -> Iterator[Record]:
    return preferences(config.n_documents, seed=config.seed, language=config.language)


def _local(config: DataConfig, kind: Kind, faults: Faults) -> Iterator[Record]:
    if config.path is None:
        raise ConfigError("dataset local needs a path", "set data.path to a file or folder")
    return read_local(config.path, kind, text_column=config.text_column, faults=faults)


def _synthetic(name: str, kind: Kind, description: str, read: Reader) -> Source:
    licence, origin = "that of this project (own text)", "a seeded grammar in data/synthetic"
    return Source(name, (kind,), description, licence, origin, ("en", "zh"), "any", read)


def _hub(name: str, dataset: HubDataset, *, description: str, languages: tuple[str, ...], size: str) -> Source:
    def read(config: DataConfig, kind: Kind, faults: Faults) -> Iterator[Record]:
        folder = raw_folder(config.folder, name)
        return download(dataset, folder, config.n_documents, faults, offline=config.offline)

    origin = f"https://huggingface.co/datasets/{dataset.path}"
    return Source(name, (dataset.kind,), description, dataset.licence, origin, languages, size, read)


_ALL: Final = (
    _synthetic("synthetic_stories", "text", "short stories of a grammar that can also recognise them", _stories),
    _synthetic("synthetic_instructions", "chat", "story requests and short questions, with answers", _instructions),
    _synthetic("synthetic_preferences", "preference", "story requests with a good and a faulty answer", _preferences),
    _hub(
        "tiny_stories",
        HubDataset("roneneldan/TinyStories", "text", "CDLA-Sharing-1.0"),
        description="short stories in the words of a small child, written by GPT-3.5 and GPT-4",
        languages=("en",),
        size="2.1 million stories, 1 GB",
    ),
    _hub(
        "fineweb_edu",
        HubDataset("HuggingFaceFW/fineweb-edu", "text", "ODC-By 1.0", subset="sample-10BT"),
        description="educational web pages, the sample of ten billion tokens",
        languages=("en",),
        size="9.7 million pages, 28 GB",
    ),
    _hub(
        "chinese_web",
        HubDataset("Skywork/SkyPile-150B", "text", "Skywork Community License"),
        description="Chinese web pages, filtered and deduplicated",
        languages=("zh",),
        size="233 million pages, 620 GB",
    ),
    _hub(
        "alpaca",
        HubDataset("tatsu-lab/alpaca", "chat", "CC BY-NC 4.0"),
        description="instructions with answers by text-davinci-003",
        languages=("en",),
        size="52,002 instructions, 24 MB",
    ),
    _hub(
        "ultrachat",
        HubDataset("HuggingFaceH4/ultrachat_200k", "chat", "MIT", split="train_sft"),
        description="conversations of several turns by ChatGPT, filtered",
        languages=("en",),
        size="207,865 conversations, 1.4 GB",
    ),
    _hub(
        "ultrafeedback",
        HubDataset("HuggingFaceH4/ultrafeedback_binarized", "preference", "MIT", split="train_prefs"),
        description="answers of many models in pairs, rated by GPT-4",
        languages=("en",),
        size="61,135 pairs, 406 MB",
    ),
    Source(
        name="local",
        kinds=("text", "chat", "preference"),
        description="files of one's own: txt, jsonl, json, csv, parquet",
        licence="whatever you are allowed to do with them",
        origin="data.path",
        languages=("any",),
        size="any",
        read=_local,
    ),
)
SOURCES: Final[dict[str, Source]] = {source.name: source for source in _ALL}
