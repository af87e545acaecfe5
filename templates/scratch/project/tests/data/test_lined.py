"""Texts with a document on each line, and sheets that are saved as text: neither is read as one long document."""

import logging
import textwrap
from pathlib import Path

import pytest

from scratch_llm.config import DataConfig
from scratch_llm.data.cards import data_card
from scratch_llm.data.formats import format_of
from scratch_llm.data.lined import is_lined
from scratch_llm.data.local import read_local, rows_of
from scratch_llm.data.reading import LineReader, Place, reader_for
from scratch_llm.data.records import text_of
from scratch_llm.data.sources import load_records, provenance
from scratch_llm.utils.errors import DataError

from tests.data.foreign import drawn, reviews, stories

pytestmark = pytest.mark.fast
STORIES = stories(400)
POEM = [f"行{i}明月光洒满了故乡的小路{'啊' * (i % 9)}。" for i in range(60)]
TALK = [f'"Who took lamp {i}?" asked the bear, {"very " * (i % 7)}loudly. "Not me!"' for i in range(60)]


def write(path: Path, lines: list[str], encoding: str = "utf-8", end: str = "\n") -> Path:
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode(encoding))
    return path


def local(path: Path) -> DataConfig:
    return DataConfig(dataset_name="local", path=path, n_documents=10_000)


@pytest.mark.parametrize("lines", [STORIES, POEM, TALK])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_each_line_is_a_document(tmp_path: Path, lines: list[str], encoding: str, end: str) -> None:
    path = write(tmp_path / "a.txt", lines, encoding, end)
    assert [text_of(record) for record in read_local(path, "text")] == lines
    reader = reader_for(local(path), "pretrain")
    placed = list(reader(Place()))
    assert [text_of(one.record) for one in placed] == lines
    assert list(reader(placed[7].place)) == placed[7:]


def test_the_choice_is_told_in_the_log_and_in_the_card(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write(tmp_path / "a.txt", STORIES)
    with caplog.at_level(logging.WARNING):
        assert len(list(load_records(local(path), "pretrain"))) == 400
    assert "a.txt: each line is one" in caplog.text
    facts = provenance(local(path))
    assert "each line is one" in data_card(facts, figures={}, checks={}, samples=[])
    caplog.clear()
    reader = reader_for(local(path), "pretrain")
    assert isinstance(reader, LineReader)
    for _ in range(2):
        list(reader(Place()))
    assert caplog.text.count("each line is one") == 1


@pytest.mark.parametrize(
    "lines",
    [
        textwrap.wrap(" ".join(STORIES), 72),
        STORIES[:10],
        [*STORIES[:50], "", *STORIES[50:]],
        [f"def name_{i}(x):" for i in range(50)],
        [f"{i},{i * 3}" for i in range(50)],
    ],
    ids=["wrapped", "few", "parted by blank lines", "code", "figures"],
)
def test_other_texts_are_parted_by_blank_lines_as_ever(tmp_path: Path, lines: list[str]) -> None:
    path = write(tmp_path / "a.txt", lines)
    assert not is_lined(path)
    assert len(list(read_local(path, "text"))) == 1 + lines.count("")
    assert "documents" not in provenance(local(path))


def test_a_wrapped_text_of_short_sentences_is_no_list_of_documents(tmp_path: Path) -> None:
    lines = [f"{'word ' * 13}{i:03d}{'.' if i % 5 else ' and'}" for i in range(100)]
    assert not is_lined(write(tmp_path / "a.txt", lines))


def test_a_mini_dataset_is_drawn_of_the_lines(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write(tmp_path / "a.txt", STORIES)
    facts = drawn(tmp_path, path)
    assert facts["files"][0]["rows"] == 400
    assert "a.txt: each line is one" in caplog.text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("texts", [STORIES[:40], reviews(40)])
def test_a_sheet_saved_as_text_is_a_table(tmp_path: Path, encoding: str, texts: list[str]) -> None:
    path = write(tmp_path / "a.txt", ["id\ttext", *(f"{i}\t{text}" for i, text in enumerate(texts))], encoding, "\r\n")
    assert format_of(path) == "csv"
    assert [text_of(record) for record in read_local(path, "text")] == texts


def test_cells_of_several_lines_stay_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", ["id\ttext", *(f'{i}\t"上海\r\n大雨 {i}"' for i in range(30))], "utf-16", "\r\n")
    assert [located.row for located in rows_of(path, whole=False)] == [
        {"id": str(i), "text": f"上海\r\n大雨 {i}"} for i in range(30)
    ]


@pytest.mark.parametrize(
    "lines",
    [
        [f"\t{story}" for story in STORIES[:30]],
        ["Once upon a time.\tThere was a fox.", *(f"Fox {i}.\tBear {i}." for i in range(30))],
        ["name\ttext", "only one row\tof it"],
        ["id\ttext", *(f"{i}\tone{chr(9) * (i % 3)}" for i in range(30))],
    ],
    ids=["indented", "no header", "too short", "ragged"],
)
def test_tabs_alone_make_no_table(tmp_path: Path, lines: list[str]) -> None:
    assert format_of(write(tmp_path / "a.txt", lines)) == "txt"


def test_a_sheet_without_the_column_says_which_it_has(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", ["nummer\tgeschichte", *(f"{i}\t{text}" for i, text in enumerate(STORIES[:9]))])
    with pytest.raises(DataError, match="geschichte"):
        list(read_local(path, "text"))
