"""A stream gives what the source holds, from any place on, with little in memory."""

import gzip
import json
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch_llm.config import DataConfig
from scratch_llm.data import Batch
from scratch_llm.data.reading import CountingReader, LineReader, Place, reader_for
from scratch_llm.data.records import TextRecord
from scratch_llm.data.sources import load_records
from scratch_llm.utils.errors import CheckpointError, DataError

from tests.data.material import chats, config, opened, same, sentences, tokenizer, write_rows, write_texts

texts_of_files = st.lists(st.lists(st.text("ab\n", min_size=1, max_size=5), max_size=6), min_size=1, max_size=3)


def local(path: Path, n_documents: int = 1000) -> DataConfig:
    return DataConfig(dataset_name="local", path=path, n_documents=n_documents)


def write_folder(folder: Path, files: list[list[str]]) -> None:
    for number, texts in enumerate(files):
        lines = [json.dumps({"text": text}) if text.strip() else text for text in texts]
        (folder / f"{number}.jsonl").write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.fast
@given(files=texts_of_files, n_documents=st.integers(1, 12))
@settings(max_examples=30, deadline=None)
def test_files_of_lines_are_read_as_everywhere_else_and_from_any_place_on(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[str]], n_documents: int
) -> None:
    folder = tmp_path_factory.mktemp("files")
    write_folder(folder, files)
    reader = reader_for(local(folder, n_documents), "pretrain")
    assert isinstance(reader, LineReader)
    placed = list(reader(Place()))
    if placed:
        assert [record for record, _, _ in placed] == list(load_records(local(folder, n_documents), "pretrain"))
    for number, (_, place, following) in enumerate(placed):
        assert list(reader(place)) == placed[number:]
        assert list(reader(following)) == placed[number + 1 :]


@pytest.mark.fast
@given(lines=st.lists(st.text("ab é\t", max_size=4), max_size=12), end=st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=30, deadline=None)
def test_paragraphs_are_read_as_everywhere_else_and_from_any_place_on(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str
) -> None:
    path = tmp_path_factory.mktemp("files") / "text.txt"
    path.write_bytes(end.join(lines).encode())
    reader = reader_for(local(path), "pretrain")
    placed = list(reader(Place()))
    if placed:
        assert [record for record, _, _ in placed] == list(load_records(local(path), "pretrain"))
    for number, (_, place, following) in enumerate(placed):
        assert list(reader(place)) == placed[number:]
        assert list(reader(following)) == placed[number + 1 :]


@pytest.mark.fast
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_is_read_from_any_place_on(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "text.txt"
    path.write_text("第一\n\n第二\n\n第三", encoding=encoding)
    reader = reader_for(local(path), "pretrain")
    placed = list(reader(Place()))
    assert [record for record, _, _ in placed] == [TextRecord("第一"), TextRecord("第二"), TextRecord("第三")]
    assert list(reader(placed[1].place)) == placed[1:]


def test_the_work_for_a_text_does_not_depend_on_where_blank_lines_part_it(tmp_path: Path) -> None:
    def cost(end: str) -> float:
        """Processor time for reading a million bytes once."""
        path = tmp_path / f"{len(end)}.txt"
        path.write_text((f"{'word ' * 4}\n" * 10 + end) * 4_500, encoding="utf-8")
        reader = reader_for(local(path, 10**6), "pretrain")
        start = time.process_time()
        assert sum(len(record.text) for record, _, _ in reader(Place()) if isinstance(record, TextRecord)) > 900_000
        return time.process_time() - start

    assert cost("") < 5 * cost("\n")


@pytest.mark.fast
def test_any_other_source_is_entered_by_counting(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("text\none\ntwo\nthree\n", encoding="utf-8")
    synthetic = DataConfig(dataset_name="synthetic_stories", n_documents=5)
    for data in (local(table), synthetic):
        reader = reader_for(data, "pretrain")
        assert isinstance(reader, CountingReader)
        placed = list(reader(Place()))
        assert [record for record, _, _ in placed] == list(load_records(data, "pretrain"))
        assert list(reader(placed[1].following)) == placed[2:]


@pytest.mark.fast
def test_broken_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"text": "good"}\n[1]\n{"text": \n{"other": 1}\n{"text": "\xff"}\n{"text": "also good"}\n')
    assert [record for record, _, _ in LineReader({path: "utf-8"}, "text", local(path))(Place())] == [
        TextRecord("good"),
        TextRecord("also good"),
    ]


def epoch_of(data_rank: int, world_size: int, path: Path) -> Iterator[str]:
    """The texts that a process trains on in the first epoch, each once."""
    run = config(path, data__streaming=True, data__packing=False, training__max_steps=1, training__batch_size=1)
    data = opened(run, length=200, rank=data_rank, world_size=world_size)
    for batch in data.train_batches():
        if data.state_dict()["epoch"] > 0:
            return
        assert isinstance(batch, Batch)
        yield tokenizer().decode(batch.tokens[0].tolist())


def test_processes_take_different_records_and_together_all_that_are_not_for_validation(tmp_path: Path) -> None:
    texts = sentences(90)
    path = write_texts(tmp_path / "texts.jsonl", texts)
    # The row that ends an epoch is given with the first position of what follows it, so it is still of the epoch.
    shares = [set(epoch_of(rank, 3, path)) for rank in range(3)]
    assert not (shares[0] & shares[1] or shares[0] & shares[2] or shares[1] & shares[2])
    run = config(path, data__streaming=True, data__packing=False, training__max_steps=1)
    checked = {
        tokenizer().decode(row.tolist())
        for batch in opened(run, length=200).val_batches()
        for row in batch.tokens  # type: ignore[union-attr]
    }
    assert set(texts) == set().union(*shares, checked)
    assert not checked & set().union(*shares)


def test_memory_does_not_grow_with_the_source(tmp_path: Path) -> None:
    def peak(n_text: int) -> int:
        """Most memory in use while a source is read once from end to end."""
        path = write_texts(tmp_path / f"{n_text}.jsonl", ("word " * 200 + str(i) for i in range(n_text)))
        run = config(path, data__streaming=True, data__n_documents=10**6, training__max_steps=1)
        data = opened(run, length=512)
        batches = data.train_batches()
        next(batches)
        tracemalloc.start()
        while data.state_dict()["epoch"] == 0:
            next(batches)
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    small, large = peak(60), peak(900)
    assert large < 1.3 * small


def test_a_document_longer_than_many_rows_is_left_and_entered_in_its_middle(tmp_path: Path) -> None:
    path = write_texts(tmp_path / "texts.jsonl", [f"{text} " * 50 for text in sentences(12)])
    data = opened(config(path, data__streaming=True, training__max_steps=1, training__batch_size=2), length=16)
    batches = data.train_batches()
    states, found = zip(*((data.state_dict(), next(batches)) for _ in range(40)), strict=True)
    assert sum(state["used"] > 32 for state in states) > 20
    for number in range(0, 40, 7):
        data.load_state_dict(states[number])
        assert same(next(data.train_batches()), found[number])


def test_conversations_that_do_not_fit_are_counted_in_the_position(tmp_path: Path) -> None:
    rows = chats(30)
    rows[5]["prompt"] = "long " * 50
    path = write_rows(tmp_path / "rows.jsonl", rows)
    run = config(path, task="sft", data__streaming=True, training__max_steps=1, data__val_share=0.01)
    data = opened(run, length=200)
    batches = data.train_batches()
    while data.state_dict()["epoch"] == 0:
        next(batches)
    assert data.state_dict()["dropped"] == 1


def test_a_stream_goes_on_only_with_its_own_data_and_processes(tmp_path: Path) -> None:
    run = config(write_texts(tmp_path / "t.jsonl", sentences(50)), data__streaming=True, training__max_steps=1)
    state = opened(run).state_dict()
    with pytest.raises(CheckpointError, match="world_size 1, this run has 2"):
        opened(run, world_size=2).load_state_dict(state)
    with pytest.raises(CheckpointError, match="is of data"):
        opened(run, length=33).load_state_dict(state)


def test_a_stream_without_a_usable_record_says_so(tmp_path: Path) -> None:
    rows = [{"prompt": "far too long " * 20 + str(i), "response": "b"} for i in range(40)]
    run = config(write_rows(tmp_path / "rows.jsonl", rows), task="sft", data__streaming=True, training__max_steps=1)
    data = opened(run, length=50)
    with pytest.raises(DataError, match="no usable training record"):
        next(data.train_batches())
    with pytest.raises(DataError, match="0 validation rows"):
        data.val_batches()


@pytest.mark.fast
@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.jsonl.gz", "utf-16.jsonl", "gb18030.jsonl", "cp1252.jsonl"])
def test_files_of_every_kind_are_streamed_as_they_are_read(tmp_path: Path, name: str) -> None:
    texts = [f"{text}, in {'Zürich' if name.startswith('cp') else '北京的家里有人在说'}" for text in sentences(30)]
    lines = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
    path = tmp_path / name
    if name.endswith(".parquet"):
        pyarrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pyarrow.table({"text": texts}), path)
    elif name.endswith(".csv"):
        path.write_text("text\n" + "".join(f"{text}\n" for text in texts), encoding="utf-8")
    elif name.endswith(".gz"):
        path.write_bytes(gzip.compress(lines.encode()))
    else:
        path.write_text(lines, encoding=path.stem)
    placed = reader_for(local(path), "pretrain")(Place())
    assert [record.text for record, *_ in placed if isinstance(record, TextRecord)] == texts
