"""Prepared data is complete, the same however it was made, and refused where it is damaged."""

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scratch_llm.config import dump_config
from scratch_llm.data.prepare import open_corpus, prepare, prepared_folder, read_index
from scratch_llm.data.tokenizer_for import tokenizer_folder
from scratch_llm.utils.errors import ConfigError, DataError

from tests.data.material import config, opened, sentences, tokenizer, write_texts

SMALL = 2000  # characters of a shard: several shards of a small file


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    return write_texts(tmp_path / "texts.jsonl", sentences(400))


def test_every_document_is_on_one_side_whole_and_in_order(texts: Path) -> None:
    folder = prepare(config(texts), tokenizer(), shard_characters=SMALL)
    decoded = {
        split: [tokenizer().decode(corpus[i].ids.tolist()) for i in range(len(corpus))]
        for split in ("train", "val")
        if (corpus := open_corpus(folder, split))
    }
    assert len(decoded["val"]) == 40
    assert sorted(decoded["train"] + decoded["val"]) == sorted(sentences(400))
    order = {text: i for i, text in enumerate(sentences(400))}
    assert [order[text] for text in decoded["train"]] == sorted(order[text] for text in decoded["train"])
    assert len(read_index(folder)["splits"]["train"]) > 5


def test_several_processes_write_the_same_bytes_as_one(texts: Path, tmp_path: Path) -> None:
    one = prepare(config(texts, data__folder=str(tmp_path / "one")), tokenizer(), shard_characters=SMALL)
    many = config(texts, data__folder=str(tmp_path / "many"), data__prepare_workers=2)
    assert content(prepare(many, tokenizer(), shard_characters=SMALL)) == content(one)


def test_the_folder_is_named_after_everything_that_matters(texts: Path, tmp_path: Path) -> None:
    def folder(**changes: object) -> Path:
        return prepare(config(texts, **changes), tokenizer())

    first = folder()
    assert folder(training__batch_size=2, data__packing=False, data__prepare_workers=2) == first
    others = [folder(data__seed=1), folder(data__val_share=0.2), folder(data__deduplicate=False)]
    write_texts(texts, sentences(401))
    others.append(folder())
    assert len({first, *others}) == 5


def test_a_text_file_and_a_folder_of_it_never_share_what_was_prepared(tmp_path: Path) -> None:
    texts = {"whole/book.txt": "One.\n\nTwo.", "parts/a/book.txt": "One.", "parts/b/book.txt": "Two."}
    texts |= {"renamed/c/book.txt": "One.", "renamed/b/book.txt": "Two."}
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    made = str(tmp_path / "made")
    runs = [config(tmp_path / name, data__folder=made) for name in ("whole/book.txt", "whole", "parts", "renamed")]
    assert len({prepared_folder(run, tokenizer()) for run in runs}) == 4
    assert len({tokenizer_folder(run) for run in runs}) == 4
    assert len(open_corpus(prepare(runs[0], tokenizer()), "train")) == 1
    with pytest.raises(DataError, match="1 distinct document"):
        prepare(runs[1], tokenizer())


def test_duplicates_are_left_out_and_counted(tmp_path: Path) -> None:
    once = [f"{text} and this sentence is long enough to be compared" for text in sentences(50)]
    path = write_texts(tmp_path / "twice.jsonl", once + once)
    assert read_index(prepare(config(path), tokenizer()))["duplicates"] >= 50
    assert read_index(prepare(config(path, data__deduplicate=False), tokenizer()))["duplicates"] == 0


@pytest.mark.parametrize("suffix", ["tokens", "starts"])
def test_a_damaged_shard_is_refused_with_the_remedy(texts: Path, suffix: str) -> None:
    folder = prepare(config(texts), tokenizer())
    path = folder / f"train-00000.{suffix}"
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(DataError, match=rf"train-00000\.{suffix} is damaged") as error:
        prepare(config(texts), tokenizer())
    assert f"delete the folder {folder}" in error.value.hint


def test_a_short_or_missing_shard_is_refused_even_where_nobody_prepares(texts: Path) -> None:
    data = opened(config(texts))
    path = Path(data.report()["folder"]) / "val-00000.tokens"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"is damaged: it has \d+ bytes instead of"):
        open_corpus(path.parent, "val")
    path.unlink()
    with pytest.raises(DataError, match="is missing"):
        open_corpus(path.parent, "val")


def test_a_damaged_index_is_refused(texts: Path) -> None:
    folder = prepare(config(texts), tokenizer())
    (folder / "index.json").write_text('{"splits": ')
    with pytest.raises(DataError, match=r"index\.json is damaged"):
        prepare(config(texts), tokenizer())


def test_a_shard_that_was_damaged_before_the_end_is_made_again(texts: Path, tmp_path: Path) -> None:
    folder = prepare(config(texts), tokenizer(), shard_characters=SMALL)
    whole = content(folder)
    (folder / "index.json").unlink()
    (folder / "train-00001.tokens").write_bytes(b"broken")
    (folder / "train-00002.json").write_text("{")
    (folder / ".train-00003.tokens.draft").write_bytes(b"left by a process that was killed")
    kept = (folder / "train-00000.tokens").stat().st_mtime_ns
    assert content(prepare(config(texts), tokenizer(), shard_characters=SMALL)) == whole
    assert (folder / "train-00000.tokens").stat().st_mtime_ns == kept, "a good shard is not made again"


PREPARE = """
import sys
from pathlib import Path
from scratch_llm.config import load_config
from scratch_llm.data.prepare import prepare
from tests.data.material import tokenizer
prepare(load_config(Path(sys.argv[1])), tokenizer(), shard_characters=int(sys.argv[2]))
"""


def start(path: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen([sys.executable, "-c", PREPARE, str(path), str(SMALL)], env=environment)


@pytest.mark.slow
def test_after_a_kill_at_any_time_the_same_bytes_come_out(texts: Path, tmp_path: Path) -> None:
    write_texts(texts, sentences(20_000))
    run = config(texts, data__deduplicate=False)
    (tmp_path / "run.yaml").write_text(dump_config(run))
    process = start(tmp_path / "run.yaml")
    shards = f"made/prepared/*/train-0000{np.random.default_rng().integers(10)}.json"
    while not list(tmp_path.glob(shards)):
        assert process.poll() is None, "the process ended before it could be killed"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    (folder,) = (path for path in (tmp_path / "made" / "prepared").iterdir() if path.is_dir())
    assert not (folder / "index.json").exists()
    prepare(run, tokenizer(), shard_characters=SMALL)
    undisturbed = config(texts, data__deduplicate=False, data__folder=str(tmp_path / "undisturbed"))
    assert content(folder) == content(prepare(undisturbed, tokenizer(), shard_characters=SMALL))


def prepare_small(run: object) -> None:
    prepare(run, tokenizer(), shard_characters=SMALL)  # type: ignore[arg-type]


@pytest.mark.slow
def test_two_processes_at_once_do_not_disturb_each_other(texts: Path, tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    both = [context.Process(target=prepare_small, args=(config(texts),)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    alone = config(texts, data__folder=str(tmp_path / "alone"))
    (folder,) = (path for path in (tmp_path / "made" / "prepared").iterdir() if path.is_dir())
    assert content(folder) == content(prepare(alone, tokenizer(), shard_characters=SMALL))


def test_ids_beyond_16_bits_are_kept(tmp_path: Path) -> None:
    from scratch_llm.data.corpus import Corpus, token_dtype, write_shard
    from scratch_llm.data.encoding import Document

    assert (token_dtype(2**16), token_dtype(2**16 + 1)) == ("<u2", "<u4")
    shard = write_shard(tmp_path, "train-00000", [Document(np.array([1, 70_000, 2]))], token_dtype(2**17))
    assert Corpus(tmp_path, [shard])[0].ids.tolist() == [1, 70_000, 2]


def test_data_that_is_not_there_is_told(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    with pytest.raises(DataError, match="empty"):
        prepare(config(empty), tokenizer())
    with pytest.raises(DataError, match="1 distinct document"):
        prepare(config(write_texts(tmp_path / "one.jsonl", ["only one"])), tokenizer())
    with pytest.raises(ConfigError, match="unknown"):
        prepare(config(empty, data__dataset_name="../../elsewhere"), tokenizer())
    assert not list(tmp_path.glob("**/elsewhere*")), "a name is never a path"
    with pytest.raises(DataError, match="holds no complete data"):
        read_index(tmp_path)
