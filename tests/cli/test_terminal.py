"""foundry in a real (pseudo-)terminal: questions, the way out, edits, the live view."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import WISH, Foundry, Terminal

ASKS = "? help]:"


def answers(home: Path) -> dict[str, dict[str, object]]:
    text = (home / "generated" / "tales" / ".foundry" / "answers.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, object]] = json.loads(text)["answers"]
    return found


def test_a_person_answers_and_the_project_is_done(terminal: type[Terminal], home: Path) -> None:
    person = terminal("new", WISH, "--name", "tales")
    person.sees("Question 1 of ")
    while person.expect_exact([ASKS, "is done."]) == 0:
        person.sendline("s")
    person.sees("foundry inspect tales")
    assert person.leaves() == 0
    assert {answer["source"] for answer in answers(home).values()} == {"skip"}


def test_whoever_stops_goes_on_where_they_were(terminal: type[Terminal], home: Path, foundry: Foundry) -> None:
    person = terminal("new", WISH, "--name", "tales")
    person.sees(ASKS)
    person.sendline("1")
    person.sees("Question 2 of ")
    person.sees(ASKS)
    person.sendline("q")
    person.sees("1 of ")
    person.sees("foundry resume tales")
    assert person.leaves() == 3
    (kept,) = answers(home)
    open_now = [question["id"] for question in foundry("resume", "tales", "--json").json["questions"]]
    assert kept not in open_now

    person = terminal("resume", "tales")
    person.sees("Question 1 of ")
    person.sees(open_now[0])
    person.sendline("q")
    assert person.leaves() == 3


@pytest.mark.parametrize(("key", "code"), [("c", 130), ("d", 3)])
def test_leaving_by_key_keeps_what_was_answered(key: str, code: int, terminal: type[Terminal], home: Path) -> None:
    person = terminal("new", WISH, "--name", "tales")
    person.sees(ASKS)
    person.sendline("1")
    person.sees("Question 2 of ")
    person.sees(ASKS)
    person.sendcontrol(key)
    person.sees("foundry resume tales")
    assert person.leaves() == code
    assert len(answers(home)) == 1


def test_closing_the_window_keeps_what_was_answered(terminal: type[Terminal], home: Path) -> None:
    person = terminal("new", WISH, "--name", "tales")
    person.sees(ASKS)
    person.sendline("1")
    person.sees("Question 2 of ")
    person.close(force=True)
    assert len(answers(home)) == 1


def test_an_answer_that_is_not_understood_is_asked_again(
    terminal: type[Terminal], waiting: Path, foundry: Foundry
) -> None:
    person = terminal("new", "fine-tune a 7B chat model on our GPUs for customer support", "--name", "support")
    person.sees(ASKS)
    person.sendline("?")
    person.sees("b  back")
    person.sees(ASKS)
    person.sendcontrol("d")
    assert person.leaves() == 3


def test_an_edit_is_shown_and_decided_about(terminal: type[Terminal], project: Path) -> None:
    report = project / "reports" / "requirements.md"
    before = report.read_text(encoding="utf-8")
    line = next(line for line in before.splitlines() if line.strip().startswith("title:"))
    edited = before.replace(line, "  title: Night tales", 1)
    report.write_text(edited, encoding="utf-8")

    person = terminal("resume", "tales")
    person.sees("+  title: Night tales")
    person.sees("[a/r/q]:")
    person.sendline("x")
    person.sees("one of a, r, q")
    person.sendline("q")
    assert person.leaves() == 3
    assert report.read_text(encoding="utf-8") == edited

    person = terminal("resume", "tales")
    person.sees("[a/r/q]:")
    person.sendline("a")
    person.sees("is adopted")
    person.sees("is done.")
    assert person.leaves() == 0
    assert "title: Night tales" in report.read_text(encoding="utf-8")


def test_an_edit_is_made_anew(terminal: type[Terminal], project: Path) -> None:
    report = project / "reports" / "tech.md"
    before = report.read_text(encoding="utf-8")
    report.write_text(before.replace("schema_version: 1", "schema_version: two", 1), encoding="utf-8")
    person = terminal("resume", "tales")
    person.sees("[a/r/q]:")
    person.sendline("r")
    person.sees("is done.")
    assert person.leaves() == 0
    assert "schema_version: 1" in report.read_text(encoding="utf-8")


def test_the_live_view_shows_each_stage(terminal: type[Terminal], home: Path) -> None:
    person = terminal("new", WISH, "--name", "tales", "--yes")
    person.sees("✓")
    person.sees("is done.")
    assert person.leaves() == 0


def test_without_a_text_it_asks_for_one(terminal: type[Terminal], home: Path) -> None:
    person = terminal("new", "--name", "tales", "--yes")
    person.sees("What would you like to build?")
    person.sendline(WISH)
    person.sees("is done.")
    assert person.leaves() == 0


def test_chinese_prompts_take_chinese_words(terminal: type[Terminal], home: Path) -> None:
    person = terminal("new", "我想做一个客服模型", "--name", "kefu")
    person.sees("帮助]:")
    person.sendline("停止")
    person.sees("foundry resume kefu")
    assert person.leaves() == 3
