"""Columns are mapped by their names and by what stands in them; where that leaves a doubt, it is said."""

from pathlib import Path
from typing import Any

import pytest

from scratch_llm.data.mini.mapping import guess_map, parse_map
from scratch_llm.data.records import ChatRecord, Kind, TextRecord
from scratch_llm.tokenizers import Message
from scratch_llm.utils.errors import ConfigError, DataError

from tests.data.foreign import drawn, reviews, rows_of, stories, write_lines

pytestmark = pytest.mark.fast
TALK = [{"role": "user", "content": "Why is that?"}, {"role": "assistant", "content": "Because it is."}]
SHARED = [{"from": "human", "value": "Why is that?"}, {"from": "gpt", "value": "Because it is."}]


def rows(**columns: Any) -> list[dict[str, Any]]:
    """Twenty rows; a column given as a function of the number differs from row to row."""
    return [{name: value(i) if callable(value) else value for name, value in columns.items()} for i in range(20)]


def text(i: int) -> str:
    return f"A text about fox number {i} and many other things that happen"


def longer(i: int) -> str:
    return text(i) * 5


@pytest.mark.parametrize(
    ("found", "kind", "words", "clear"),
    [
        (rows(id=3, text=text), "text", "text=text", True),
        (rows(title=lambda i: f"T{i}", content=longer), "text", "text=content", True),
        (rows(正文=lambda i: reviews(20)[i], 作者="某人"), "text", "text=正文", True),
        (rows(Story=text, url=lambda i: f"https://example.org/{i}"), "text", "text=Story", True),
        (rows(zzz=text, n=4), "text", "text=zzz", True),
        (
            rows(**{"": 3, "Review Text": text, "user_sentiment": "good"}),
            "text",
            "text=Review Text,label=user_sentiment",
            True,
        ),
        (rows(aaa=text, bbb=longer), "text", "text=bbb", False),
        (rows(comment=text, essay=lambda i: longer(i) * 3), "text", "text=comment", False),
        (rows(text=text, label=lambda i: i % 2), "text", "text=text,label=label", True),
        (rows(text=text, label=text), "text", "text=text", True),
        (rows(prompt=text, response=longer), "text", "text=prompt+response", True),
        (rows(messages=TALK), "text", "text=messages", True),
        (rows(messages=TALK), "chat", "messages=messages", True),
        (rows(conversations=SHARED, id="x"), "chat", "messages=conversations", True),
        (rows(instruction=text, input="", output=longer), "chat", "prompt=instruction+input,response=output", True),
        (rows(question=text, answer=longer), "chat", "prompt=question,response=answer", True),
        (rows(问题=text, 回答=longer), "chat", "prompt=问题,response=回答", True),
        (rows(left=text, right=longer), "chat", "prompt=left,response=right", False),
        (
            rows(prompt=text, chosen=longer, rejected=text),
            "preference",
            "prompt=prompt,chosen=chosen,rejected=rejected",
            True,
        ),
        (rows(chosen=TALK, rejected=TALK), "preference", "chosen=chosen,rejected=rejected", True),
        (rows(question=text, a=longer, b=longer), "preference", "prompt=question,chosen=a,rejected=b", False),
    ],
)
def test_columns_are_guessed(found: list[dict[str, Any]], kind: Kind, words: str, clear: bool) -> None:
    guess = guess_map(found, kind)
    assert (guess.map.words, guess.clear) == (words, clear)
    assert clear or guess.others


@pytest.mark.parametrize(("found", "kind"), [(rows(n=4, m="7"), "text"), (rows(text=text), "preference")])
def test_columns_that_are_no_such_record_are_listed(found: list[dict[str, Any]], kind: Kind) -> None:
    with pytest.raises(DataError, match="there are " + ", ".join(found[0])):
        guess_map(found, kind)


@pytest.mark.parametrize("value", [TALK, SHARED])
def test_a_conversation_may_be_written_into_a_cell(value: Any) -> None:
    import json

    said = ChatRecord((Message("user", "Why is that?"), Message("assistant", "Because it is.")))
    found = parse_map("messages=talk", "chat")
    assert found.record({"talk": value}) == found.record({"talk": json.dumps(value)}) == said


def test_parts_are_joined_and_a_label_is_no_part_of_the_text() -> None:
    found = parse_map("text=a+b,label=c", "text")
    assert found.record({"a": "One.", "b": "Two.", "c": 3}) == TextRecord("One.\n\nTwo.")
    assert found.label({"c": 3}) == "3"
    assert found.label({"c": None}) == ""


def test_a_name_with_signs_of_the_notation_survives_it() -> None:
    strange = "a,b=c+d%e"
    guess = guess_map([{strange: text(i)} for i in range(20)], "text")
    assert parse_map(guess.map.words, "text").record({strange: "Yes."}) == TextRecord("Yes.")


@pytest.mark.parametrize("words", ["", "text", "text=", "body=x", "prompt=a", "text=a,prompt=b", "=,="])
def test_words_that_make_no_record_are_refused(words: str) -> None:
    with pytest.raises(ConfigError, match="do not make"):
        parse_map(words, "text")


def test_a_person_decides_between_columns(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", [{"aa": t, "bb": t[::-1]} for t in stories(40)])
    guessed = drawn(tmp_path, source)
    assert guessed["columns"]["clear"] is False
    assert {option["columns"] for option in guessed["columns"]["options"]} == {"text=aa", "text=bb"}
    said = drawn(tmp_path, source, columns="text=bb")
    assert said["columns"]["clear"] is True
    assert all(row["text"].startswith(".") for row in rows_of(tmp_path, "train"))


def test_columns_that_no_file_has_are_not_replaced_by_a_guess(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", [{"aa": text} for text in stories(40)])
    with pytest.raises(ConfigError, match="no file has the columns of text=story") as error:
        drawn(tmp_path, source, columns="text=story")
    assert error.value.hint == "there are aa"


def test_a_message_may_be_said_in_pieces_and_by_a_capital(tmp_path: Path) -> None:
    def said(role: str, text: str) -> dict[str, Any]:
        return {"role": role, "content": [{"type": "text", "text": text}, {"type": "text", "text": "Really."}]}

    talks = [{"messages": [said("User", f"Why {i}?"), said("Assistant", text)]} for i, text in enumerate(stories(40))]
    drawn(tmp_path, write_lines(tmp_path / "a.jsonl", talks), task="sft")
    first = rows_of(tmp_path, "train")[0]["messages"]
    assert [turn["role"] for turn in first] == ["user", "assistant"]
    assert first[1]["content"].endswith("\nReally.")
    facts = drawn(tmp_path, tmp_path / "a.jsonl", task="pretrain")
    assert facts["read"] == {"rows": 40, "broken": 0, "exact_duplicates": 0, "near_duplicates": 0}


def test_rows_that_are_empty_at_first_do_not_hide_the_others(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", [*[{"text": ""}] * 250, *({"text": text} for text in stories(40))])
    assert drawn(tmp_path, source)["read"]["rows"] == 40
    with pytest.raises(DataError, match="its 30 rows hold nothing; the columns are text"):
        drawn(tmp_path, write_lines(tmp_path / "b.jsonl", [{"text": None}] * 30))


def test_half_characters_in_classes_and_names_reach_no_file(tmp_path: Path) -> None:
    lines = [
        f'{{"text": "{text}", "label": "bad \\ud83d {i % 2}", "\\udc00": 1}}' for i, text in enumerate(stories(40))
    ]
    facts = drawn(tmp_path, write_lines(tmp_path / "a.jsonl", lines))
    assert set(facts["classes"]) == {"bad \ufffd 0", "bad \ufffd 1"}
    assert facts["columns"]["found"][-1] == "\ufffd"
