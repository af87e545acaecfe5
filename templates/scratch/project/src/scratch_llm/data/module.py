"""The one thing that training asks for data."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from scratch_llm.config import TrainConfig
from scratch_llm.data.batch import Batch, PreferenceBatch
from scratch_llm.data.prepare import prepare
from scratch_llm.data.prepared import PreparedData, TrainingData
from scratch_llm.data.sampler import Share
from scratch_llm.data.streaming import StreamedData
from scratch_llm.tokenizers import Tokenizer


class DataModule:
    """Training and validation batches of a run, from a position that can be saved.

    Args:
        config: The run.
        tokenizer: What the data is encoded with.
        context_length: Longest row in tokens.
        rank: This process.
        world_size: Processes that share the data.
    """

    def __init__(
        self, config: TrainConfig, tokenizer: Tokenizer, *, context_length: int, rank: int = 0, world_size: int = 1
    ) -> None:
        self.config = config
        self.tokenizer = tokenizer
        self.context_length = context_length
        self.share = Share(config.training.batch_size, rank, world_size)

    def prepare(self) -> None:
        """Make everything that lies on disk. Call it in one process before `setup` in all of them."""
        if not self.config.data.streaming:
            prepare(self.config, self.tokenizer)

    def setup(self) -> None:
        """Open the data; the position is its beginning."""
        self._state = self._data.start

    @cached_property
    def _data(self) -> TrainingData:
        kind = StreamedData if self.config.data.streaming else PreparedData
        return kind(self.config, self.tokenizer, self.context_length, self.share)

    @property
    def batches_per_epoch(self) -> int:
        """Batches of one process until all of the data has been visited."""
        return self._data.batches_per_epoch

    def train_batches(self) -> Iterator[Batch | PreferenceBatch]:
        """Give this process's batches without end, from the current position on."""
        for batch, state in self._data.train(self._state):
            self._state = state
            yield batch

    def val_batches(self) -> Iterator[Batch | PreferenceBatch]:
        """Give this process's validation batches: one pass, always in the same order."""
        return self._data.val()

    def state_dict(self) -> dict[str, Any]:
        """Give the position of the next batch, in plain types."""
        return dict(self._state)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved position.

        Raises:
            CheckpointError: The position belongs to other data.
        """
        self._data.check(state)
        self._state = dict(state)

    def report(self) -> dict[str, Any]:
        """Say what the data is, how much of it there is, and what was left out."""
        return self._data.report()
