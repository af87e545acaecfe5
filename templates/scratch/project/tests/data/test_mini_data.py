"""A mini dataset is small, keeps the proportions of its source, and its parts share nothing."""

import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from scratch_llm.config import load_config
from scratch_llm.data.dedup import deduplicate
from scratch_llm.data.mini import Rules
from scratch_llm.utils.errors import ConfigError, DataError

from tests.data.foreign import drawn, reviews, rows_of, stories, write_csv, write_lines
from tests.data.material import chats, opened, preferences

pytestmark = pytest.mark.fast
PARTS = ("train", "validation", "test")


def all_rows(folder: Path) -> list[dict[str, Any]]:
    return [row for name in PARTS for row in rows_of(folder, name)]


def test_parts_have_their_shares_and_the_facts_say_what_lies_there(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", [{"text": text} for text in stories(200)])
    before = source.read_bytes()
    facts = drawn(tmp_path, source)
    assert {name: len(rows_of(tmp_path, name)) for name in PARTS} == {"train": 160, "validation": 20, "test": 20}
    assert json.loads((tmp_path / "mini" / "facts.json").read_text("utf-8")) == facts
    for name in PARTS:
        data = (tmp_path / "mini" / f"{name}.jsonl").read_bytes()
        assert facts["splits"][name]["sha256"] == hashlib.sha256(data).hexdigest()
        assert facts["splits"][name]["bytes"] == len(data)
    assert sum(one["rows"] for one in facts["lengths"]["histogram"]) == 200
    assert source.read_bytes() == before
    assert (facts["kind"], facts["source"]) == ("own", "a.jsonl")
    assert str(tmp_path) not in json.dumps({key: facts[key] for key in facts if key not in ("config", "overrides")})


def test_the_same_source_and_rules_give_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    rows = [{"text": text} for text in stories(80)]
    first = drawn(tmp_path, write_lines(tmp_path / "a.jsonl", rows))
    again = drawn(tmp_path, write_lines(tmp_path / "a.jsonl", rows[::-1]))
    other = drawn(tmp_path, tmp_path / "a.jsonl", rules={"seed": 3})
    assert first["splits"] == again["splits"] != other["splits"]


def test_rows_and_tokens_are_bounded(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", [{"text": text} for text in stories(300)])
    assert sum(part["rows"] for part in drawn(tmp_path, source, rules={"most_rows": 50})["splits"].values()) == 50
    few = drawn(tmp_path, source, rules={"tokens": 2000})
    assert 1800 <= sum(part["tokens"] for part in few["splits"].values()) <= 2000


def test_duplicates_and_near_duplicates_are_left_out_and_none_is_in_two_parts(tmp_path: Path) -> None:
    long = [f"{one} {two} {three}" for one, two, three in zip(stories(90), stories(95)[5:], reviews(90), strict=True)]
    nearly = [text + " The end" for text in long[:30]]
    texts = [*long, *long[:40], *(f"  {text}\n" for text in long[:5]), *nearly]
    facts = drawn(tmp_path, write_lines(tmp_path / "a.jsonl", [{"text": text} for text in texts]))
    assert facts["read"]["exact_duplicates"] == 45
    assert facts["read"]["near_duplicates"] == 30
    kept = [row["text"] for row in all_rows(tmp_path)]
    assert len(deduplicate(kept).kept) == len(kept) == 90


def test_classes_keep_their_proportions_and_a_rare_one_is_there(tmp_path: Path) -> None:
    texts = reviews(400)
    labels = ["好" if i % 4 else "坏" for i in range(398)] + ["难说"] * 2
    rows = [list(row) for row in zip(labels, texts, strict=True)]
    facts = drawn(tmp_path, write_csv(tmp_path / "a.csv", ["标签", "评论"], rows), rules={"most_rows": 100})
    counts = Counter(row["label"] for row in all_rows(tmp_path))
    assert counts["难说"] == 2 and abs(counts["坏"] - 25) <= 2
    assert facts["columns"] == {**facts["columns"], "chosen": "text=评论,label=标签", "clear": True}
    assert list(facts["classes"]) == ["好", "坏", "难说"]
    assert sum(facts["classes"]["好"].values()) == counts["好"]
    assert facts["classes"]["难说"]["train"] >= 1
    assert facts["languages"] == {"zh": 100}


def test_without_classes_long_and_short_texts_keep_their_proportions(tmp_path: Path) -> None:
    short, long = stories(150), [" ".join(stories(60 + i)[i : i + 12]) for i in range(0, 600, 12)]
    drawn(tmp_path, write_lines(tmp_path / "a.jsonl", [{"text": t} for t in short + long]), rules={"most_rows": 100})
    assert abs(sum(len(row["text"]) > 300 for row in all_rows(tmp_path)) - 25) <= 3


@pytest.mark.parametrize(
    ("labels", "about"), [(["a"] * 60, "one_class"), (["a"] * 58 + ["b", "c"], "rare"), (["a", "b"] * 10, "few")]
)
def test_what_a_person_should_know_is_told(tmp_path: Path, labels: list[str], about: str) -> None:
    rows = [{"text": text, "label": label} for text, label in zip(stories(len(labels)), labels, strict=True)]
    facts = drawn(tmp_path, write_lines(tmp_path / "a.jsonl", rows))
    assert about in [notice["about"] for notice in facts["notices"]]


def test_answers_to_one_prompt_stay_together(tmp_path: Path) -> None:
    rows = [
        {"question": f"What did fox {i // 4} find on day {i // 4 * 7}?", "answer": text}
        for i, text in enumerate(stories(120))
    ]
    drawn(tmp_path, write_lines(tmp_path / "a.jsonl", rows), task="sft")
    asked = [{row["messages"][0]["content"] for row in rows_of(tmp_path, name)} for name in PARTS]
    assert [len(one & other) for one in asked for other in asked if one is not other] == [0] * 6
    assert {row["messages"][1]["content"] for row in all_rows(tmp_path)} <= {row["answer"] for row in rows}


def test_pieces_of_one_document_stay_together_and_no_word_is_lost(tmp_path: Path) -> None:
    documents = [" ".join(f"Word{i}x{j}." for j in range(900)) for i in range(30)]
    source = write_lines(tmp_path / "a.jsonl", [{"text": text} for text in documents])
    facts = drawn(tmp_path, source, rules={"tokens": 1_000_000})
    owners = [{row["text"].partition("x")[0] for row in rows_of(tmp_path, name)} for name in PARTS]
    assert [len(one & other) for one in owners for other in owners if one is not other] == [0] * 6
    assert {"about": "pieces", "fields": {"count": 30}} in facts["notices"]
    said = " ".join(row["text"] for row in all_rows(tmp_path))
    assert sorted(said.split()) == sorted(" ".join(documents).split())


def test_a_document_and_a_longer_copy_of_it_are_on_one_side(tmp_path: Path) -> None:
    short = [" ".join(f"Word{i}x{j}." for j in range(900)) for i in range(15)]
    longer = [" ".join(f"New{i}x{j}." for j in range(150)) + " " + text for i, text in enumerate(short)]
    source = write_lines(tmp_path / "a.jsonl", [{"text": text} for text in [*short, *longer]])
    facts = drawn(tmp_path, source, rules={"tokens": 1_000_000})
    assert facts["read"]["near_duplicates"] == 0, "they are cut at other places"
    owners = [{re.split(r"Word|x", row["text"])[-2] for row in rows_of(tmp_path, name)} for name in PARTS]
    assert [len(one & other) for one in owners for other in owners if one is not other] == [0] * 6


@pytest.mark.parametrize(("n_talk", "n_turn"), [(30, 2), (8, 12)])
def test_the_later_turns_of_a_conversation_stay_with_the_first(tmp_path: Path, n_talk: int, n_turn: int) -> None:
    texts = iter(stories(2 * n_talk * n_turn))
    talks = [
        [{"role": role, "content": next(texts)} for _ in range(n_turn) for role in ("user", "assistant")]
        for _ in range(n_talk)
    ]
    rows = [{"messages": talk[:end]} for talk in talks for end in range(2, 2 * n_turn + 1, 2)]
    drawn(tmp_path, write_lines(tmp_path / "a.jsonl", rows), task="sft", rules={"tokens": 1_000_000})
    begun = [{row["messages"][0]["content"] for row in rows_of(tmp_path, name)} for name in PARTS]
    assert [len(one & other) for one in begun for other in begun if one is not other] == [0] * 6
    assert sum(map(len, begun)) == n_talk


def test_training_takes_the_parts_as_they_are(tmp_path: Path) -> None:
    facts = drawn(tmp_path, write_lines(tmp_path / "a.jsonl", [{"text": text} for text in stories(100)]))
    run = load_config(tmp_path / "mini.yaml", facts["overrides"])
    report = opened(run).report()
    assert (report["train"]["documents"], report["val"]["documents"]) == (80, 10)
    assert report["duplicates"] == 0


@pytest.mark.parametrize(
    ("task", "rows", "keys"),
    [
        ("sft", chats(60), {"messages"}),
        ("dpo", preferences(60), {"prompt", "chosen", "rejected"}),
        ("pretrain", chats(60), {"text"}),
    ],
)
def test_every_task_gets_its_kind_of_rows(tmp_path: Path, task: str, rows: list[Any], keys: set[str]) -> None:
    facts = drawn(tmp_path, write_lines(tmp_path / "a.jsonl", rows), task=task)
    assert all(row.keys() == keys for row in all_rows(tmp_path))
    run = load_config(tmp_path / "mini.yaml", facts["overrides"])
    assert opened(run, length=200).report()["train"]["documents"] == facts["splits"]["train"]["rows"] * (
        2 if task == "dpo" else 1
    )


def test_a_seeded_source_needs_no_files(tmp_path: Path) -> None:
    made = [
        drawn(tmp_path, task="sft", overrides=("data.dataset_name=synthetic_instructions", "data.n_documents=200"))
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert (made[0]["kind"], made[0]["source"]) == ("synthetic", "synthetic_instructions")
    assert made[0]["licence"].startswith("that of this project")


def test_personal_data_is_counted_and_nowhere_shown(tmp_path: Path) -> None:
    secret = ["ada.lovelace@example.org", "13812345678", "11010519491231002X", "4111 1111 1111 1111", "203.0.113.77"]
    texts = [f"{text} {' and '.join(secret)}" for text in stories(40)]
    broken = [json.dumps({"wrong": 1, secret[0]: secret[1]})]
    facts = drawn(tmp_path, write_lines(tmp_path / "a.jsonl", [*({"text": t} for t in texts), *broken]))
    assert {one["kind"]: one["texts"] for one in facts["personal"]} == dict.fromkeys(
        ("mail", "resident_id", "card", "phone", "ip"), 40
    )
    shown = json.dumps(facts, ensure_ascii=False)
    assert [one for one in secret if one in shown] == []
    assert facts["broken"][0]["place"] == "a.jsonl:41"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"one\n\ntwo", r"2 distinct rows are left, too few for train, validation, test.* \(read: 2 rows\)"),
        (bytes(range(256)) * 300, "looks like no text"),
        (b"word " * (1 << 22), "longer than 16,777,216 characters"),
    ],
)
def test_a_file_that_cannot_make_one_says_why(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(DataError, match=says):
        drawn(tmp_path, tmp_path / "a.txt")
    assert not (tmp_path / "mini").exists()


def test_of_a_mixed_folder_every_file_is_read_by_its_own_columns(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    texts = stories(80)
    write_lines(folder / "a.jsonl", [{"story": text} for text in texts[:30]])
    write_csv(folder / "b.csv", ["id", "content"], [[str(i), text] for i, text in enumerate(texts[30:60])], "utf-16")
    for i, text in enumerate(texts[60:]):
        (folder / f"{i}.txt").write_text(text)
    (folder / "z.txt").write_bytes(bytes(range(256)) * 10)
    facts = drawn(tmp_path, folder)
    assert sorted(row["text"] for row in all_rows(tmp_path)) == sorted(texts)
    assert facts["read"]["broken"] == 1 and facts["broken"][0]["place"] == "z.txt:1"
    assert {file["name"]: file["encoding"] for file in facts["files"]}["b.csv"] == "UTF-16"


def test_only_a_mini_dataset_is_replaced(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", [{"text": text} for text in stories(30)])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigError, match=r"holds no facts\.json"):
        drawn(tmp_path, source, out=tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    "rules",
    [
        {"shares": {"train": 0.9, "validation": 0.2}},
        {"shares": {"train": 1.0}},
        {"shares": {"train": 0.5, "validation": 0.3, "extra": 0.2}},
        {"most_rows": 1},
        {"least_per_class": 0},
    ],
)
def test_rules_that_make_no_sense_are_refused(rules: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Rules(**rules)
