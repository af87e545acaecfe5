"""Questions to a person in the terminal: one at a time, with a way back, a way past and a way out.

Every answer is kept as soon as it is understood, so that nothing is lost however the person leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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

    BACK = "back"
    STOP = "stop"
    HELP = "help"


@dataclass(frozen=True)
class Reply:
    """An answer as it was meant; no text means that the question is skipped."""

    text: str | None
    source: AnswerSource


def ask_all(console: Console, questions: Sequence[Question], keep: Keep) -> Ending:
    """Put the questions one by one. `keep` stores an answer, or raises UsageError where it is not understood."""
    dialogue = Dialogue(console, keep)
    index = 0
    try:
        while index < len(questions):
            console.line()
            dialogue.show(questions[index], index + 1, len(questions))
            move = dialogue.settle(questions[index])
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


@dataclass
class Dialogue:
    """One round of questions. What was answered a moment ago is what Enter takes when the person comes back to it."""

    console: Console
    keep: Keep
    answered: dict[str, str | None] = field(default_factory=dict)

    def show(self, question: Question, number: int, count: int) -> None:
        """The question with all that is needed to answer it."""
        say, line = self.console.word, self.console.line
        line((say("prompt.heading", number=number, count=count), "bold cyan"), (f" · {question.id}", "dim"))
        line((question.text, "bold"))
        line((say("prompt.why", why=question.why), "dim"))
        preset = self._preset(question)
        mark = say("prompt.answer_mark" if self.answered.get(question.id) else "prompt.default_mark")
        for position, choice in enumerate(question.choices, start=1):
            line((f"{position}", "cyan"), "  ", choice, (f" {mark}", "green") if choice == preset else "", indent=2)
        if preset is not None and preset not in question.choices:
            line((f"{preset} {mark}", "green"), indent=2)

    def settle(self, question: Question) -> Move | None:
        """Ask until the answer is kept (None), or the person goes elsewhere."""
        while True:
            reply = self._read(question)
            if reply is Move.HELP:
                self.console.say("prompt.help", "dim", indent=2)
            elif isinstance(reply, Move):
                return reply
            elif reply is None:
                self.console.say("prompt.no_default", "yellow", indent=2)
            elif self._is_kept(question, reply):
                return None

    def _preset(self, question: Question) -> str | None:
        return self.answered.get(question.id) or question.default

    def _read(self, question: Question) -> Reply | Move | None:
        """One line from the person; None for Enter where there is nothing to take."""
        preset = self._preset(question)
        key = "prompt.enter" if preset is None else "prompt.enter_preset"
        typed = self.console.ask(f"  {self.console.word(key)} ")
        if typed:
            return self._command(typed) or Reply(_chosen(question.choices, typed), "terminal")
        if preset is None:
            return None
        return Reply(preset, "terminal" if self.answered.get(question.id) else "default")

    def _command(self, typed: str) -> Move | Reply | None:
        """What a short word stands for, if it is one of those that are no answer."""
        word = typed.casefold()
        if word in self.console.word("prompt.words_skip").split():
            return Reply(None, "skip")
        return next((move for move in Move if word in self.console.word(f"prompt.words_{move.value}").split()), None)

    def _is_kept(self, question: Question, reply: Reply) -> bool:
        if _is_no_choice(question.choices, reply.text):
            self.console.say("prompt.no_such_choice", "yellow", indent=2, count=len(question.choices))
            return False
        try:
            self.keep(question.id, reply.text, reply.source)
        except UsageError as error:
            self.console.line((error.message, "yellow"), indent=2)
            self.console.line((error.hint, "dim"), indent=2)
            return False
        self.answered[question.id] = reply.text
        if reply.text is None:
            self.console.say("prompt.skipped", "dim", indent=2)
        else:
            self.console.line(("✓ ", "green"), reply.text, indent=2)
        return True


def _chosen(choices: Sequence[str], typed: str) -> str:
    """The choice of that wording or number; anything else is an answer in the person's own words."""
    for choice in choices:
        if choice.casefold() == typed.casefold():
            return choice
    number = typed.removesuffix(".").removesuffix(")")
    if number.isascii() and number.isdecimal() and 1 <= int(number) <= len(choices):
        return choices[int(number) - 1]
    return typed


def _is_no_choice(choices: Sequence[str], text: str | None) -> bool:
    """A bare number beyond the choices, where no choice is itself about a number."""
    bare = text is not None and text.isascii() and text.isdecimal()
    return bare and bool(choices) and not any(character.isdigit() for choice in choices for character in choice)


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
