"""Read, tokenize and pack while training: memory holds a handful of documents, however large the source is.

Rows follow the order of the source. So the position is small: the place of the first document that is not used up, and
how much of it is. Reading that document again gives the very rows that come next.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import islice, repeat
from typing import Any, Final, NamedTuple

import numpy as np

from scratch_llm.config import TrainConfig
from scratch_llm.data.encoding import Document, encode_records
from scratch_llm.data.loading import AnyBatch, ahead, ready
from scratch_llm.data.packing import collate, collate_padded, collate_pairs, cut
from scratch_llm.data.prepare import source_identity
from scratch_llm.data.reading import Place, Placed, reader_for
from scratch_llm.data.sampler import Share, one_pass
from scratch_llm.data.sources import given_validation
from scratch_llm.data.split import is_validation, split_key
from scratch_llm.tokenizers import Tokenizer
from scratch_llm.utils.errors import CheckpointError, ConfigError, DataError
from scratch_llm.utils.files import fingerprint

_TOGETHER: Final = 16  # records that are tokenized in one call
_START: Final = Place()
State = dict[str, Any]
Row = list[Document]


@dataclass(frozen=True)
class Position:
    """Where a process's next row begins, and what has been left out so far."""

    epoch: int = 0
    place: Place = _START
    used: int = 0  # pairs of the document at `place` that earlier rows hold
    n_cut: int = 0
    n_dropped: int = 0


class Step(NamedTuple):
    """One record's documents (two for a preference), with the positions before and after it."""

    documents: list[Document]
    before: Position
    after: Position


class StreamedData:
    """A source as training sees it while it is being read.

    Process r of w takes the records r, r + w, r + 2w and so on. Which records validate is decided for each by its
    content; duplicates are not removed, but never part into training and validation.
    """

    def __init__(self, config: TrainConfig, tokenizer: Tokenizer, length: int, share: Share) -> None:
        if not config.training.max_steps:
            raise ConfigError("data.streaming has no known epoch", "set training.max_steps to the length of the run")
        self.config = config
        self.tokenizer = tokenizer
        self.length = length
        self.share = share
        self.reader = reader_for(config.data, config.task)
        self.packing = config.data.packing and config.task != "dpo"
        self.batches_per_epoch = config.training.max_steps * config.training.accumulate
        self.start = self._state(Position())

    def check(self, state: State) -> None:
        """Refuse a state that belongs to other data, or to another number of processes."""
        for key in ("data", "world_size"):
            if state.get(key) != self.start[key]:
                raise CheckpointError(
                    f"the position in the stream is of {key} {state.get(key)}, this run has {self.start[key]}",
                    "resume with the data and the number of processes of the checkpoint, or begin a new run from it",
                )

    def train(self, state: State) -> Iterator[tuple[AnyBatch, State]]:
        """Give batches without end from a state on, each with the state after it."""
        batches = self._batches(_position(state))
        return ahead(repeat(partial(next, batches)), min(self.config.data.loader_workers, 1))

    def val(self) -> Iterator[AnyBatch]:
        """Give the validation batches once: the first rows of the source's validation records."""
        rows = self._val_rows
        return (self.collate([rows[number] for number in numbers]) for numbers in one_pass(len(rows), self.share))

    def report(self) -> dict[str, Any]:
        """Say what the data is; a stream's size is not known."""
        return {
            "streaming": self.config.data.dataset_name,
            "reader": type(self.reader).__name__,
            "val": {"rows": len(self._val_rows)},
            "note": "records in the order of the source; duplicates are not removed",
        }

    def _batches(self, position: Position) -> Iterator[tuple[AnyBatch, State]]:
        """Give this process's training batches from a position on."""
        rows = self._rows(self._training_steps(position), position.used)
        while True:
            taken = list(islice(rows, self.share.batch_size))
            yield ready(self.collate([row for row, _ in taken])), self._state(taken[-1][1])

    def collate(self, rows: list[Row]) -> AnyBatch:
        """Build one batch."""
        if self.config.task == "dpo":
            return collate_pairs([row[0] for row in rows], [row[1] for row in rows], self.length)
        if self.packing:
            return collate(rows, self.length, isolate=self.config.data.isolate_documents)
        return collate_padded([row[0] for row in rows], self.length)

    @cached_property
    def _val_rows(self) -> list[Row]:
        placed = (placed for placed in self.reader(_START) if self._validates(placed))
        wanted = self.config.training.eval_batches * self.share.step
        rows = [row for row, _ in islice(self._rows(self._steps(placed, Position())), wanted)]
        if len(rows) < self.share.world_size:
            raise DataError(
                f"the stream has {len(rows)} validation rows for {self.share.world_size} processes",
                "raise data.val_share, or data.n_documents, the number of records that are read",
            )
        return rows

    def _rows(self, steps: Iterator[Step], used: int = 0) -> Iterator[tuple[Row, Position]]:
        if self.config.task == "pretrain":
            return split_rows(steps, self.length, packing=self.packing, used=used)
        return whole_rows(steps, self.length, packing=self.packing)

    def _training_steps(self, position: Position) -> Iterator[Step]:
        """Walk over this process's share of the source again and again."""
        while True:
            placed = (placed for placed in self.reader(position.place) if self._is_mine(placed))
            step = None
            for step in self._steps(placed, position):
                yield step
            if step is None and position.place == _START:
                raise DataError(
                    f"the stream has no usable training record for process {self.share.rank}",
                    "give more records, or a longer model.context_length",
                )
            last = position if step is None else step.after
            position = Position(last.epoch + 1, n_cut=last.n_cut, n_dropped=last.n_dropped)

    def _steps(self, placed: Iterator[Placed], position: Position) -> Iterator[Step]:
        while group := list(islice(placed, _TOGETHER)):
            documents = encode_records(self.tokenizer, [record for record, _, _ in group])
            each = len(documents) // len(group)
            for number, (_, place, following) in enumerate(group):
                before = replace(position, place=place, used=0)
                fitted = self._fit(documents[number * each : (number + 1) * each])
                n_cut, n_dropped = (position.n_cut + fitted.n_cut, position.n_dropped + fitted.n_dropped)
                position = Position(position.epoch, following, 0, n_cut, n_dropped)
                if not fitted.n_dropped:
                    yield Step(fitted.documents, before, position)

    def _fit(self, documents: list[Document]) -> "_Fitted":
        if self.config.task == "pretrain":
            return _Fitted(documents, 0, int(len(documents[0].ids) < 2))
        kept = [cut(document, 0, self.length) for document in documents]
        n_cut = sum(len(document.ids) > self.length + 1 for document in documents)
        usable = all(document.trained is None or np.any(document.trained[1:]) for document in kept)
        different = len(kept) == 1 or not np.array_equal(kept[0].ids, kept[1].ids)
        return _Fitted(kept, n_cut, 0) if usable and different else _Fitted([], 0, len(documents))

    @cached_property
    def _n_given(self) -> int | None:
        return given_validation(self.config.data, self.config.task)

    def _validates(self, placed: Placed) -> bool:
        data = self.config.data
        if self._n_given is not None:
            return placed.place.record < self._n_given
        return is_validation(split_key(placed.record, data.seed), data.val_share)

    def _is_mine(self, placed: Placed) -> bool:
        return placed.place.record % self.share.world_size == self.share.rank and not self._validates(placed)

    def _state(self, position: Position) -> State:
        return {"data": self._identity, "world_size": self.share.world_size} | _plain(position)

    @cached_property
    def _identity(self) -> str:
        data = self.config.data
        how = [self.config.task, data.val_share, data.packing, self.length, self.tokenizer.fingerprint]
        return fingerprint([source_identity(self.config), *how])


class _Fitted(NamedTuple):
    documents: list[Document]
    n_cut: int
    n_dropped: int


def split_rows(steps: Iterable[Step], length: int, *, packing: bool, used: int = 0) -> Iterator[tuple[Row, Position]]:
    """Fill rows to the last place, cutting documents where a row ends.

    Args:
        steps: The documents.
        length: Places of a row.
        packing: Let the next document begin in the same row.
        used: Pairs of the first document that earlier rows hold.
    """
    row: Row = []
    room = length
    after = Position()
    for (document, *_), before, after in steps:
        n_pair = len(document.ids) - 1
        while used < n_pair:
            size = min(room, n_pair - used)
            row.append(cut(document, used, used + size))
            used, room = used + size, room - size
            if room == 0 or not packing:
                yield row, replace(before, used=used) if used < n_pair else after
                row, room = [], length
        used = 0
    if row:
        yield row, after


def whole_rows(steps: Iterable[Step], length: int, *, packing: bool) -> Iterator[tuple[Row, Position]]:
    """Lay whole documents into a row until the next one does not fit; without packing, one record is a row."""
    row: Row = []
    room = length
    after = Position()
    for step in steps:
        documents, before, after = step
        size = len(documents[0].ids) - 1
        if row and (size > room or not packing):
            yield row, before
            row, room = [], length
        row, room = row + documents, room - size
    if row:
        yield row, after


def _plain(position: Position) -> State:
    place = position.place._asdict()
    return {
        "epoch": position.epoch,
        "used": position.used,
        "cut": position.n_cut,
        "dropped": position.n_dropped,
    } | place


def _position(state: State) -> Position:
    place = Place(state["record"], state["file"], state["byte"])
    return Position(state["epoch"], place, state["used"], state["cut"], state["dropped"])
