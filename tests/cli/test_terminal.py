"""foundry in a real (pseudo-)terminal: the line editor, the keys, the live view, the closed window."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import WISH, Terminal

ASKS = "? help]:"


def answers(project: Path) -> dict[str, dict[str, object]]:
    text = (project / ".foundry" / "answers.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, object]] = json.loads(text)["answers"]
    return found


def answer_one(person: Terminal) -> None:
    """Answer the first question and wait for the second."""
    person.sees("Question 1 of ")
    person.sees(ASKS)
    person.sendline("1")
    person.sees("Question 2 of ")
    person.sees(ASKS)


def test_from_the_wish_to_the_questions_and_out_by_key(terminal: type[Terminal], home: Path) -> None:
    person = terminal("new", "--name", "tales")
    person.sees("What would you like to build?")
    person.sendline(WISH)
    answer_one(person)
    person.sendcontrol("c")
    person.sees("foundry resume tales")
    assert person.leaves() == 130
    assert len(answers(home / "generated" / "tales")) == 1


def test_from_the_questions_to_the_end(terminal: type[Terminal], waiting: Path) -> None:
    person = terminal("resume", "tales", "--until", "technology")
    while person.expect_exact([ASKS, "✓"]) == 0:
        person.sendline("s")
    person.sees("foundry inspect tales")
    assert person.leaves() == 0
    assert {answer["source"] for answer in answers(waiting).values()} == {"skip"}


def test_closing_the_window_keeps_what_was_answered(terminal: type[Terminal], waiting: Path) -> None:
    person = terminal("resume", "tales")
    answer_one(person)
    person.close(force=True)
    assert len(answers(waiting)) == 1
