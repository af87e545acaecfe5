"""One question after the other: what a person may type, and where it leads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from framework.artifacts.base import Question
from framework.cli.console import Console
from framework.cli.prompts import Ending, ask_all
from framework.errors import UsageError

GPU = Question(
    id="hardware.gpu", slot="hardware.gpu", text="Which card?", why="Memory.", choices=["RTX 4090", "A100", "none"],
    default="A100", score=0.3,
)  # fmt: skip
COUNT = Question(
    id="hardware.count", slot="hardware.count", text="How many?", why="Time.", choices=["2", "4", "8"], score=0.3
)
DOMAIN = Question(id="domain", slot="domain", text="About what?", why="Data.", score=0.2)

Kept = list[tuple[str, str | None, str]]


class Person(Console):
    """A console whose person types what they were told to."""

    def __init__(self, *typed: str | type[BaseException]) -> None:
        super().__init__("en")
        self._typed: Iterator[str | type[BaseException]] = iter(typed)

    def ask(self, prompt: str) -> str:
        typed = next(self._typed)
        if isinstance(typed, str):
            return typed
        raise typed


def talk(questions: list[Question], *typed: str | type[BaseException]) -> tuple[Ending, Kept]:
    kept: Kept = []

    def keep(question: str, text: str | None, source: str) -> None:
        if text == "nonsense":
            raise UsageError("'nonsense' is no answer.", "Say something else.")
        kept.append((question, text, source))

    return ask_all(Person(*typed), questions, keep), kept


@pytest.mark.parametrize(
    ("question", "typed", "text", "source"),
    [
        (GPU, "1", "RTX 4090", "terminal"),
        (GPU, "2.", "A100", "terminal"),
        (GPU, "3)", "none", "terminal"),
        (GPU, "a100", "A100", "terminal"),
        (GPU, "", "A100", "default"),
        (GPU, "a 3090 of my brother", "a 3090 of my brother", "terminal"),
        (GPU, "4", "4", "terminal"),
        (GPU, "0", "0", "terminal"),
        (GPU, "s", None, "skip"),
        (GPU, "SKIP", None, "skip"),
        (COUNT, "2", "2", "terminal"),
        (COUNT, "3", "8", "terminal"),
        (COUNT, "16", "16", "terminal"),
        (DOMAIN, "law", "law", "terminal"),
    ],
)
def test_an_answer_is_what_was_meant(question: Question, typed: str, text: str | None, source: str) -> None:
    assert talk([question], typed) == ("answered", [(question.id, text, source)])


def test_an_answer_that_is_not_understood_is_explained_and_asked_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert talk([GPU], "nonsense", "1") == ("answered", [("hardware.gpu", "RTX 4090", "terminal")])
    shown = capsys.readouterr().out
    assert "'nonsense' is no answer." in shown
    assert "Say something else." in shown


def test_enter_needs_a_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert talk([DOMAIN], "", "law")[1] == [("domain", "law", "terminal")]
    assert "no default" in capsys.readouterr().out


def test_a_way_back_changes_an_answer() -> None:
    ending, kept = talk([GPU, COUNT], "1", "b", "2", "4")
    assert ending == "answered"
    assert kept == [
        ("hardware.gpu", "RTX 4090", "terminal"),
        ("hardware.gpu", "A100", "terminal"),
        ("hardware.count", "4", "terminal"),
    ]


def test_whoever_comes_back_finds_their_answer(capsys: pytest.CaptureFixture[str]) -> None:
    ending, kept = talk([GPU, COUNT], "an old 3090", "b", "", "8")
    assert ending == "answered"
    assert kept[:2] == [("hardware.gpu", "an old 3090", "terminal")] * 2
    assert "an old 3090 (your answer)" in capsys.readouterr().out


def test_there_is_nothing_before_the_first_question() -> None:
    assert talk([GPU], "b", "b", "1")[1] == [("hardware.gpu", "RTX 4090", "terminal")]


@pytest.mark.parametrize(
    ("last", "ending"), [("q", "stopped"), (EOFError, "stopped"), (KeyboardInterrupt, "interrupted")]
)
def test_whoever_leaves_keeps_what_they_answered(last: str | type[BaseException], ending: str) -> None:
    assert talk([GPU, COUNT, DOMAIN], "1", "2", last) == (
        ending,
        [("hardware.gpu", "RTX 4090", "terminal"), ("hardware.count", "2", "terminal")],
    )


def test_a_question_shows_all_that_is_needed_to_answer_it(capsys: pytest.CaptureFixture[str]) -> None:
    talk([DOMAIN, GPU], "s", "?", "1")
    shown = capsys.readouterr().out
    for part in ("Question 2 of 2", "Which card?", "Why it matters: Memory.", "1  RTX 4090", "2  A100 (default)"):
        assert part in shown
    assert "go back" in shown or "b  back" in shown


def test_what_a_question_quotes_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    talk([DOMAIN.model_copy(update={"text": "[red]x[/] \x1b[2J", "why": "[/bold]"})], "s")
    shown = capsys.readouterr().out
    assert "[red]x[/] ␛[2J" in shown
    assert "[/bold]" in shown


def test_a_number_beyond_the_choices_is_asked_again(capsys: pytest.CaptureFixture[str]) -> None:
    data = Question(id="dataset", slot="dataset", text="Which?", why="w", choices=["public", "my own"], score=0.3)

    assert talk([data], "9", "2") == ("answered", [("dataset", "my own", "terminal")])
    assert "from 1 to 2" in capsys.readouterr().out
