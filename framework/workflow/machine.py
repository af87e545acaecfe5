"""The machine: runs a stage's steps and judges what they made. The graph decides only in which order."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from framework.artifacts.base import RULE, Decided, Question
from framework.artifacts.codec import decode, judged_hash
from framework.artifacts.deciding import reason
from framework.artifacts.files import ProjectFiles, outside_failures, read_text, sync_folder, write_text
from framework.artifacts.ledger import Ledger, now
from framework.artifacts.records import Receipt, StepReceipt, WorkRecord
from framework.engines.base import Engine
from framework.engines.table import engine_for
from framework.errors import FoundryError
from framework.runtime.codetree import CodeTree
from framework.runtime.events import Event, EventKind, Listener
from framework.runtime.history import record
from framework.runtime.workspace import Workspace
from framework.workflow.freshness import (
    CODE,
    PRODUCT,
    answers_for,
    fingerprint,
    is_altered,
    open_questions,
    standings,
)
from framework.workflow.skills import load_role, load_skill
from framework.workflow.stop import StopRequest
from framework.workflow.table import STAGES, Stage, stages_until
from framework.workflow.trial import on_trial, tried


@dataclass(frozen=True)
class Made:
    """What a stage's steps have left in the staging folder."""

    path: Path
    steps: list[StepReceipt]


@dataclass
class Machine:
    """One project being worked on. Whoever builds one holds the project's lock."""

    files: ProjectFiles
    listener: Listener
    stages: tuple[Stage, ...] = STAGES
    stop: StopRequest = field(default_factory=StopRequest)
    yes: bool = False  # whether this run approves whatever comes up

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.files)
        self._working = ""  # the stage that is worked on

    @cached_property
    def engine(self) -> Engine:
        """Who judges in this run."""
        return engine_for(self.files.read_run().settings, self.files, self._announce, self.stop.check)

    def _announce(self, key: str, /, **fields: object) -> None:
        told = {
            name: reason(str(value), self.files.read_run().lang) if name == "why" else value
            for name, value in fields.items()
        }
        self.listener(Event("progress", self._working, key=key, fields=told))

    def entry(self, until: str | None = None) -> Stage | None:
        """Where work goes on: the first stage that is not fresh, or the one that tries code edited by hand."""
        found = standings(self.stages, self.files, self.ledger)[: len(stages_until(until, self.stages))]
        mending = on_trial(found)
        if mending and not tried(found, mending, self.files, self.ledger):
            return mending.stage
        return next((standing.stage for standing in found if not standing.is_settled), None)

    def is_fresh(self, stage: Stage) -> bool:
        """Whether nothing is to be done up to the stage: valid receipts stand, or it is left out."""
        upto = self.stages.index(stage) + 1
        return all(s.is_settled for s in standings(self.stages, self.files, self.ledger)[:upto])

    def work(self, stage: Stage) -> bool:
        """Run the stage's steps and put their artifact in place; False if a valid receipt made that needless."""
        self.stop.check()
        left_out = stage.needs_docker and not self.files.read_run().settings.docker
        if left_out or self.is_fresh(stage):
            self._tell("stage_left_out" if left_out else "stage_fresh", stage)
            return False
        self._tell("stage_started", stage)
        attempt = self.ledger.begin(stage.name)
        inputs = fingerprint(stage, self.files, self.ledger, self.stages)
        code_before = self._code(stage)
        made = self.make(stage)
        code_after = self._code(stage)
        self.ledger.append(
            WorkRecord(
                stage=stage.name,
                attempt=attempt,
                inputs=inputs | ({CODE: code_after} if CODE in inputs else {}),
                code_before=code_before,
                code_after=code_after,
                file_hash=judged_hash(read_text(made.path)),
                engine=self.engine.name,
                steps=made.steps,
            )
        )
        self._put_in_place(stage, made.path.parent)
        return True

    def make(self, stage: Stage) -> Made:
        """Run the stage's steps; their artifact stays in the staging folder."""
        staging = self.files.staging(stage.name)
        with outside_failures(staging):
            shutil.rmtree(staging, ignore_errors=True)  # of a run that was killed
        steps: list[StepReceipt] = []
        began = len(self.engine.decided)
        for step in stage.steps:
            steps.append(self.step(stage, step, began))
            if self._asks_first(stage):
                return Made(staging / stage.artifact.FILE, steps)
        if missing := [kind.FILE for kind in stage.writes if not (staging / kind.FILE).is_file()]:
            raise FoundryError(f"stage {stage.name} has run and has not written {', '.join(missing)}.")
        return Made(staging / stage.artifact.FILE, steps)

    def _asks_first(self, stage: Stage) -> bool:
        """Whether the artifact stands and waits for an answer, without which the other steps have nothing to go by."""
        staged = self.files.staging(stage.name) / stage.artifact.FILE
        if not (stage.asks and staged.is_file()):
            return False
        return bool(decode(stage.artifact, read_text(staged), stage.artifact.FILE).model.open_questions())

    def _code(self, stage: Stage) -> str:
        return CodeTree.read(self.files.root).digest if stage.code else ""

    def has_work(self, stage: Stage) -> bool:
        """Whether the stage's steps have run and their artifact stands in place."""
        return self.ledger.work(stage.name) is not None and self.files.report(stage.artifact.FILE).exists()

    def open_questions(self, stage: Stage) -> list[Question]:
        """What a human has yet to answer for the stage."""
        return open_questions(stage, self.files)

    def answers_are_in(self, stage: Stage) -> bool:
        """Whether the stage's last work knew every answer that there is now."""
        work = self.ledger.work(stage.name)
        return work is not None and work.inputs.get("answers") == self._answers(stage)

    def _answers(self, stage: Stage) -> str:
        return answers_for(stage, self.files, self.stages).content_hash()

    def judge(self, stage: Stage, *, adopted: bool = False) -> Receipt:
        """Judge the artifact on disk and write the receipt, last of all."""
        verdict = stage.gate(self.files)
        receipt = self._receipt(stage, adopted)
        receipt = receipt.model_copy(update={"passed": verdict.passed, "findings": verdict.findings})
        self.ledger.append(receipt)
        if trouble := record(self.files, f"{stage.name}: {'passed' if verdict.passed else 'failed'}"):
            self.listener(Event("notice", stage.name, key="workflow.no_commit", fields={"trouble": trouble}))
        self._tell("stage_passed" if verdict.passed else "stage_failed", stage)
        return receipt

    def _receipt(self, stage: Stage, adopted: bool) -> Receipt:
        work = self.ledger.work(stage.name)
        inputs = work.inputs if work and not adopted else fingerprint(stage, self.files, self.ledger, self.stages)
        if stage.product:
            inputs = inputs | {PRODUCT: stage.product(self.files)}  # as the artifact that stands now names it
        return Receipt(
            stage=stage.name,
            file=stage.artifact.FILE,
            passed=False,
            findings=[],
            inputs=inputs,
            file_hash=judged_hash(read_text(self.files.report(stage.artifact.FILE))),
            content_hash=self.files.read_artifact(stage.artifact).content_hash(),
            adopted=adopted,
            attempt=work.attempt if work else 1,
            at=now(),
        )

    def step(self, stage: Stage, step: str, since: int | None = None) -> StepReceipt:
        """Run one skill in the stage's staging folder; `since`: how many decisions came before the stage."""
        self.stop.check()
        self._working = stage.name
        role = load_role(step.partition(".")[0])
        self.listener(Event("step_started", stage.name, role.role))
        answers = answers_for(stage, self.files, self.stages)
        heard = len(self.engine.decided)
        workspace = Workspace(
            files=self.files,
            role=role,
            stage=stage.name,
            run=self.files.read_run(),
            answers=answers,
            listener=self.listener,
            own_specs=stage.own_specs,
            yes=self.yes,
            decided=partial(self._decided, heard if since is None else since),
        )
        began = time.monotonic()
        load_skill(step).run(workspace, self.engine)
        return StepReceipt(skill=step, seconds=round(time.monotonic() - began, 3), decided=self._decided(heard))

    def _decided(self, since: int) -> list[Decided]:
        """Who answered the questions since then; that a rule answered what is the rules' need not be told."""
        told = [one for one in self.engine.decided[since:] if one.by != RULE or one.why]
        return list(dict.fromkeys(told))

    def _put_in_place(self, stage: Stage, staging: Path) -> None:
        """The evidence first: where a kill comes between, the artifact is not there and the stage runs again."""
        for kind in (*stage.evidence, stage.artifact):
            target = self.files.report(kind.FILE)
            if not (staging / target.name).is_file():
                continue  # evidence of a stage that waits for an answer
            if kind is not stage.artifact and is_altered(kind.FILE, self.files):
                self.files.archive(kind.FILE)
            with outside_failures(target):
                write_text(self.files.baseline(target.name), read_text(staging / target.name))
                target.parent.mkdir(exist_ok=True)
                (staging / target.name).replace(target)
                sync_folder(target.parent)
        with outside_failures(staging):
            shutil.rmtree(staging)

    def _tell(self, kind: EventKind, stage: Stage) -> None:
        self.listener(Event(kind, stage.name, ", ".join(stage.agents)))
