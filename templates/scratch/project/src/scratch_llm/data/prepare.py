"""Tokenize once: from a source's records to shards on disk.

<data.folder>/prepared/<task>-<dataset>-<fingerprint>/
    sides.bin             for each record of the source, a byte: left out, train or val
    train-00000.tokens    ... see corpus.py
    train-00000.json      a finished shard; a start after a kill keeps it
    index.json            written last: the data is complete

What the documents hold decides where a shard ends, not who tokenizes it: any number of processes, and any number of
interruptions, give the same bytes.
"""

import json
import multiprocessing
import re
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from tqdm import tqdm

from scratch_llm.config import TrainConfig
from scratch_llm.data.corpus import (
    Corpus,
    Shard,
    damage,
    token_dtype,
    write_array,
    write_shard,
)
from scratch_llm.data.dedup import NearDuplicates
from scratch_llm.data.encoding import encode_records
from scratch_llm.data.faults import Faults
from scratch_llm.data.folders import files_of
from scratch_llm.data.records import Record, text_of
from scratch_llm.data.sources import given_validation, load_records, provenance
from scratch_llm.data.split import LEFT_OUT, TRAIN, VAL, as_given, assign, split_key
from scratch_llm.tokenizers import Tokenizer
from scratch_llm.utils.errors import DataError
from scratch_llm.utils.files import fingerprint, sha256, write_json

Split = Literal["train", "val"]
_SIDES: Final[dict[int, Split]] = {TRAIN: "train", VAL: "val"}
_FORMAT: Final = 4  # counts up when the same config would give other bytes
_INDEX: Final = "index.json"
_SIDES_FILE: Final = "sides.bin"
SHARD_CHARACTERS: Final = 16_000_000


class _Portion(NamedTuple):
    """The records of one shard."""

    name: str
    records: list[Record]


def prepared_folder(config: TrainConfig, tokenizer: Tokenizer) -> Path:
    """Name the folder of a run's data after everything that its bytes depend on."""
    data = config.data
    parts = [_FORMAT, config.task, source_identity(config), tokenizer.fingerprint, data.val_share, data.deduplicate]
    dataset = re.sub(r"[^\w-]", "_", data.dataset_name)  # a name, never a path
    return data.folder / "prepared" / f"{config.task}-{dataset}-{fingerprint(parts)}"


def source_identity(config: TrainConfig) -> dict[str, Any]:
    """Give what decides which records a source yields; local files count by content, streamed ones by size.

    A file and a folder that holds nothing but this file differ: they part a text differently.
    """
    data = config.data
    identity = data.model_dump(mode="json", include={"dataset_name", "text_column", "language", "n_documents", "seed"})
    if data.path is not None:
        root = data.path if data.path.is_dir() else data.path.parent
        stats = {path: path.stat() for path in files_of(data.path)}
        identity["in_folder"] = root == data.path
        identity["files"] = {
            path.relative_to(root).as_posix(): (
                stat.st_size if data.streaming else _content(path, stat.st_size, stat.st_mtime_ns)
            )
            for path, stat in stats.items()
        }
    return identity


@lru_cache
def _content(path: Path, size: int, changed: int) -> str:
    """Hash a file once per process, and again when it has changed."""
    return sha256(path)


def prepare(config: TrainConfig, tokenizer: Tokenizer, *, shard_characters: int = SHARD_CHARACTERS) -> Path:
    """Make the shards of a run, or go on where an earlier attempt was stopped, or check the ones that are there.

    Raises:
        DataError: There is no data, or prepared data has been damaged.
    """
    folder = prepared_folder(config, tokenizer)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f".{folder.name}.lock")):
        if (folder / _INDEX).is_file():
            _check(folder)
            return folder
        for draft in folder.glob(".*"):  # of a process that was killed: whoever holds the lock is the only writer
            draft.unlink()
        sides = _sides(config, folder)
        shards = _write_shards(config, tokenizer, folder, sides, shard_characters)
        splits = {
            split: [asdict(shards[name]) for name in sorted(shards) if name.startswith(split)]
            for split in _SIDES.values()
        }
        about = {"format": _FORMAT, "provenance": provenance(config.data), "records": len(sides)}
        about["duplicates"] = int((sides == LEFT_OUT).sum())
        write_json(folder / _INDEX, about | {"splits": splits})
    return folder


def read_index(folder: Path) -> dict[str, Any]:
    """Read what prepared data says about itself."""
    path = folder / _INDEX
    if not path.is_file():
        raise DataError(f"{folder} holds no complete data", "prepare it: python scripts/prepare_data.py --config ...")
    try:
        index: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        index["splits"] = {split: [Shard(**shard) for shard in index["splits"][split]] for split in _SIDES.values()}
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is damaged", _remedy(folder)) from error
    return index


def open_corpus(folder: Path, split: Split) -> Corpus:
    """Open one split of prepared data."""
    return Corpus(folder, read_index(folder)["splits"][split])


def split_texts(config: TrainConfig, folder: Path, split: Split) -> Iterator[str]:
    """Read the texts of one split again, from the source."""
    sides = np.fromfile(folder / _SIDES_FILE, dtype=np.uint8)
    return (text_of(record) for record, side in _with_sides(config, sides) if _SIDES.get(side) == split)


def _check(folder: Path) -> None:
    index = read_index(folder)
    for split in _SIDES.values():
        for shard in index["splits"][split]:
            if wrong := damage(folder, shard):
                raise DataError(wrong, _remedy(folder))


def _remedy(folder: Path) -> str:
    return f"delete the folder {folder}; it is made again at the next start"


def _sides(config: TrainConfig, folder: Path) -> NDArray[np.uint8]:
    """Decide what becomes of each record: the first of two passes over the source, done once."""
    path = folder / _SIDES_FILE
    if path.is_file():
        return np.fromfile(path, dtype=np.uint8)
    seen = NearDuplicates()
    keys, kept = [], []
    for record in load_records(config.data, config.task):
        keys.append(split_key(record, config.data.seed))
        kept.append(not config.data.deduplicate or seen.add(text_of(record)) is None)
    n_val = given_validation(config.data, config.task)
    if n_val is None:
        sides = assign(np.array(keys, dtype=np.uint64), kept, config.data.val_share)
    else:
        sides = as_given(kept, n_val)
    write_array(path, sides)
    return sides


def _write_shards(
    config: TrainConfig, tokenizer: Tokenizer, folder: Path, sides: NDArray[np.uint8], shard_characters: int
) -> dict[str, Shard]:
    """Tokenize: the second pass over the source. Only so many records are in memory as the processes work on."""
    portions = _portions(_with_sides(config, sides), shard_characters)
    workers = config.data.prepare_workers
    shards: dict[str, Shard] = {}
    hidden = None if config.logging.progress else True  # None: shown in a terminal only
    with tqdm(total=int((sides != LEFT_OUT).sum()), desc="tokenizing", unit=" documents", disable=hidden) as bar:
        work = _in_turn if workers == 1 else _at_once
        for shard, n_record in work(portions, folder, tokenizer, workers):
            shards[shard.name] = shard
            bar.update(n_record)
    return shards


def _with_sides(config: TrainConfig, sides: NDArray[np.uint8]) -> Iterator[tuple[Record, int]]:
    """Read the source again, without telling its faults again; it must give as many records as at first."""
    for record, side in zip_longest(load_records(config.data, config.task, Faults()), sides.tolist()):
        if record is None or side is None:
            raise DataError(
                f"the source gave {len(sides)} records when it was first read and now gives another number",
                f"delete the folder {config.data.folder / 'prepared'}; it is made again at the next start",
            )
        yield record, side


def _portions(records: Iterable[tuple[Record, int]], shard_characters: int) -> Iterator[_Portion]:
    """Gather records until a shard is full; train and val are filled side by side."""
    gathered: dict[Split, list[Record]] = {split: [] for split in _SIDES.values()}
    n_character = dict.fromkeys(gathered, 0)
    n_shard = dict.fromkeys(gathered, 0)
    for record, side in records:
        if side == LEFT_OUT:
            continue
        split = _SIDES[side]
        gathered[split].append(record)
        n_character[split] += len(text_of(record))
        if n_character[split] >= shard_characters:
            yield _Portion(f"{split}-{n_shard[split]:05d}", gathered[split])
            gathered[split], n_character[split], n_shard[split] = [], 0, n_shard[split] + 1
    for split, rest in gathered.items():
        if rest:
            yield _Portion(f"{split}-{n_shard[split]:05d}", rest)


def _in_turn(
    portions: Iterable[_Portion], folder: Path, tokenizer: Tokenizer, workers: int
) -> Iterator[tuple[Shard, int]]:
    for portion in portions:
        yield _finish(folder, portion, tokenizer), len(portion.records)


def _at_once(
    portions: Iterable[_Portion], folder: Path, tokenizer: Tokenizer, workers: int
) -> Iterator[tuple[Shard, int]]:
    # spawn: a fork would copy the locks of the tokenizer's threads in whatever state they are.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_start_worker, initargs=(tokenizer,)) as pool:
        waiting: deque[tuple[Future[Shard], int]] = deque()
        for portion in portions:
            waiting.append((pool.submit(_work, folder, portion), len(portion.records)))
            if len(waiting) > workers + 1:
                yield _result(waiting)
        while waiting:
            yield _result(waiting)


def _result(waiting: deque[tuple[Future[Shard], int]]) -> tuple[Shard, int]:
    future, n_record = waiting.popleft()
    return future.result(), n_record


_tokenizer_of_worker: list[Tokenizer] = []


def _start_worker(tokenizer: Tokenizer) -> None:
    _tokenizer_of_worker.append(tokenizer)


def _work(folder: Path, portion: _Portion) -> Shard:
    return _finish(folder, portion, _tokenizer_of_worker[0])


def _finish(folder: Path, portion: _Portion, tokenizer: Tokenizer) -> Shard:
    """Give the finished shard of a portion: the one that is there, if it is undamaged, else a new one."""
    if (found := _finished(folder, portion.name)) is not None:
        return found
    documents = encode_records(tokenizer, portion.records)
    shard = write_shard(folder, portion.name, documents, token_dtype(tokenizer.vocab_size))
    write_json(folder / f"{portion.name}.json", asdict(shard))
    return shard


def _finished(folder: Path, name: str) -> Shard | None:
    try:
        shard = Shard(**json.loads((folder / f"{name}.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return None if damage(folder, shard) else shard
