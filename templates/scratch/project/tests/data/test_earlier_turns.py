"""Conversations that are written as a question with its history, and files of a folder that are no data."""

import json
from pathlib import Path
from typing import Any

import pytest

from scratch_llm.config import DataConfig
from scratch_llm.data.columns import RowError, to_record
from scratch_llm.data.faults import Faults
from scratch_llm.data.folders import no_data_in
from scratch_llm.data.local import read_local
from scratch_llm.data.reading import Place, reader_for
from scratch_llm.data.records import ChatRecord, text_of
from scratch_llm.utils.errors import DataError

from tests.data.foreign import drawn, rows_of, stories, write_csv, write_lines

pytestmark = pytest.mark.fast
HISTORY = [["Who are you?", "A fox."], ["Where from?", "The wood."]]
TURNS = ["Who are you?", "A fox.", "Where from?", "The wood.", "And now?", "I sleep."]


def said(row: dict[str, Any]) -> list[tuple[str, str]]:
    record = to_record(row, "chat")
    assert isinstance(record, ChatRecord)
    return [(message.role, message.content) for message in record.messages]


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("query", "response"), ("instruction", "output"), ("instruction", "response"), ("prompt", "response")],
)
@pytest.mark.parametrize(
    "history",
    [
        HISTORY,
        json.dumps(HISTORY),
        [{"role": "user" if i % 2 == 0 else "assistant", "content": text} for i, text in enumerate(TURNS[:4])],
        [{"question": question, "answer": answer} for question, answer in HISTORY],
    ],
    ids=["pairs", "text", "messages", "objects"],
)
def test_history_is_the_earlier_turns(asked: str, answered: str, history: Any) -> None:
    found = said({"history": history, asked: "And now?", answered: "I sleep."})
    assert found == [(("user", "assistant")[i % 2], text) for i, text in enumerate(TURNS)]


@pytest.mark.parametrize("history", [[], None, "", "[]"])
def test_without_history_the_question_comes_first(history: Any) -> None:
    row = {"history": history, "query": "And now?", "response": "I sleep.", "system": "Be short."}
    assert said(row) == [("system", "Be short."), ("user", "And now?"), ("assistant", "I sleep.")]


@pytest.mark.parametrize("history", ["what came before", [["alone"]], [["a", 1]], [["a", ""]], {"a": "b"}, [3]])
def test_a_history_that_is_none_is_named(history: Any) -> None:
    with pytest.raises(RowError, match="history"):
        to_record({"history": history, "query": "And now?", "response": "I sleep."}, "chat")


def test_a_mini_dataset_keeps_the_history(tmp_path: Path) -> None:
    rows = [{"history": HISTORY, "query": f"{text} And now?", "response": f"{text} I sleep."} for text in stories(60)]
    drawn(tmp_path, write_lines(tmp_path / "a.jsonl", rows), task="sft")
    kept = rows_of(tmp_path, "train")
    assert kept and all([turn["content"] for turn in row["messages"]][:4] == TURNS[:4] for row in kept)


def test_a_history_in_a_table_is_read(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", ["history", "query", "response"], [[json.dumps(HISTORY), *TURNS[4:]]])
    assert [text_of(record) for record in read_local(path, "chat")] == ["\n".join(TURNS)]


def test_files_that_are_no_data_are_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    own = tmp_path / "own"
    own.mkdir()
    write_lines(own / "a.jsonl", [{"text": text} for text in stories(30)])
    (own / "notes.md").write_text("to do")
    (own / "cover.png").write_bytes(b"\x89PNG")
    (own / ".hidden").write_text("")
    faults = Faults()
    assert len(list(read_local(own, "text", faults=faults))) == 30
    assert faults.count == 0 and len(faults.notes) == 1
    assert faults.notes[0].startswith("cover.png, notes.md: not read")
    assert "cover.png, notes.md" in json.dumps(drawn(tmp_path, own))
    list(reader_for(DataConfig(dataset_name="local", path=own), "pretrain")(Place()))
    assert caplog.text.count("cover.png, notes.md: not read") == 1


def test_what_is_no_data_hides_no_reason_of_a_broken_row(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", [{"words": "none"}])
    (tmp_path / "cover.png").write_bytes(b"\x89PNG")
    with pytest.raises(DataError, match="column 'text' is missing"):
        list(read_local(tmp_path, "text"))


def test_of_many_files_that_are_no_data_some_are_named(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", [{"text": text} for text in stories(3)])
    for i in range(30):
        (tmp_path / f"page{i:02d}.pdf").write_text("")
    ((names, _),) = no_data_in(tmp_path)
    assert names.startswith("page00.pdf, page01.pdf") and names.endswith("and 22 more")
