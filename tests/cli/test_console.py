"""What is printed can neither style the output nor steer the terminal, and a program can always parse it."""

from __future__ import annotations

import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.cli.console import Console
from framework.cli.language import environment_language
from framework.cli.layout import Screen, line, plain, table, width_of

STEERING = {"Cc", "Cs"}


@given(st.text(st.characters()))
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    left = plain(text)
    assert not {char for char in left if unicodedata.category(char) in STEERING and char != "\n"}
    assert not set(left) & set("\u202e\u2066\u200b\ufeff")


@given(st.text(st.characters(exclude_categories=["C"]), max_size=50))
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert plain(text) == text


def test_a_control_code_becomes_visible() -> None:
    assert plain("a\x1b[31mred\x1b[0m\x07") == "a␛[31mred␛[0m␇"


def test_markup_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    Console("en").line("[red]stop[/red] [/] :smile: [link=http://x]y[/link]")
    assert capsys.readouterr().out == "[red]stop[/red] [/] :smile: [link=http://x]y[/link]\n"


def test_markup_in_a_table_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    Console("en").table([["[bold]a", "b\x1b[2J"], ["c", "d"]], headers=["[x]", "y"])
    assert capsys.readouterr().out.splitlines() == ["[x]      y", "[bold]a  b␛[2J", "c        d"]


def test_a_long_line_is_one_line_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    Console("en").line("word " * 100, indent=4)
    assert capsys.readouterr().out.count("\n") == 1


@given(st.dictionaries(st.text(), st.text()))
def test_every_document_can_be_parsed(data: dict[str, str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        patch.setattr("sys.stdout", stream)
        Console("en", as_json=True).document(data)
        stream.seek(0)
        assert len(json.loads(stream.read())) <= len(data)


def test_a_document_survives_a_terminal_without_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr("sys.stdout", stream)
    Console("en", as_json=True).document({"wish": "两张 4090"})
    stream.seek(0)
    assert json.loads(stream.read()) == {"wish": "两张 4090"}


@pytest.mark.parametrize(
    ("variables", "lang"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": ""}, "en"),
    ],
)
def test_the_environment_chooses_the_language(
    variables: dict[str, str], lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert environment_language() == lang


@given(st.text(st.sampled_from("ab 中文，.-")), st.integers(min_value=12, max_value=40), st.integers(0, 8))
def test_a_wrapped_line_fits_and_loses_nothing_but_blanks(text: str, width: int, indent: int) -> None:
    rows = line(Screen(width + indent), [(text[:5], "bold"), text[5:]], indent).split("\n")
    assert all(width_of(row) <= width + indent for row in rows)
    assert all(row.startswith(" " * indent) for row in rows)
    assert "".join("".join(rows).split()) == "".join(text.split())


@given(st.lists(st.lists(st.text(st.sampled_from("ab 中文"), max_size=60), min_size=3, max_size=3), min_size=1))
def test_a_table_fits_the_screen(rows: list[list[str]]) -> None:
    shown = table(Screen(60), rows, indent=2)
    assert all(width_of(row) <= 60 for row in shown.split("\n"))
    written = "".join("".join(row) for row in rows)
    assert sorted("".join(shown.split())) == sorted("".join(written.split()))


def test_columns_of_chinese_stand_in_line() -> None:
    assert table(Screen(), [["中文", "x"], ["ab", "y"]]).split("\n") == ["中文  x", "ab    y"]


def test_styles_are_for_terminals_only() -> None:
    assert line(Screen(80, styled=True), [("go", "bold green")]) == "\x1b[1;32mgo\x1b[0m"
    assert line(Screen(), [("go", "bold green")]) == "go"
