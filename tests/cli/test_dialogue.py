"""Whole commands with a person who types what they were told to, without the cost of a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from framework.cli.console import Console
from tests.cli.conftest import Foundry

Typed = str | type[BaseException]
Person = Callable[..., None]


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody is there, and types this."""

    def types(*lines: Typed) -> None:
        typed = iter(lines)

        def ask(console: Console, prompt: str) -> str:
            line = next(typed)
            if isinstance(line, str):
                return line
            raise line

        monkeypatch.setattr(Console, "interactive", True)
        monkeypatch.setattr(Console, "ask", ask)

    return types


def kept(project: Path) -> dict[str, dict[str, object]]:
    path = project / ".foundry" / "answers.json"
    found: dict[str, dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))["answers"]
    return found


def retitle(project: Path) -> str:
    report = project / "reports" / "requirements.md"
    text = report.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.strip().startswith("title:"))
    edited = text.replace(line, "  title: Night tales", 1)
    report.write_text(edited, encoding="utf-8")
    return edited


@pytest.mark.parametrize(("last", "code"), [("q", 3), (EOFError, 3), (KeyboardInterrupt, 130)])
def test_whoever_leaves_goes_on_where_they_were(
    last: Typed, code: int, person: Person, foundry: Foundry, waiting: Path
) -> None:
    before = [question["id"] for question in foundry("status", "tales", "--json").json["questions"]]
    person("1", last)
    result = foundry("resume", "tales")
    assert result.code == code
    assert f"1 of {len(before)}" in result.err
    assert "foundry resume tales" in result.err
    assert list(kept(waiting)) == before[:1]
    assert [question["id"] for question in foundry("status", "tales", "--json").json["questions"]] == before[1:]


def test_an_answer_of_their_own_words_is_kept_as_it_was_typed(person: Person, foundry: Foundry, waiting: Path) -> None:
    question = foundry("status", "tales", "--json").json["questions"][0]
    person(question["choices"][-1], "q")
    foundry("resume", "tales")
    (answer,) = kept(waiting).values()
    assert (answer["text"], answer["source"]) == (question["choices"][-1], "terminal")


def test_an_answer_that_is_not_understood_is_asked_again(person: Person, foundry: Foundry, waiting: Path) -> None:
    ids = [question["id"] for question in foundry("status", "tales", "--json").json["questions"]]
    number = next(index for index, name in enumerate(ids) if name in ("params", "time_limit_h", "hardware.count"))
    person(*["1"] * number, "nonsense", "1", "q")
    result = foundry("resume", "tales")
    assert "nonsense" in result.out
    assert ids[number] in kept(waiting)


def test_an_edit_is_left_as_it_is(person: Person, foundry: Foundry, project: Path) -> None:
    edited = retitle(project)
    person("x", "q")
    result = foundry("resume", "tales")
    assert result.code == 3
    assert "+  title: Night tales" in result.out
    assert "one of a, r, q" in result.out
    assert (project / "reports" / "requirements.md").read_text(encoding="utf-8") == edited


def test_an_edit_is_adopted(person: Person, foundry: Foundry, project: Path) -> None:
    retitle(project)
    person("a")
    result = foundry("resume", "tales")
    assert result.code == 0
    assert "technology: passed" in result.out
    assert "title: Night tales" in (project / "reports" / "requirements.md").read_text(encoding="utf-8")


def test_a_broken_edit_can_be_made_anew(person: Person, foundry: Foundry, project: Path) -> None:
    report = project / "reports" / "tech.md"
    before = report.read_text(encoding="utf-8")
    report.write_text(before.replace("schema_version: 1", "schema_version: two", 1), encoding="utf-8")
    person("a")
    assert foundry("resume", "tales").code == 4
    person("r")
    assert foundry("resume", "tales").code == 0
    assert "schema_version: 1" in report.read_text(encoding="utf-8")


def test_chinese_prompts_take_chinese_words(person: Person, foundry: Foundry, home: Path) -> None:
    person("跳过", "停止")
    result = foundry("new", "我想微调一个客服对话模型", "--name", "kefu")
    assert result.code == 3
    assert "问题 2/" in result.out
    assert "foundry resume kefu" in result.err
