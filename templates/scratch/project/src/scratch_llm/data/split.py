"""Which records are for training and which for validation: decided by content, so that equal records stay together."""

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scratch_llm.data.records import ChatRecord, Record, TextRecord
from scratch_llm.tokenizers import Message
from scratch_llm.utils.errors import DataError

LEFT_OUT, TRAIN, VAL = 0, 1, 2
_KEYS: Final = 2**64


def split_key(record: Record, seed: int) -> int:
    """Draw a number below 2**64 from a record's content; equal records draw equal numbers.

    Different answers to one prompt, in conversations or comparisons, count as equal: a prompt is never on both sides.
    """
    if isinstance(record, TextRecord):
        parts = [record.text.strip()]
    else:
        messages = _asked(record.messages) if isinstance(record, ChatRecord) else record.prompt
        parts = [part for message in messages for part in (message.role, message.content.strip())]
    text = "\x00".join([str(seed), *parts])
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _asked(messages: Sequence[Message]) -> Sequence[Message]:
    """Give what the last answer answers; the whole conversation where no user has asked."""
    prompt = messages[:-1]
    return prompt if any(message.role == "user" for message in prompt) else messages


def is_validation(key: int, share: float) -> bool:
    """Decide for one record alone, where the whole is not known (streaming)."""
    return key < share * _KEYS


def as_given(kept: Sequence[bool], n_val: int) -> NDArray[np.uint8]:
    """Take over the split of data that came with one: the first `n_val` records validate.

    Returns:
        LEFT_OUT, TRAIN or VAL for each record.
    """
    sides = np.full(len(kept), TRAIN, dtype=np.uint8)
    sides[:n_val] = VAL
    sides[~np.asarray(kept, dtype=np.bool_)] = LEFT_OUT
    if not {TRAIN, VAL} <= set(sides.tolist()):
        raise DataError(
            f"the data is split already, but of its {len(kept)} documents none is left for training or for validation",
            "give more documents, raise data.n_documents, or set data.deduplicate=false",
        )
    return sides


def assign(keys: NDArray[np.uint64], kept: Sequence[bool], share: float) -> NDArray[np.uint8]:
    """Decide for all records of a data set: the distinct records with the lowest keys validate.

    Args:
        keys: `split_key` of each record.
        kept: False for records that are left out.
        share: Share of the distinct records that validate; at least one does, and at least one trains.

    Returns:
        LEFT_OUT, TRAIN or VAL for each record.
    """
    mask = np.asarray(kept, dtype=np.bool_)
    distinct = np.unique(keys[mask])
    if len(distinct) < 2:
        raise DataError(
            f"the data has {len(distinct)} distinct documents; training and validation need at least one each",
            "give more documents; a long text can be cut into several at blank lines",
        )
    n_val = min(max(1, round(share * len(distinct))), len(distinct) - 1)
    sides = np.where(keys < distinct[n_val], VAL, TRAIN).astype(np.uint8)
    sides[~mask] = LEFT_OUT
    return sides
