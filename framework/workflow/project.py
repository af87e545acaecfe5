"""A project from the outside: open it, answer its questions, decide about edits, advance it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from framework.artifacts.base import Question
from framework.artifacts.build import TaskList
from framework.artifacts.codec import judged_hash
from framework.artifacts.files import ProjectFiles, read_text
from framework.artifacts.ledger import Ledger
from framework.artifacts.records import Answer, Answers, AnswerSource, Finding, RunRecord, Verdict
from framework.errors import FoundryError, UsageError
from framework.runtime.events import Event, Listener
from framework.runtime.history import refuse_unfinished
from framework.runtime.workspace import Workspace
from framework.workflow import edits
from framework.workflow.freshness import Standing, answers_for, is_edited, open_questions, standings
from framework.workflow.lock import locked
from framework.workflow.machine import Machine
from framework.workflow.skills import load_role, load_skill
from framework.workflow.stop import StopRequest
from framework.workflow.table import (
    STAGES,
    Stage,
    stage_asking,
    stage_named,
    stage_writing,
    stages_from,
    stages_until,
)
from framework.workflow.trial import on_trial, tried

LONGEST_ANSWER, LONGEST_FILE = 2000, 64_000  # characters


@dataclass(frozen=True)
class Outcome:
    """How far a run came, read from the receipts."""

    kind: Literal["done", "waiting", "failed"]
    stage: str | None = None
    questions: list[Question] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def _silent(_: Event) -> None:
    """Nobody is listening."""


class Project:
    """One project's folder, and what a person can do with it."""

    def __init__(self, files: ProjectFiles, stages: tuple[Stage, ...] = STAGES) -> None:
        self.files = files
        self.run = files.read_run()
        self._stages = stages

    @classmethod
    def open(cls, path: Path) -> Self:
        """The project in that folder."""
        return cls(ProjectFiles(path.resolve()))

    def locked(self) -> AbstractContextManager[None]:
        """Hold the project against other processes."""
        return locked(self.files)

    def configure(self, **changes: object) -> None:
        """Change settings for this run and those to come."""
        settings = self.run.settings.model_validate(self.run.settings.model_dump() | changes)
        self._save(self.run.model_copy(update={"settings": settings}))

    def _save(self, run: RunRecord) -> None:
        if run != self.run:
            self.files.write_run(run)
            self.run = run

    def advance(self, listener: Listener = _silent, *, until: str | None = None, yes: bool = False) -> Outcome:
        """Run from the first stage that is not fresh until done, a question, or a failed gate.

        `yes` approves, for this run alone, what comes up in the midst of work: no repair stops to be asked about.
        """
        wanted = stages_until(until, self._stages)
        machine = Machine(self.files, listener, self._stages, StopRequest(), yes)
        refuse_unfinished(self.files)
        self._warn_of_damage(machine.ledger, listener)
        from framework.workflow.drive import drive

        if rejected := self._rejected_edit(wanted, machine):
            return rejected
        with machine.stop.listening():
            for _ in range(len(wanted) + 1):
                drive(machine, until)
                if (outcome := self._outcome(wanted, machine)) is not None:
                    return outcome
        raise FoundryError("the stages ran and their receipts still do not hold; their inputs change while they run.")

    def _warn_of_damage(self, ledger: Ledger, listener: Listener) -> None:
        if ledger.damaged:
            listener(Event("notice", "", key="workflow.ledger_damaged", fields={"lines": ledger.damaged}))

    def _rejected_edit(self, wanted: tuple[Stage, ...], machine: Machine) -> Outcome | None:
        """A person's edit that its gate refused is for the person to mend: it is never worked over."""
        for standing in standings(self._stages, self.files, machine.ledger)[: len(wanted)]:
            receipt = machine.ledger.receipt(standing.stage.name)
            if standing.state == "failed" and receipt and receipt.adopted:
                return Outcome("failed", standing.stage.name, findings=receipt.findings)
        return None

    def _outcome(self, wanted: tuple[Stage, ...], machine: Machine) -> Outcome | None:
        """What the receipts say; None where the run has to go on."""
        found = standings(self._stages, self.files, machine.ledger)[: len(wanted)]
        for standing in filter(None, [self._trial(found, machine.ledger), *found]):
            name = standing.stage.name
            if standing.state == "waiting":
                return Outcome("waiting", name, questions=open_questions(standing.stage, self.files))
            receipt = machine.ledger.receipt(name)
            if standing.state == "failed" and receipt:
                return Outcome("failed", name, findings=receipt.findings)
            if not standing.is_settled:
                return None
        return Outcome("done")

    def _trial(self, found: list[Standing], ledger: Ledger) -> Standing | None:
        """The stage that tried edited code, where it asks something or has failed: that comes before all else."""
        mending = on_trial(found)
        if mending is None:
            return None
        receipt = tried(found, mending, self.files, ledger)
        if receipt is not None:
            return None if receipt.passed else Standing(mending.stage, "failed")
        return Standing(mending.stage, "waiting") if open_questions(mending.stage, self.files) else None

    def reset_from(self, stage: str) -> None:
        """Run that stage and all that follow it again."""
        for again in stages_from(stage, self._stages):
            self._forget(again)

    def regenerate(self, file: str) -> None:
        """Make one artifact anew; the version that stands there is kept in `.foundry/edited/`."""
        self._forget(stage_writing(file, self._stages))

    def _forget(self, stage: Stage) -> None:
        ledger = Ledger(self.files)
        path = self.files.report(stage.artifact.FILE)
        if is_edited(stage, self.files, ledger):
            self.files.archive(stage.artifact.FILE)
        ledger.reset(stage.name, judged_hash(read_text(path)) if path.exists() else None)

    def pending_edits(self) -> list[edits.Edit]:
        """The edited artifacts that a person must decide about before the run goes on."""
        return edits.pending_edits(self._stages, self.files, Ledger(self.files))

    def adopt(self, edit: edits.Edit) -> Verdict:
        """Take the edited artifact as it is; what follows it becomes stale."""
        return edits.adopt(Machine(self.files, _silent, self._stages), stage_named(edit.stage, self._stages))

    def planned(self) -> TaskList:
        """What the build would make of the requirements and the technology that stand here."""
        build = stage_named("build", self._stages)
        Machine(self.files, _silent, self._stages).step(build, build.steps[0])
        return self._workspace(build, "planner").read(TaskList)

    def check_answer(self, question: str, text: str) -> None:
        """Refuse an answer that cannot be understood, with the reason."""
        stage = stage_asking(question, self._stages)
        skill = stage.check_answer or ""
        workspace = self._workspace(stage, skill.partition(".")[0])
        load_skill(skill).run(workspace, question, text)

    def answer(self, given: dict[str, tuple[str | None, AnswerSource]]) -> None:
        """Write down answers (None: skipped), all of them or, if one is not understood, none."""
        for question, (text, _) in given.items():
            self._refuse_over_edits(stage_asking(question, self._stages))
            if text is not None:
                self._refuse_long(question, text)
                self.check_answer(question, text)
        before = self.files.read_answers()
        rounds = {stage.name: self._round(stage) for stage in self._stages if stage.asks}
        added = {
            question: Answer(text=text, source=how, round=rounds[stage_asking(question, self._stages).name])
            for question, (text, how) in given.items()
        }
        self.files.write_answers(Answers(answers=before.answers | added))

    def _refuse_over_edits(self, stage: Stage) -> None:
        receipt = Ledger(self.files).receipt(stage.name)
        if receipt and receipt.adopted:
            raise UsageError(
                f"reports/{stage.artifact.FILE} holds your own edits, and answers would overwrite them.",
                hint=f"Edit it again, or give the answers together with --regenerate {stage.artifact.FILE}.",
            )

    def _refuse_long(self, question: str, text: str) -> None:
        most = LONGEST_FILE if question.endswith(".file") else LONGEST_ANSWER
        if len(text) > most:
            raise UsageError(f"the answer to {question} has {len(text)} characters; {most} are the most.")

    def _round(self, stage: Stage) -> int:
        """A round lasts until the stage has worked with its answers; what is said before any question is round 0."""
        before = answers_for(stage, self.files, self._stages)
        work = Ledger(self.files).work(stage.name)
        if work is None:
            return 0
        is_new = work.inputs.get("answers") == before.content_hash()
        return before.rounds + 1 if is_new else max(before.rounds, 1)

    def _workspace(self, stage: Stage, role: str) -> Workspace:
        answers = answers_for(stage, self.files, self._stages)
        return Workspace(self.files, load_role(role), stage.name, self.run, answers, _silent, stage.own_specs)
