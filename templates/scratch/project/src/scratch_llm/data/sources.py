"""From a config to records: the one door through which all data comes in."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from scratch_llm.config import DataConfig
from scratch_llm.data import downloads
from scratch_llm.data.faults import Faults
from scratch_llm.data.folders import files_of
from scratch_llm.data.local import how_parted, n_given_validation
from scratch_llm.data.records import (
    KIND_OF_TASK,
    ChatRecord,
    Kind,
    PreferenceRecord,
    Record,
    TextRecord,
    text_of,
)
from scratch_llm.data.registry import SOURCES, Source, find_source
from scratch_llm.utils.errors import ConfigError
from scratch_llm.utils.files import sha256

__all__ = [
    "KIND_OF_TASK",
    "ChatRecord",
    "Faults",
    "Kind",
    "PreferenceRecord",
    "Record",
    "TextRecord",
    "given_validation",
    "load_records",
    "provenance",
    "text_of",
]


def load_records(config: DataConfig, task: str, faults: Faults | None = None) -> Iterator[Record]:
    """Read the records that a task needs, at most `config.n_documents`.

    The source is checked at once, records come one by one. Rows that cannot be read are left out: counted in `faults`
    by a caller who gives it, and else told in a warning at the end.
    """
    source = find_source(config.dataset_name)
    kind = KIND_OF_TASK[task]
    if kind not in source.kinds:
        fitting = ", ".join(other.name for other in SOURCES.values() if kind in other.kinds)
        raise ConfigError(
            f"dataset {source.name} holds {source.kinds[0]} records, task {task} needs {kind}", f"use one of {fitting}"
        )
    if faults is None:
        return _told(source, config, kind)
    return _first(source, config, kind, faults)


def given_validation(config: DataConfig, task: str) -> int | None:
    """Say how many of the first records are for validation because the data came split; None where it did not."""
    if config.dataset_name != "local" or config.path is None:
        return None
    return n_given_validation(config.path, KIND_OF_TASK[task], config.text_column)


def provenance(config: DataConfig) -> dict[str, Any]:
    """Say what the data is, whose it is and whence it came: kept with prepared data and shown in the data card."""
    source = find_source(config.dataset_name)
    facts = {
        "dataset": source.name,
        "description": source.description,
        "licence": source.licence,
        "origin": source.origin,
        "languages": [config.language] if config.language in source.languages else list(source.languages),
    }
    if config.path is not None and source.name == "local":
        root = config.path if config.path.is_dir() else config.path.parent
        hashes = {file.relative_to(root).as_posix(): sha256(file) for file in files_of(config.path)}
        parted = how_parted(config.path)
        return facts | {"origin": str(config.path), "files": hashes} | ({"documents": parted} if parted else {})
    return facts | downloads.provenance(downloads.raw_folder(config.folder, source.name))


def _told(source: Source, config: DataConfig, kind: Kind) -> Iterator[Record]:
    faults = Faults()
    yield from _first(source, config, kind, faults)
    faults.warn()


def _first(source: Source, config: DataConfig, kind: Kind, faults: Faults) -> Iterator[Record]:
    """Give the records that are wanted; that a person's own data holds more of them must not pass in silence."""
    records = source.read(config, kind, faults)
    yield from islice(records, config.n_documents)
    if source.name == "local" and next(records, None) is not None:
        faults.limit = config.n_documents
