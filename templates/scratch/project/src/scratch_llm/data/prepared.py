"""Prepared data as training sees it: rows in a seeded order, with one number as the position."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Protocol

from scratch_llm.config import TrainConfig
from scratch_llm.data.corpus import Corpus, Shard
from scratch_llm.data.loading import AnyBatch, ahead, ready
from scratch_llm.data.prepare import open_corpus, prepared_folder, read_index
from scratch_llm.data.rows import DocumentRows, PairRows, Rows, WindowRows
from scratch_llm.data.sampler import RowSampler, Share, one_pass
from scratch_llm.tokenizers import Tokenizer
from scratch_llm.utils.errors import CheckpointError, DataError

State = dict[str, Any]


class TrainingData(Protocol):
    """Where a DataModule gets its batches from: prepared data or a stream."""

    batches_per_epoch: int
    start: State

    def check(self, state: State) -> None:
        """Refuse a state that belongs to other data."""
        ...

    def train(self, state: State) -> Iterator[tuple[AnyBatch, State]]:
        """Give batches without end from a state on, each with the state after it."""
        ...

    def val(self) -> Iterator[AnyBatch]:
        """Give the validation batches once."""
        ...

    def report(self) -> dict[str, Any]:
        """Say what the data is."""
        ...


class PreparedData:
    """The two splits of a prepared folder, opened."""

    def __init__(self, config: TrainConfig, tokenizer: Tokenizer, length: int, share: Share) -> None:
        self.folder = prepared_folder(config, tokenizer)
        self.share = share
        self.n_worker = config.data.loader_workers
        self.train_rows = build_rows(config, open_corpus(self.folder, "train"), length)
        self.val_rows = build_rows(config, open_corpus(self.folder, "val"), length)
        for name, rows in (("train", self.train_rows), ("validation", self.val_rows)):
            if len(rows) < share.world_size:
                raise DataError(
                    f"the {name} data has {len(rows)} usable rows for {share.world_size} processes: {rows.report()}",
                    "give more documents, a larger data.val_share or a longer model.context_length",
                )
        self.sampler = RowSampler(len(self.train_rows), share, seed=config.data.seed, shuffle=config.data.shuffle)
        self.batches_per_epoch = self.sampler.batches_per_epoch
        self.start: State = {
            "data": self.folder.name,
            "length": length,
            "rows": len(self.train_rows),
            "position": 0,
        }

    def check(self, state: State) -> None:
        """Refuse a state that belongs to other data."""
        if state.get("data") != self.folder.name:
            raise CheckpointError(
                f"the checkpoint was trained on {state.get('data')}, this run's data is {self.folder.name}",
                "resume with the data, tokenizer and split of the checkpoint, or begin a new run with start_from",
            )
        for key, name in (("length", "model.context_length"), ("rows", "the number of training rows")):
            if state.get(key) != self.start[key]:
                raise CheckpointError(
                    f"{name} is {self.start[key]}, in the checkpoint it is {state.get(key)}: its place in the data "
                    "would be another",
                    "resume with what the checkpoint was trained with, or begin a new run with start_from",
                )

    def train(self, state: State) -> Iterator[tuple[AnyBatch, State]]:
        """Give batches without end from a state on, each with the state after it."""
        position: int = state["position"]
        numbers = self.sampler.batches(position)
        tasks = (partial(_build, self.train_rows, chosen) for chosen in numbers)
        for batch in ahead(tasks, self.n_worker):
            position += self.share.step
            yield batch, state | {"position": position}

    def val(self) -> Iterator[AnyBatch]:
        """Give the validation batches once."""
        numbers = one_pass(len(self.val_rows), self.share)
        return (_build(self.val_rows, chosen) for chosen in numbers)

    def report(self) -> dict[str, Any]:
        """Say what the data is, how much of it there is, and what was left out."""
        index = read_index(self.folder)
        return {
            "folder": str(self.folder),
            "provenance": index["provenance"],
            "records": index["records"],
            "duplicates": index["duplicates"],
            "train": _counts(index["splits"]["train"]) | self.train_rows.report(),
            "val": _counts(index["splits"]["val"]) | self.val_rows.report(),
        }


def build_rows(config: TrainConfig, corpus: Corpus, length: int) -> Rows:
    """Choose how documents become rows, from task and packing."""
    data = config.data
    if config.task == "dpo":
        return PairRows(corpus, length)
    if config.task == "pretrain" and data.packing:
        return WindowRows(corpus, length, isolate=data.isolate_documents)
    split_long = config.task == "pretrain"
    return DocumentRows(corpus, length, packing=data.packing, isolate=data.isolate_documents, split_long=split_long)


def _build(rows: Rows, numbers: Sequence[int]) -> AnyBatch:
    return ready(rows[numbers])


def _counts(shards: Sequence[Shard]) -> dict[str, int]:
    return {
        "documents": sum(shard.n_document for shard in shards),
        "tokens": sum(shard.n_token for shard in shards),
        "targets": sum(shard.n_trained for shard in shards),
    }
