"""A folder with files `train` and `validation` is taken as it is split."""

from pathlib import Path

import pytest

from scratch_llm.data.local import split_files
from scratch_llm.data.prepare import split_texts
from scratch_llm.utils.errors import DataError

from tests.data.material import config, opened, sentences, write_texts


def folder_with(root: Path, **parts: list[str]) -> Path:
    (root / "own").mkdir()
    for name, texts in parts.items():
        write_texts(root / "own" / f"{name}.jsonl", texts)
    return root / "own"


@pytest.mark.fast
@pytest.mark.parametrize("name", ["validation", "valid", "val", "dev"])
def test_what_is_given_is_kept_and_the_test_part_is_not_looked_at(tmp_path: Path, name: str) -> None:
    texts = sentences(60)
    path = folder_with(tmp_path, train=texts[:40], test=texts[50:], **{name: texts[40:50]})
    write_texts(path / "notes.jsonl", ["something else"])
    run = config(path)
    data = opened(run)
    prepared = Path(data.report()["folder"])
    assert list(split_texts(run, prepared, "train")) == texts[:40]
    assert list(split_texts(run, prepared, "val")) == texts[40:50]


@pytest.mark.fast
def test_a_limit_cuts_the_training_part_only(tmp_path: Path) -> None:
    texts = sentences(60)
    path = folder_with(tmp_path, train=texts[:40], validation=texts[40:50])
    report = opened(config(path, data__n_documents=25)).report()
    assert (report["train"]["documents"], report["val"]["documents"]) == (15, 10)


@pytest.mark.fast
def test_what_validation_holds_is_not_trained_on(tmp_path: Path) -> None:
    texts = sentences(60)
    path = folder_with(tmp_path, train=[*texts[:40], *texts[40:45]], validation=texts[40:50])
    report = opened(config(path)).report()
    assert (report["train"]["documents"], report["val"]["documents"], report["duplicates"]) == (40, 10, 5)


@pytest.mark.fast
def test_a_split_that_leaves_nothing_is_refused(tmp_path: Path) -> None:
    texts = sentences(10)
    path = folder_with(tmp_path, train=texts, validation=texts)
    with pytest.raises(DataError, match="split already"):
        opened(config(path))


@pytest.mark.fast
def test_one_file_alone_makes_no_split(tmp_path: Path) -> None:
    path = folder_with(tmp_path, train=sentences(40), training_notes=sentences(45)[40:])
    assert split_files(path) == {}
    assert opened(config(path)).report()["records"] == 45


def test_a_stream_keeps_the_split_too(tmp_path: Path) -> None:
    texts = sentences(60)
    path = folder_with(tmp_path, train=texts[:40], validation=texts[40:50])
    run = config(path, data__streaming=True, training__max_steps=5, training__eval_batches=50)
    data = opened(run)
    assert data.report()["val"]["rows"] > 0
    seen = {int(token) for batch in data.val_batches() for token in batch.tokens.flatten()}  # type: ignore[union-attr]
    assert seen
    first = next(iter(data.train_batches()))
    assert first.n_targets > 0
