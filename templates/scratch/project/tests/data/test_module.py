"""Batches come in one order that can be left and taken up again, and are shared out without rest."""

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch

from scratch_llm.config import TrainConfig
from scratch_llm.data import Batch, DataModule, PreferenceBatch, tokenizer_for
from scratch_llm.utils.errors import CheckpointError, ConfigError, DataError

from tests.data.material import (
    chats,
    config,
    halves,
    opened,
    preferences,
    same,
    sentences,
    tokenizer,
    write_rows,
    write_texts,
)

KINDS = {
    "texts": {"task": "pretrain"},
    "padded texts": {"task": "pretrain", "data__packing": False},
    "unparted texts": {"task": "pretrain", "data__isolate_documents": False},
    "chats": {"task": "sft"},
    "preferences": {"task": "dpo"},
    "streamed texts": {"task": "pretrain", "data__streaming": True, "training__max_steps": 100},
    "streamed padded texts": {
        "task": "pretrain",
        "data__streaming": True,
        "data__packing": False,
        "training__max_steps": 100,
    },
    "streamed chats": {"task": "sft", "data__streaming": True, "training__max_steps": 100},
    "streamed preferences": {"task": "dpo", "data__streaming": True, "training__max_steps": 100},
}


def run_of(kind: str, folder: Path, **changes: Any) -> TrainConfig:
    rows: dict[str, list[dict[str, Any]]] = {
        "pretrain": [{"text": text} for text in sentences(60)],
        "sft": chats(60),
        "dpo": preferences(60),
    }
    wanted = KINDS[kind]
    return config(write_rows(folder / "rows.jsonl", rows[str(wanted["task"])]), **{**wanted, **changes})


def taken(data: DataModule, n: int) -> list[Batch | PreferenceBatch]:
    return list(islice(data.train_batches(), n))


@pytest.mark.parametrize("n_worker", [0, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_the_next_batches_after_a_resume_are_those_of_a_run_that_was_never_stopped(
    tmp_path: Path, kind: str, n_worker: int
) -> None:
    run = run_of(kind, tmp_path)
    uninterrupted = opened(run, length=100)
    n_batch = 2 * 60  # several epochs
    expected, states = [], []
    batches = uninterrupted.train_batches()
    for _ in range(n_batch):
        states.append(json.loads(json.dumps(uninterrupted.state_dict())))
        expected.append(next(batches))
    for stop in (0, 1, 7, n_batch - 10):
        resumed = opened(run_of(kind, tmp_path, data__loader_workers=n_worker), length=100)
        resumed.load_state_dict(states[stop])
        found = taken(resumed, 10)
        assert all(same(one, other) for one, other in zip(found, expected[stop : stop + 10], strict=True))
        assert resumed.state_dict() == ([*states, uninterrupted.state_dict()])[stop + 10]


@pytest.mark.parametrize("kind", KINDS)
def test_one_module_goes_on_where_its_last_iterator_was_left(tmp_path: Path, kind: str) -> None:
    run = run_of(kind, tmp_path)
    expected = taken(opened(run, length=100), 8)
    data = opened(run, length=100)
    assert all(same(*both) for both in zip(taken(data, 3) + taken(data, 5), expected, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_validation_is_the_same_each_time_and_moves_nothing(tmp_path: Path, kind: str) -> None:
    data = opened(run_of(kind, tmp_path), length=100)
    before = data.state_dict()
    first, second = list(data.val_batches()), list(data.val_batches())
    assert first
    assert all(same(*both) for both in zip(first, second, strict=True))
    assert data.state_dict() == before


def texts_of(batches: list[Batch | PreferenceBatch]) -> set[str]:
    """What stands in the batches' rows, row by row."""
    return {tokenizer().decode(row.tolist()) for batch in batches for half in halves(batch) for row in half.tokens}


@pytest.mark.parametrize("kind", ["padded texts", "chats", "preferences"])
def test_processes_share_an_epoch_and_the_validation_without_overlap(tmp_path: Path, kind: str) -> None:
    changes = {"data__packing": False, "data__deduplicate": False, "data__val_share": 0.2, "training__batch_size": 3}
    run = run_of(kind, tmp_path, **changes)
    alone = opened(run, length=100)
    both = [opened(run, length=100, rank=rank, world_size=2) for rank in range(2)]
    epochs = [texts_of(taken(data, data.batches_per_epoch)) for data in both]
    assert epochs[0] | epochs[1] == texts_of(taken(alone, alone.batches_per_epoch))
    assert not epochs[0] & epochs[1]
    checks = [list(data.val_batches()) for data in both]
    assert len(checks[0]) == len(checks[1])
    assert texts_of(checks[0]) | texts_of(checks[1]) == texts_of(list(alone.val_batches()))
    assert not texts_of(checks[0]) & texts_of(checks[1])
    assert not (epochs[0] | epochs[1]) & (texts_of(checks[0]) | texts_of(checks[1])), "validation is never trained on"


@pytest.mark.parametrize("kind", KINDS)
def test_reading_batches_draws_no_random_numbers(tmp_path: Path, kind: str) -> None:
    data = opened(run_of(kind, tmp_path), length=100)
    before = torch.get_rng_state()
    taken(data, 3)
    list(data.val_batches())
    assert torch.equal(torch.get_rng_state(), before)


def test_a_position_in_other_data_is_refused(tmp_path: Path) -> None:
    data = opened(run_of("texts", tmp_path), length=100)
    other = opened(run_of("texts", tmp_path, data__val_share=0.2), length=100)
    with pytest.raises(CheckpointError, match="was trained on pretrain-local"):
        other.load_state_dict(data.state_dict())


def test_tiny_data_fills_every_batch_and_long_documents_are_split_without_loss(tmp_path: Path) -> None:
    path = write_texts(tmp_path / "two.jsonl", ["a" * 50, "b" * 49])
    data = opened(config(path, training__batch_size=8), length=16)
    report = data.report()
    assert (report["train"]["documents"], report["val"]["documents"]) == (1, 1)
    assert data.batches_per_epoch == 1
    (batch,) = taken(data, 1)
    assert isinstance(batch, Batch)
    assert batch.tokens.shape == (8, 16)
    (check,) = data.val_batches()
    assert check.n_targets == report["val"]["targets"]


def test_more_processes_than_rows_are_refused(tmp_path: Path) -> None:
    path = write_texts(tmp_path / "few.jsonl", sentences(4))
    with pytest.raises(DataError, match="1 usable rows for 2 processes"):
        opened(config(path), length=500, world_size=2)


def test_streaming_needs_the_number_of_steps(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"data\.streaming"):
        opened(run_of("streamed texts", tmp_path, training__max_steps=0))


def test_the_report_accounts_for_every_document_and_token(tmp_path: Path) -> None:
    texts = sentences(200)
    report = opened(config(write_texts(tmp_path / "texts.jsonl", texts)), length=64).report()
    train, val = report["train"], report["val"]
    assert train["documents"] + val["documents"] + report["duplicates"] == report["records"] == 200
    if not report["duplicates"]:
        n_token = sum(len(ids) for ids in tokenizer().encode_batch(texts, bos=True, eos=True))
        assert train["tokens"] + val["tokens"] == n_token
    assert train["targets"] == train["tokens"] - train["documents"]
    assert report["provenance"]["origin"].endswith("texts.jsonl")


def test_a_run_s_own_tokenizer_is_trained_once(tmp_path: Path) -> None:
    path = write_texts(tmp_path / "texts.jsonl", sentences(100))
    run = config(path, tokenizer__vocab_size=300)
    first = tokenizer_for(run)
    (folder,) = (tmp_path / "made" / "tokenizers").glob("[!.]*")
    written = (folder / "tokenizer.json").stat().st_mtime_ns
    assert tokenizer_for(run).fingerprint == first.fingerprint
    assert (folder / "tokenizer.json").stat().st_mtime_ns == written
    assert tokenizer_for(config(path, tokenizer__path=str(folder))).fingerprint == first.fingerprint
    assert tokenizer_for(config(path, tokenizer__kind="char", tokenizer__vocab_size=300)).kind == "char"


@pytest.mark.parametrize("streaming", [False, True])
def test_rows_that_cannot_be_read_are_told_once_in_a_run(
    streaming: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_texts(tmp_path / "texts.jsonl", sentences(40))
    path.write_text(path.read_text() + "not json\n")
    run = config(path, data__streaming=streaming, training__max_steps=1, training__batch_size=1)
    tokenizer_for(run)
    data = opened(run)
    assert len(list(islice(data.train_batches(), 100))) == 100  # some epochs
    assert list(data.val_batches())
    assert caplog.text.count("1 row was left out") == 1
