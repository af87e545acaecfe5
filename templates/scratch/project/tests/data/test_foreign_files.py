"""Readers: whatever text goes into a file of any encoding and format comes out again."""

import csv
import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scratch_llm.data.columns import RowError
from scratch_llm.data.encodings import detect_encoding
from scratch_llm.data.faults import Faults
from scratch_llm.data.formats import format_of
from scratch_llm.data.local import files_of, read_local, rows_of
from scratch_llm.data.records import text_of
from scratch_llm.utils.errors import ConfigError, DataError

from tests.data.foreign import reviews, stories, write_csv, write_lines

pytestmark = pytest.mark.fast
ANY_FILE = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# csv ends rows with any of these; a reader of tables cannot tell them from what it wrote itself
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), min_size=1, max_size=30)
FILLED = CELLS.filter(str.strip)  # a row of blanks is none
TRADITIONAL = "這裡的早餐很好，我們覺得老闆對人熱情，房間乾淨，下次還會來。他說這個價格不貴，電視有點舊。"


def read(path: Path, **options: Any) -> list[Any]:
    return [located.row for located in rows_of(path, whole=False, **options)]


def texts_in(path: Path) -> list[str]:
    return [row["text"] for row in read(path) if not isinstance(row, RowError)]


@ANY_FILE
@given(st.lists(st.tuples(FILLED, CELLS), min_size=1, max_size=8), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_a_table_gives_back_its_cells(tmp_path: Path, rows: list[tuple[str, str]], encoding: str) -> None:
    path = write_csv(tmp_path / "a.csv", ["text", "other"], [list(row) for row in rows], encoding)
    assert [(row["text"], row["other"]) for row in read(path)] == rows


@ANY_FILE
@given(st.lists(st.dictionaries(CELLS, CELLS | st.integers() | st.none()), min_size=1, max_size=8), st.booleans())
def test_a_list_of_objects_gives_back_its_objects(tmp_path: Path, rows: list[dict[str, Any]], indented: bool) -> None:
    (tmp_path / "a.json").write_text(json.dumps(rows, indent=2 if indented else None, ensure_ascii=False), "utf-8")
    assert read(tmp_path / "a.json") == rows


@ANY_FILE
@given(st.lists(st.dictionaries(CELLS, CELLS, min_size=1), min_size=1, max_size=8))
def test_lines_of_objects_give_back_their_objects(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    assert read(write_lines(tmp_path / "a.jsonl", rows)) == rows


@pytest.mark.parametrize("text", [TRADITIONAL * 4, TRADITIONAL])
def test_big5_is_told_from_gb18030(tmp_path: Path, text: str) -> None:
    path = write_csv(tmp_path / "a.csv", ["text"], [[text]], "big5")
    assert detect_encoding(path) == "cp950"
    assert texts_in(path) == [text]


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("seed", range(3))
def test_chinese_is_read_in_every_encoding(tmp_path: Path, encoding: str, seed: int) -> None:
    texts = random.Random(seed).sample(reviews(300), 40)
    assert texts_in(write_csv(tmp_path / "a.csv", ["text"], [[text] for text in texts], encoding)) == texts


def test_a_broken_byte_in_gbk_costs_one_row(tmp_path: Path) -> None:
    good = reviews(60)
    lines = [json.dumps({"text": text}, ensure_ascii=False).encode("gbk") for text in good]
    lines[30] = lines[30][:40] + b"\xff" + lines[30][40:]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))
    found = texts_in(tmp_path / "a.jsonl")
    assert len(found) == 60 and found[:30] == good[:30] and found[31:] == good[31:]
    assert any("\udc80" <= sign <= "\udcff" for sign in found[30])  # which no record may hold


@pytest.mark.parametrize("byte", [b"\xff", b"\xe9"])
def test_a_broken_byte_in_english_costs_one_row(tmp_path: Path, byte: bytes) -> None:
    good = stories(60)
    lines = [json.dumps({"text": text}).encode() for text in good]
    lines[30] = lines[30][:16] + byte + lines[30][16:]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))
    assert detect_encoding(tmp_path / "a.jsonl") == "utf-8"
    faults = Faults()
    kept = [text_of(record) for record in read_local(tmp_path / "a.jsonl", "text", faults=faults)]
    assert kept == good[:30] + good[31:]
    assert faults.examples[0].startswith("a.jsonl, row 31:")


def test_links_out_of_a_folder_are_skipped_and_told(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("not given")
    for name in ("out.txt", "train.txt"):
        (folder / name).symlink_to(tmp_path / "secret.txt")
    with pytest.raises(DataError, match="links that lead out"):
        files_of(folder)
    (folder / "a.txt").write_text("given")
    (folder / "again.txt").symlink_to(folder / "a.txt")
    faults = Faults()
    assert {text_of(record) for record in read_local(folder, "text", faults=faults)} == {"given"}
    assert [example.partition(":")[0] for example in faults.examples] == ["out.txt", "train.txt"]
    assert files_of(folder) == [folder / "a.txt", folder / "again.txt"]


WESTERN = {
    "latin-1": "Le café {i} était fermé, où l'élève {j} a mangé une crêpe à Besançon.",
    "cp1252": "“It’s number {i}” – said the fox with {j} lamps… and that’s all in Zürich.",
}


@pytest.mark.parametrize("encoding", WESTERN)
def test_letters_of_western_europe_do_not_become_chinese(tmp_path: Path, encoding: str) -> None:
    texts = [WESTERN[encoding].format(i=i, j=i * 31) for i in range(40)]
    path = write_csv(tmp_path / "a.csv", ["text"], [[text] for text in texts], encoding)
    assert texts_in(path) == texts


def test_a_single_accent_in_many_english_lines_is_read(tmp_path: Path) -> None:
    texts = [f"{text} It was far away{' in Zürich' if i % 9 == 0 else ''}." for i, text in enumerate(stories(40))]
    assert texts_in(write_csv(tmp_path / "a.csv", ["text"], [[text] for text in texts], "latin-1")) == texts


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("euc-kr", "이것은 번째 문장입니다. 날씨가 좋아서 산책했습니다."),
        ("shift_jis", "これは番目の文章です。とても良い天気でしたので散歩しました。"),
        ("euc-jp", "これは番目の文章です。とても良い天気でしたので散歩しました。"),
        ("cp1251", "Это предложение о лисе, которая нашла лампу и отдала медведю."),
    ],
)
def test_what_cannot_be_told_is_refused_and_not_read_as_other_characters(
    tmp_path: Path, encoding: str, text: str
) -> None:
    (tmp_path / "a.txt").write_bytes((text * 30).encode(encoding))
    with pytest.raises(DataError, match=r"encoding of .*a\.txt is unknown") as error:
        detect_encoding(tmp_path / "a.txt")
    assert error.value.hint == "save it as UTF-8"


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="it takes a file that no one, root neither, can read")
def test_a_file_that_the_machine_does_not_give_is_named() -> None:
    with pytest.raises(DataError, match="/proc/self/mem cannot be read: ") as error:
        format_of(Path("/proc/self/mem"))
    assert "who may read it" in error.value.hint


@pytest.mark.parametrize(
    ("name", "start"), [("a.jsonl.zst", b"\x28\xb5\x2f\xfd"), ("a.zip", b"PK\x03\x04"), ("a.jsonl.xz", b"\xfd7zXZ\0")]
)
def test_packing_that_is_not_read_is_named_and_in_a_folder_it_is_told(tmp_path: Path, name: str, start: bytes) -> None:
    (tmp_path / name).write_bytes(start + bytes(range(200)))
    with pytest.raises(DataError, match=f"{name} is packed by") as error:
        format_of(tmp_path / name)
    assert error.value.hint.startswith("unpack it")
    write_lines(tmp_path / "b.jsonl", [{"text": "given"}])
    faults = Faults()
    assert [text_of(record) for record in read_local(tmp_path, "text", faults=faults)] == ["given"]
    assert faults.count == 1 and faults.examples[0].startswith(f"{name}: it is packed by")


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("a.txt", '{"text": "x"}\n{"text": "y"}\n', "jsonl"),
        ("a.json", '{"text": "x"}\n{"text": "y"}\n', "jsonl"),
        ("a.jsonl", '[{"text": "x"}]', "json"),
        ("a.csv", '[\n {"text": "x"}\n]', "json"),
        ("a.json", "id,text\n1,x\n2,y\n", "csv"),
        ("a.data", '{"text": "x"}\n', "jsonl"),
        ("a.txt", "[Chapter 1]\nIt was {late}.\n", "txt"),
        ("a.jsonl", 'not json\n{"text": "x"}\n', "jsonl"),
        ("a.json", '{\n "data": [{"text": "x"}]\n}', "json"),
        ("a.tsv", "id\ttext\n1\tx\n", "csv"),
    ],
)
def test_content_counts_more_than_the_name(tmp_path: Path, name: str, content: str, format: str) -> None:
    (tmp_path / name).write_text(content)
    assert format_of(tmp_path / name) == format


def test_text_of_an_unknown_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_text("text")
    with pytest.raises(ConfigError, match="no known format"):
        format_of(tmp_path / "a.doc")


def test_packed_files_are_unpacked_whatever_they_are_called(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"text": text}) + "\n" for text in stories(20)).encode()
    for name in ("a.jsonl.gz", "a.jsonl"):
        (tmp_path / name).write_bytes(gzip.compress(lines))
        assert texts_in(tmp_path / name) == stories(20)
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(lines)[:-20])
    with pytest.raises(DataError, match="no whole gzip file"):
        texts_in(tmp_path / "cut.jsonl.gz")


def test_rows_know_their_lines(tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["text"], ["two\nlines"], ["one"]])
    (tmp_path / "a.json").write_text('[\n {"text": "x"},\n\n {"text": "y"}, 7\n]')
    write_lines(tmp_path / "a.jsonl", [{"text": "x"}, "", {"text": "y"}])
    (tmp_path / "a.txt").write_text("\n\nx\nx\n\ny")
    lines = {
        path.suffix: [located.line for located in rows_of(path, whole=False)] for path in sorted(tmp_path.iterdir())
    }
    assert lines == {".csv": [2, 4], ".json": [2, 4, 4], ".jsonl": [1, 3], ".txt": [3, 6]}


def test_a_table_without_a_header_loses_no_row(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", ["1", "first text"], [["0", "second text"]])
    assert read(path) == [{"column_1": "1", "column_2": "first text"}, {"column_1": "0", "column_2": "second text"}]


def test_a_list_in_an_object_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"version": 1, "data": [{"text": "x"}, {"text": "y"}]}, indent=1))
    assert texts_in(tmp_path / "a.json") == ["x", "y"]


def test_a_broken_list_gives_what_comes_before_the_break(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"text": "x"}, {"text": "y"}, {"text": ')
    *good, broken = read(tmp_path / "a.json")
    assert [row["text"] for row in good] == ["x", "y"]
    assert isinstance(broken, RowError) and "what follows it was not read" in str(broken)
