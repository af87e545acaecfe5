"""Local files of every format are read; what is broken is left out, counted and explained."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from scratch_llm.data.encodings import detect_encoding
from scratch_llm.data.faults import Faults
from scratch_llm.data.local import read_local
from scratch_llm.data.records import ChatRecord, Kind, PreferenceRecord, TextRecord
from scratch_llm.tokenizers import Message
from scratch_llm.utils.errors import ConfigError, DataError

CHAT = ChatRecord((Message("user", "What is snow?"), Message("assistant", "It is white.")))
PAIR = PreferenceRecord((Message("user", "What is snow?"),), "It is white.", "It is black.")


def lines(path: Path, *rows: Any) -> Path:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows))
    return path


def read(path: Path, kind: Kind = "text", **options: Any) -> list[Any]:
    return list(read_local(path, kind, **options))


@pytest.mark.fast
def test_a_txt_file_is_parted_at_blank_lines(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_bytes(b"\n\nOne\r\n two.\r\n \t\r\nThree.\n\n\n")
    assert read(tmp_path / "book.txt") == [TextRecord("One\n two."), TextRecord("Three.")]


@pytest.mark.fast
def test_in_a_folder_each_txt_file_is_one_document(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("One.\n\nTwo.")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.TXT").write_text("Three.")
    (tmp_path / "notes.md").write_text("not data")
    (tmp_path / ".hidden.txt").write_text("not data either")
    assert read(tmp_path) == [TextRecord("One.\n\nTwo."), TextRecord("Three.")]


@pytest.mark.fast
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_the_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    text = "The fox said 你好，世界。\n狐狸在森林里。"
    (tmp_path / "a.txt").write_text(text, encoding=encoding)
    (tmp_path / "b.jsonl").write_text(json.dumps({"text": text}, ensure_ascii=False) + "\n", encoding=encoding)
    with (tmp_path / "c.csv").open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([["text"], [text]])
    assert [record.text.replace("\r\n", "\n") for record in read(tmp_path)] == [text] * 3


@pytest.mark.fast
def test_a_broken_byte_costs_one_document_and_not_the_encoding(tmp_path: Path) -> None:
    good = "狐狸在森林里找到一盏灯笼。" * 5
    (tmp_path / "zh.txt").write_bytes(f"{good}\n\n".encode() * 3 + "狐狸".encode()[:-1] + b"\n\n" + good.encode())
    faults = Faults()
    assert read(tmp_path / "zh.txt", faults=faults) == [TextRecord(good)] * 4
    assert faults.examples == ["zh.txt, row 4: column 'text' holds broken characters"]


@pytest.mark.fast
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_zero_byte_does_not_change_the_encoding(tmp_path: Path, encoding: str) -> None:
    text = "The fox said 你好，世界。\0 狐狸在森林里。"
    (tmp_path / "a.txt").write_text(text, encoding=encoding)
    assert read(tmp_path / "a.txt") == [TextRecord(text)]


@pytest.mark.fast
def test_a_text_that_holds_the_replacement_character_is_not_broken(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("cut \ufffd off \ufffd", encoding="utf-8")
    assert detect_encoding(tmp_path / "a.txt") == "utf-8"


def test_utf16_is_found_where_hardly_a_character_is_ascii(tmp_path: Path) -> None:
    text = "狐狸在森林里找到一盏灯笼，然后回家了。"
    (tmp_path / "a.txt").write_text(f"{text}\n" * 20, encoding="utf-16-le")
    assert read(tmp_path / "a.txt") == [TextRecord(text)] * 20


@pytest.mark.fast
def test_bytes_of_no_encoding_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xff\x80\xfe\x81 text \xff")
    with pytest.raises(DataError, match="tried utf-8, gb18030"):
        read(tmp_path / "a.txt")


@pytest.mark.fast
def test_broken_json_lines_are_counted(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "a.jsonl",
        {"text": "good"},
        '{"text": "cut',
        '["a list"]',
        {"text": 7},
        {"text": " "},
        {"body": "elsewhere"},
        '{"text": "half \\ud83d"}',
        "[" * 100_000,
        "",
        {"text": "good too"},
    )
    faults = Faults()
    assert read(path, faults=faults) == [TextRecord("good"), TextRecord("good too")]
    assert faults.count == 7
    reasons = " ".join(faults.examples)
    for reason in ("not JSON:", "not a JSON object", "holds no text", "column 'text' is missing; there are body"):
        assert reason in reasons


@pytest.mark.fast
def test_broken_csv_rows_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,text\n1,"good, with comma"\n2\n3,too,many\n\n4,"two\nlines"\n5,"never closed\n')
    faults = Faults()
    assert read(tmp_path / "a.csv", faults=faults) == [TextRecord("good, with comma"), TextRecord("two\nlines")]
    assert faults.count == 3
    assert "1 cells where the header has 2" in faults.examples[0]


@pytest.mark.fast
def test_a_long_csv_cell_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text\n" + "word " * 100_000 + "\n")
    assert len(read(tmp_path / "a.csv")[0].text) == 500_000


def test_parquet_is_read(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table({"body": [f"text {i}" for i in range(600)], "id": list(range(600))})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet", text_column="body") == [TextRecord(f"text {i}") for i in range(600)]
    with pytest.raises(DataError, match="column 'text' is missing; there are body, id"):
        read(tmp_path / "a.parquet")
    (tmp_path / "a.parquet").write_bytes(b"PAR1 this is not")
    with pytest.raises(DataError, match="not a readable parquet file"):
        read(tmp_path / "a.parquet", text_column="body")


@pytest.mark.fast
@pytest.mark.parametrize(
    "row",
    [
        {"messages": [{"role": "user", "content": "What is snow?"}, {"role": "assistant", "content": "It is white."}]},
        {"instruction": "What is snow?", "output": "It is white."},
        {"instruction": "What is snow?", "input": "", "output": "It is white."},
        {"instruction": "What is snow?", "input": " \n", "output": "It is white."},
        {"prompt": "What is snow?", "response": "It is white."},
    ],
)
def test_conversations_are_read_from_their_usual_columns(tmp_path: Path, row: dict[str, Any]) -> None:
    assert read(lines(tmp_path / "a.jsonl", row), "chat") == [CHAT]


@pytest.mark.fast
def test_the_input_of_an_instruction_follows_it(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"instruction": "Sum up.", "input": "A long text.", "output": "Short."})
    assert read(path, "chat")[0].messages[0] == Message("user", "Sum up.\n\nA long text.")


@pytest.mark.fast
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"messages": []}, "at least one message"),
        ({"messages": "hello"}, "at least one message"),
        ({"messages": [{"role": "robot", "content": "hi"}]}, "one of system, user, assistant"),
        ({"messages": [{"role": "user", "content": "hi"}]}, "last message must be the assistant's"),
        ({"messages": [{"role": "assistant", "content": None}]}, "'content' holds no text"),
        ({"question": "hi"}, "'prompt' is missing; there are question"),
    ],
)
def test_a_conversation_that_is_none_is_explained(tmp_path: Path, row: dict[str, Any], reason: str) -> None:
    with pytest.raises(DataError, match=reason) as caught:
        read(lines(tmp_path / "a.jsonl", row), "chat")
    assert "'messages', or 'instruction' and 'output'" in caught.value.hint


def conversation(answer: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": "What is snow?"}, {"role": "assistant", "content": answer}]


@pytest.mark.fast
@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "What is snow?", "chosen": "It is white.", "rejected": "It is black."},
        {"prompt": conversation("")[:1], "chosen": "It is white.", "rejected": "It is black."},
        {"prompt": "x", "chosen": conversation("It is white."), "rejected": conversation("It is black.")},
        {
            "prompt": conversation("")[:1],
            "chosen": conversation("It is white.")[1:],
            "rejected": conversation("It is black.")[1:],
        },
    ],
)
def test_preferences_are_read_from_texts_and_from_conversations(tmp_path: Path, row: dict[str, Any]) -> None:
    assert read(lines(tmp_path / "a.jsonl", row), "preference") == [PAIR]


@pytest.mark.fast
def test_a_pair_of_equal_answers_is_left_out(tmp_path: Path) -> None:
    good = {"prompt": "p", "chosen": "a", "rejected": "b"}
    faults = Faults()
    assert len(read(lines(tmp_path / "a.jsonl", good, {**good, "rejected": "a"}), "preference", faults=faults)) == 1
    assert "chosen and rejected are equal" in faults.examples[0]


@pytest.mark.fast
def test_a_wrong_column_is_told_before_the_whole_file_is_read(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", *[{"body": "text"}] * 5000)
    faults = Faults()
    with pytest.raises(DataError, match="column 'text' is missing; there are body") as caught:
        read(path, faults=faults)
    assert "data.text_column" in caught.value.hint
    assert faults.count < 200


@pytest.mark.fast
def test_what_is_no_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no file or folder"):
        read(tmp_path / "nowhere.txt")
    with pytest.raises(DataError, match="no dataset"):
        read(tmp_path)
    (tmp_path / "a.doc").write_text("text")
    with pytest.raises(ConfigError, match="no known format"):
        read(tmp_path / "a.doc")
    (tmp_path / "a.txt").write_text(" \n\n")
    with pytest.raises(DataError, match="it is empty"):
        read(tmp_path / "a.txt")


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_csv_of_spreadsheets_is_read(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "data.csv"
    path.write_text(f"id{delimiter}text\n1{delimiter}one, two\n")
    assert read(path) == [TextRecord("one, two")]


def test_an_empty_file_asks_for_text_and_not_for_columns(tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    path.touch()
    with pytest.raises(DataError, match="put text into it") as caught:
        read(path)
    assert "column" not in str(caught.value)


def test_a_binary_file_is_said_to_look_like_no_text(tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    path.write_bytes(b"a\x00" * 99 + b"\x00\xd8a\x00")
    with pytest.raises(DataError, match="looks like no text"):
        read(path)
