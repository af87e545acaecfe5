"""Texts that tell which weights matter: the run's own data, or a file."""

from collections.abc import Sequence
from itertools import islice

import torch
from torch import Tensor

from scratch_llm.config import TrainConfig
from scratch_llm.data import DataModule, PreferenceBatch
from scratch_llm.tokenizers import Tokenizer
from scratch_llm.utils.errors import DataError

_ROWS = 8


def calibration_from_run(config: TrainConfig, tokenizer: Tokenizer, context_length: int, n_batch: int) -> list[Tensor]:
    """The first training batches of a run, as ids [B, T]."""
    data = DataModule(config, tokenizer, context_length=context_length)
    data.prepare()
    data.setup()
    batches = islice(data.train_batches(), n_batch)
    return [(batch.chosen if isinstance(batch, PreferenceBatch) else batch).tokens for batch in batches]


def calibration_from_texts(
    texts: Sequence[str], tokenizer: Tokenizer, context_length: int, n_batch: int
) -> list[Tensor]:
    """Texts one after the other, cut into full rows, as batches of ids [B, T].

    Raises:
        DataError: There is no text.
    """
    stream = [token for ids in tokenizer.encode_batch(texts, bos=True, eos=True) for token in ids]
    if not any(text.strip() for text in texts):
        raise DataError("there is no text to calibrate on", "give a file with texts such as the model will see")
    length = min(context_length, len(stream))
    rows = torch.tensor(stream[: len(stream) // length * length]).view(-1, length)
    return list(torch.split(rows[: n_batch * _ROWS], _ROWS))
