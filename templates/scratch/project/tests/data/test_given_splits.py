"""A folder with files `train` and `validation` is taken as it is split."""

import gzip
from pathlib import Path

import pytest

from scratch_llm.data.faults import Faults
from scratch_llm.data.folders import files_of, split_files
from scratch_llm.data.prepare import split_texts
from scratch_llm.data.sources import load_records
from scratch_llm.utils.errors import DataError

from tests.data.foreign import drawn
from tests.data.material import config, opened, sentences, write_rows, write_texts


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


def in_folders(root: Path, **parts: list[str]) -> Path:
    for name, texts in parts.items():
        (root / name).mkdir(parents=True)
        write_texts(root / name / "part.jsonl", texts)
    return root


@pytest.mark.fast
@pytest.mark.parametrize("name", ["test", "validation", "dev", "test-00000-of-00001"])
def test_without_a_file_for_training_nothing_is_trained_on(tmp_path: Path, name: str) -> None:
    path = folder_with(tmp_path, **{name: sentences(40), "validation": sentences(50)[40:]})
    with pytest.raises(DataError, match="no file for training") as error:
        opened(config(path))
    assert f"{name}.jsonl" in error.value.message
    assert "put the file for training beside it" in error.value.hint
    assert not (tmp_path / "made").exists() or not list((tmp_path / "made").rglob("*.tokens"))
    streamed = config(path, data__streaming=True, training__max_steps=5)
    with pytest.raises(DataError, match="no file for training"):
        opened(streamed)
    assert files_of(path / f"{name}.jsonl") == [path / f"{name}.jsonl"], "whoever names it means it"


@pytest.mark.fast
def test_a_test_part_is_not_trained_on_where_no_validation_part_is_given(tmp_path: Path) -> None:
    texts = sentences(60)
    run = config(folder_with(tmp_path, train=texts[:50], test=texts[50:]))
    prepared = Path(opened(run).report()["folder"])
    seen = [*split_texts(run, prepared, "train"), *split_texts(run, prepared, "val")]
    assert sorted(seen) == sorted(texts[:50])


@pytest.mark.fast
@pytest.mark.parametrize("above", ["own", "own/data"])
def test_folders_may_be_the_parts(tmp_path: Path, above: str) -> None:
    texts = sentences(60)
    in_folders(tmp_path / above, train=texts[:40], validation=texts[40:50], test=texts[50:])
    run = config(tmp_path / "own")
    prepared = Path(opened(run).report()["folder"])
    assert list(split_texts(run, prepared, "train")) == texts[:40]
    assert list(split_texts(run, prepared, "val")) == texts[40:50]
    (tmp_path / above / "train" / "part.jsonl").unlink()
    with pytest.raises(DataError, match="holds test, validation and no file for training"):
        opened(config(tmp_path / "own"))


@pytest.mark.fast
@pytest.mark.parametrize("part", ["train", "validation"])
def test_a_drawn_part_that_was_deleted_is_missed_and_how_to_draw_it_is_said(tmp_path: Path, part: str) -> None:
    facts = drawn(tmp_path, write_texts(tmp_path / "mine.jsonl", sentences(60)))
    (tmp_path / "mini" / f"{part}.jsonl").unlink()
    with pytest.raises(DataError, match=rf"mini/{part}\.jsonl is missing") as error:
        opened(config(tmp_path / "mini"))
    command = f"python scripts/mini_data.py --config {facts['config']} --from PATH-OF/mine.jsonl"
    assert error.value.hint == f"draw it again: {command}"
    for other in ("train", "validation", "test"):
        (tmp_path / "mini" / f"{other}.jsonl").unlink(missing_ok=True)
    with pytest.raises(DataError, match=r"mini/train\.jsonl is missing"):
        opened(config(tmp_path / "mini"))


@pytest.mark.fast
def test_a_folder_around_a_mini_dataset_is_not_data(tmp_path: Path) -> None:
    source = write_texts(tmp_path / "mine.jsonl", sentences(60))
    drawn(tmp_path, source, out=tmp_path / "data" / "mini")
    write_texts(tmp_path / "data" / "more.jsonl", sentences(60))
    with pytest.raises(DataError, match="a mini dataset that was drawn from other data"):
        opened(config(tmp_path / "data"))


@pytest.mark.fast
@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("row", [{"text": None}, {"text": " \u200b"}, {"content": "a text"}])
def test_a_file_without_a_usable_row_is_named_with_row_and_column(
    tmp_path: Path, row: dict[str, str | None], streaming: bool
) -> None:
    path = folder_with(tmp_path, validation=sentences(10))
    write_rows(path / "train.jsonl", [row] * 50)
    more = {"data__streaming": True, "training__max_steps": 5} if streaming else {}
    with pytest.raises(DataError, match=r"train\.jsonl holds no text record \((row|byte) \d+: column 'text'") as error:
        next(iter(opened(config(path, **more)).train_batches()))
    assert "every row needs the columns 'text'" in error.value.hint and "data.text_column" in error.value.hint


@pytest.mark.fast
@pytest.mark.parametrize("first", ["a", "z"])
def test_of_files_with_different_columns_the_unusable_one_is_named(tmp_path: Path, first: str) -> None:
    path = folder_with(tmp_path, m=sentences(40))
    write_rows(path / f"{first}.jsonl", [{"content": text} for text in sentences(90)[40:]])
    with pytest.raises(DataError, match=rf"{first}\.jsonl holds no text record .*there are content; of 50 rows"):
        opened(config(path))


@pytest.mark.fast
def test_a_single_object_of_something_else_is_told_and_costs_nothing(tmp_path: Path) -> None:
    path = folder_with(tmp_path, m=sentences(40))
    write_rows(path / "about.json", [{"licence": "mine"}])
    faults = Faults()
    assert len(list(load_records(config(path).data, "pretrain", faults))) == 40
    assert faults.examples == ["about.json, row 1: column 'text' is missing; there are licence"]


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


@pytest.mark.fast
@pytest.mark.parametrize("name", ["train.jsonl.gz", "train.jsonl"])
def test_a_stream_of_packed_files_is_unpacked_whatever_they_are_called(tmp_path: Path, name: str) -> None:
    path = folder_with(tmp_path, validation=sentences(60)[50:])
    lines = write_texts(tmp_path / "texts.jsonl", sentences(50)).read_bytes()
    (path / name).write_bytes(gzip.compress(lines))
    data = opened(config(path, data__streaming=True, training__max_steps=5, training__eval_batches=50))
    assert data.report()["reader"] == "CountingReader"
    first = next(iter(data.train_batches()))
    assert first.n_targets > 0
