"""Prepared documents on disk: shards of token ids that are mapped into memory, never read whole.

A shard is up to three files: `.tokens` (the ids of all its documents, one after the other), `.starts` (where each
document begins, and where the last one ends) and, where not everything is learned, `.trained` (a byte per token).
"""

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scratch_llm.data.encoding import Document
from scratch_llm.utils.errors import DataError
from scratch_llm.utils.files import sha256

_DTYPES = {"tokens": "", "starts": "<i8", "trained": "|b1"}


@dataclass(frozen=True)
class Shard:
    """What is known of one shard: its counts, and the hash of each of its files by suffix."""

    name: str
    dtype: str
    n_document: int
    n_token: int
    n_trained: int
    files: Mapping[str, str]


def token_dtype(vocab_size: int) -> str:
    """Choose the smallest type that holds all ids."""
    return "<u2" if vocab_size <= 2**16 else "<u4"


def write_shard(folder: Path, name: str, documents: Sequence[Document], dtype: str) -> Shard:
    """Write the files of one shard, each of them whole or not there."""
    starts = np.cumsum([0] + [len(document.ids) for document in documents], dtype="<i8")
    arrays: dict[str, NDArray[Any]] = {
        "tokens": np.concatenate([document.ids for document in documents]).astype(dtype),
        "starts": starts,
    }
    masks = [document.trained for document in documents if document.trained is not None]
    if masks:
        arrays["trained"] = np.concatenate(masks)
    n_trained = int(arrays["trained"].sum()) if masks else int(starts[-1]) - len(documents)
    for suffix, array in arrays.items():
        write_array(folder / f"{name}.{suffix}", array)
    hashes = {suffix: sha256(folder / f"{name}.{suffix}") for suffix in arrays}
    return Shard(name, dtype, len(documents), int(starts[-1]), n_trained, hashes)


def damage(folder: Path, shard: Shard) -> str:
    """Compare a shard's files with their hashes; say what is wrong, or nothing."""
    for suffix, wanted in shard.files.items():
        path = folder / f"{shard.name}.{suffix}"
        if not path.is_file():
            return f"{path} is missing"
        if sha256(path) != wanted:
            return f"{path} is damaged: its content is not what was written"
    return ""


class Corpus:
    """All documents of one split, in order, as if they were one list."""

    def __init__(self, folder: Path, shards: Sequence[Shard]) -> None:
        self.folder = folder
        self.shards = tuple(shards)
        self._arrays = [_open(folder, shard) for shard in self.shards]
        self._first_document = np.cumsum([0] + [shard.n_document for shard in self.shards])
        lengths = [np.diff(arrays["starts"]) for arrays in self._arrays]
        self.starts: NDArray[np.int64] = np.concatenate([[0], *lengths]).astype(np.int64).cumsum()

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, document: int) -> Document:
        return self.piece(document, 0, int(self.starts[document + 1] - self.starts[document]))

    def piece(self, document: int, start: int, stop: int) -> Document:
        """Read the tokens `start` to `stop` of a document."""
        number = int(np.searchsorted(self._first_document, document, side="right")) - 1
        arrays = self._arrays[number]
        begin = int(arrays["starts"][document - self._first_document[number]])
        where = slice(begin + start, begin + stop)
        trained = arrays["trained"][where] if "trained" in arrays else None
        return Document(arrays["tokens"][where].astype(np.int64), trained)

    def first_trained(self) -> NDArray[np.int64]:
        """Find where in each document the first learned token stands; the document's length where none does."""
        found = []
        for arrays in self._arrays:
            starts = np.asarray(arrays["starts"])
            if "trained" not in arrays:
                found.append(np.minimum(1, np.diff(starts)))
                continue
            trained = np.append(np.flatnonzero(arrays["trained"]), starts[-1])
            following = trained[np.searchsorted(trained, starts[:-1])]
            found.append(np.minimum(following, starts[1:]) - starts[:-1])
        return np.concatenate(found) if found else np.empty(0, np.int64)


def _open(folder: Path, shard: Shard) -> dict[str, NDArray[Any]]:
    lengths = {"tokens": shard.n_token, "starts": shard.n_document + 1, "trained": shard.n_token}
    arrays: dict[str, NDArray[Any]] = {}
    for suffix in shard.files:
        path, dtype = folder / f"{shard.name}.{suffix}", np.dtype(_DTYPES[suffix] or shard.dtype)
        wanted = lengths[suffix] * dtype.itemsize
        size = path.stat().st_size if path.is_file() else -1
        if size != wanted:
            state = "is missing" if size < 0 else f"is damaged: it has {size} bytes instead of {wanted}"
            raise DataError(f"{path} {state}", f"delete the folder {folder}; it is made again at the next start")
        arrays[suffix] = np.memmap(path, dtype=dtype, mode="r").view(np.ndarray)
    return arrays


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write the bytes of an array: the file is whole or not there."""
    # A name of its own for every writer: two processes that prepare the same data cannot mix their bytes.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("wb") as file:
            array.tofile(file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
