"""Small data sets in files, and the configs that read them."""

import json
import random
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch

from scratch_llm.config import TrainConfig
from scratch_llm.data import Batch, DataModule, PreferenceBatch
from scratch_llm.data.encoding import Document
from scratch_llm.tokenizers import Tokenizer, train_tokenizer

WORDS = ("a", "bear", "cloud", "door", "eats", "far", "green", "house", "in", "jumps", "kite", "lake", "moon", "near")


@cache
def tokenizer() -> Tokenizer:
    """One id per character: nothing to learn, and ids that can be read."""
    return train_tokenizer("char", ["abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,\n"], 300)


def sentences(n: int, seed: int = 0) -> list[str]:
    """Different texts of 1 to 12 words."""
    draw = random.Random(seed)
    return [f"{i} " + " ".join(draw.choices(WORDS, k=draw.randint(1, 12))) for i in range(n)]


def write_texts(path: Path, texts: Iterable[str]) -> Path:
    return write_rows(path, [{"text": text} for text in texts])


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def chats(n: int) -> list[dict[str, Any]]:
    questions, answers = sentences(n, seed=1), sentences(n, seed=2)
    return [{"prompt": question, "response": answer} for question, answer in zip(questions, answers, strict=True)]


def preferences(n: int) -> list[dict[str, Any]]:
    return [
        {"prompt": question, "chosen": f"yes {i}", "rejected": f"not at all {i}"}
        for i, question in enumerate(sentences(n, seed=3))
    ]


def config(path: Path, **changes: Any) -> TrainConfig:
    """A run on a local file; prepared data goes beside it. `data__packing=False` sets data.packing."""
    values: dict[str, Any] = {
        "data": {"dataset_name": "local", "path": str(path), "folder": str(path.parent / "made"), "val_share": 0.1},
        "training": {"batch_size": 4},
    }
    for key, value in changes.items():
        section, _, name = key.partition("__")
        if name:
            values.setdefault(section, {})[name] = value
        else:
            values[section] = value
    return TrainConfig.model_validate(values)


def opened(run: TrainConfig, length: int = 32, rank: int = 0, world_size: int = 1) -> DataModule:
    """A DataModule that is ready to give batches."""
    data = DataModule(run, tokenizer(), context_length=length, rank=rank, world_size=world_size)
    data.prepare()
    data.setup()
    return data


def documents(lengths: Sequence[int]) -> list[Document]:
    """Documents whose tokens are all different, so that each can be found again."""
    import numpy as np

    starts = np.cumsum([100, *lengths])
    return [Document(np.arange(start, start + n)) for start, n in zip(starts, lengths, strict=False)]


def halves(batch: Batch | PreferenceBatch) -> list[Batch]:
    return [batch.chosen, batch.rejected] if isinstance(batch, PreferenceBatch) else [batch]


def same(left: Batch | PreferenceBatch, right: Batch | PreferenceBatch) -> bool:
    """Whether two batches are equal, bit for bit."""
    for one, other in zip(halves(left), halves(right), strict=True):
        if not torch.equal(one.tokens, other.tokens) or not torch.equal(one.targets, other.targets):
            return False
        if (one.document_ids is None) != (other.document_ids is None):
            return False
        if one.document_ids is not None and not torch.equal(one.document_ids, other.document_ids):
            return False
    return True
