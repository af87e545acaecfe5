"""Questions to a person in the terminal: one at a time, with a way back, a way past and a way out.

Every answer is kept as soon as it is understood, so that nothing is lost however the person leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from framework.artifacts.base import Question
from framework.artifacts.records import AnswerSource
from framework.cli.console import Console
from framework.errors import UsageError

Ending = Literal["answered", "stopped", "interrupted"]
Keep = Callable[[str, str | None, AnswerSource], None]


class Move(Enum):
    """What a person may type instead of an answer."""

    SKIP = "skip"
    BACK = "back"
    STOP = "stop"
    HELP = "help"


@dataclass(frozen=True)
class Reply:
    """An answer as it was meant: typed, or the default taken with Enter."""

    text: str
    source: AnswerSource


def ask_all(console: Console, questions: Sequence[Question], keep: Keep) -> Ending:
    """Put the questions one by one. `keep` stores an answer, or raises UsageError where it is not understood."""
    index = 0
    try:
        while index < len(questions):
            console.line()
            _show(console, questions[index], index, len(questions))
            move = _settle(console, questions[index], keep)
            if move is Move.STOP:
                return "stopped"
            index = max(0, index - 1) if move is Move.BACK else index + 1
    except EOFError:
        console.line()
        return "stopped"
    except KeyboardInterrupt:
        console.line()
        return "interrupted"
    return "answered"


def _show(console: Console, question: Question, index: int, count: int) -> None:
    heading = console.word("prompt.heading", number=index + 1, count=count)
    console.line((heading, "bold cyan"), (f" · {question.id}", "dim"))
    console.line((question.text, "bold"))
    console.line((console.word("prompt.why", why=question.why), "dim"))
    for number, choice in enumerate(question.choices, start=1):
        mark = (" " + console.word("prompt.default_mark"), "green") if choice == question.default else ""
        console.line((f"{number}", "cyan"), "  ", choice, mark, indent=2)
    if question.default is not None and question.default not in question.choices:
        console.say("prompt.default", "green", indent=2, default=question.default)


def _settle(console: Console, question: Question, keep: Keep) -> Move | None:
    """Ask until the answer is kept (None), or the person goes elsewhere."""
    while True:
        reply = _read(console, question)
        if reply in (Move.BACK, Move.STOP):
            return reply if isinstance(reply, Move) else None
        if reply is Move.HELP:
            console.say("prompt.help", "dim", indent=2)
        elif reply is Move.SKIP:
            keep(question.id, None, "skip")
            console.say("prompt.skipped", "dim", indent=2)
            return None
        elif reply is None:
            console.say("prompt.no_default", "yellow", indent=2)
        elif isinstance(reply, Reply) and _is_kept(console, question, reply, keep):
            return None


def _is_kept(console: Console, question: Question, reply: Reply, keep: Keep) -> bool:
    try:
        keep(question.id, reply.text, reply.source)
    except UsageError as error:
        console.line((error.message, "yellow"), indent=2)
        if error.hint:
            console.line((error.hint, "dim"), indent=2)
        return False
    console.line(("✓ ", "green"), reply.text, indent=2)
    return True


def _read(console: Console, question: Question) -> Reply | Move | None:
    """One line from the person; None for Enter where there is no default."""
    key = "prompt.enter_default" if question.default is not None else "prompt.enter"
    typed = console.ask(f"  {console.word(key)} ")
    if not typed:
        return Reply(question.default, "default") if question.default is not None else None
    return _move(console, typed) or Reply(_chosen(question.choices, typed), "terminal")


def _move(console: Console, typed: str) -> Move | None:
    word = typed.casefold()
    return next((move for move in Move if word in console.word(f"prompt.words_{move.value}").split()), None)


def _chosen(choices: Sequence[str], typed: str) -> str:
    """The choice of that wording or number; anything else is an answer in the person's own words."""
    for choice in choices:
        if choice.casefold() == typed.casefold():
            return choice
    number = typed.removesuffix(".").removesuffix(")")
    if number.isascii() and number.isdecimal() and 1 <= int(number) <= len(choices):
        return choices[int(number) - 1]
    return typed


def decide(console: Console, key: str, options: dict[str, str]) -> str:
    """One letter out of a few; `options` maps each letter to the key of its description."""
    while True:
        console.line()
        for letter, description in options.items():
            console.line((letter, "cyan"), "  ", console.word(description), indent=2)
        typed = console.ask(f"  {console.word(key)} ").casefold()
        if typed in options:
            return typed
        console.say("prompt.one_letter", "yellow", indent=2, letters=", ".join(options))
