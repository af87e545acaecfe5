"""The way that `new` and `resume` share: run, ask, run on; then say how far it came and what to type next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from framework.artifacts.base import Question
from framework.artifacts.records import AnswerSource
from framework.cli import prompts, summary
from framework.cli.console import Console
from framework.cli.locate import reference
from framework.cli.progress import progress
from framework.errors import BudgetSpent, Interrupted, InvalidDocument, WaitingForHuman

if TYPE_CHECKING:
    from framework.workflow.edits import Edit
    from framework.workflow.project import Outcome, Project

Given = dict[str, tuple[str | None, AnswerSource]]


@dataclass
class Journey:
    """One command's way through a project's stages. Whoever makes it holds the project's lock."""

    console: Console
    project: Project
    out: Path
    until: str | None = None
    yes: bool = False

    def run(self, given: Given, again_from: str | None = None) -> int:
        """Advance until done, a failed gate, or a question that nobody can answer now; return the exit code."""
        if undecided := self._settle_edits():
            return self._wait_for_edits(undecided)
        if again_from:
            self.project.reset_from(again_from)
        if given:
            self.project.answer(given)
        outcome = self._advance()
        while outcome.kind == "waiting" and self._answered(outcome.questions):
            outcome = self._advance()
        if self.console.as_json:
            self.console.document(summary.document(self.project, outcome, self.until))
        else:
            summary.show(self.console, self.project, outcome, self.out, self.until)
        return summary.EXIT[outcome.kind]

    def _advance(self) -> Outcome:
        try:
            with progress(self.console) as listener:
                return self.project.advance(listener, until=self.until, yes=self.yes)
        except Interrupted as stop:
            raise Interrupted(stop.message, self._hint()) from stop
        except BudgetSpent as spent:
            raise BudgetSpent(spent.message, f"{spent.hint}\n{self._hint()}".strip()) from spent

    def _answered(self, questions: Sequence[Question]) -> bool:
        """Whether there are answers now; leaving the terminal's prompts ends the command."""
        if self.yes:
            open_to_defaults = [question for question in questions if not question.for_a_person]
            self._take_defaults(open_to_defaults)
            return bool(open_to_defaults)
        if not self.console.interactive:
            return False
        kept: set[str] = set()
        ending = prompts.ask_all(self.console, questions, lambda *answer: self._keep(kept, *answer))
        if ending != "answered":
            self._leave(ending, len(kept), len(questions))
        self.console.line()
        return True

    def _take_defaults(self, questions: Sequence[Question]) -> None:
        self.project.answer({question.id: (question.default, "default") for question in questions})
        for question in questions:
            key = "prompt.default_none" if question.default is None else "prompt.default_taken"
            self.console.say(key, "dim", question=question.id, default=question.default)

    def _keep(self, kept: set[str], question: str, text: str | None, source: AnswerSource) -> None:
        self.project.answer({question: (text, source)})
        kept.add(question)

    def _leave(self, ending: prompts.Ending, kept: int, count: int) -> None:
        message = self.console.word("prompt.left", kept=kept, count=count)
        raise (WaitingForHuman if ending == "stopped" else Interrupted)(message, self._hint())

    def _settle_edits(self) -> list[Edit]:
        """Decide about every artifact that a person has edited; what is left is what nobody could be asked about."""
        while edits := self.project.pending_edits():
            if self.yes:
                self._adopt(edits[0])
            elif self.console.interactive:
                self._decide(edits[0])
            else:
                return edits
        return []

    def _adopt(self, edit: Edit) -> None:
        """A verdict with errors is no reason to stop here: the stage then stands as failed, and says why."""
        self.project.adopt(edit)
        self.console.say("prompt.adopted", "green", file=f"reports/{edit.file}")

    def _decide(self, edit: Edit) -> None:
        summary.show_edit(self.console, edit)
        options = {"a": "prompt.adopt", "r": "prompt.regenerate", "q": "prompt.stop"}
        try:
            letter = prompts.decide(self.console, "prompt.edit_choice", options)
        except (EOFError, KeyboardInterrupt) as error:
            self.console.line()
            stop = Interrupted if isinstance(error, KeyboardInterrupt) else WaitingForHuman
            raise stop(self.console.word("prompt.edit_left"), self._hint()) from error
        if letter == "q":
            raise WaitingForHuman(self.console.word("prompt.edit_left"), self._hint())
        if letter == "r":
            self.project.regenerate(edit.file)
            return
        try:
            self._adopt(edit)
        except InvalidDocument as error:
            raise InvalidDocument(error.message, f"{error.hint}\n{self._hint()}") from error

    def _hint(self) -> str:
        return self.console.word("cli.go_on", project=reference(self.project.files.root, self.out))

    def _wait_for_edits(self, edits: list[Edit]) -> int:
        if self.console.as_json:
            self.console.document(summary.edits_document(self.project, edits))
        else:
            summary.show_undecided(self.console, edits, reference(self.project.files.root, self.out))
        return summary.EXIT["waiting"]
