"""What stands on disk, told: the state of every stage of a project."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from framework.artifacts.base import Question
from framework.artifacts.files import ProjectFiles
from framework.artifacts.ledger import Ledger
from framework.artifacts.records import Finding
from framework.artifacts.spec_drift import reopened
from framework.messages import Lang, say
from framework.workflow.freshness import StageState, Standing, open_questions, standings
from framework.workflow.table import STAGES, Stage


class StageStatus(BaseModel):
    """One line of `foundry status`."""

    name: str
    agents: list[str]
    state: StageState
    changed: list[str]
    attempts: int
    seconds: float | None
    adopted: bool
    artifact: str
    evidence: list[str]
    findings: list[Finding]


class ProjectStatus(BaseModel):
    """Where a project stands."""

    name: str
    path: str
    lang: Lang
    request: str
    stages: list[StageStatus]
    questions: list[Question]
    unmet: list[str]

    @property
    def done(self) -> bool:
        """Whether every stage that applies is fresh."""
        return all(stage.state in ("fresh", "not_applicable") for stage in self.stages)


def projects(folder: Path) -> list[ProjectFiles]:
    """The projects that lie in a folder, by name."""
    if not folder.is_dir():
        return []
    found = (ProjectFiles(child) for child in sorted(folder.iterdir()) if not child.name.startswith("."))
    return [files for files in found if files.exists()]


def status(files: ProjectFiles, stages: tuple[Stage, ...] = STAGES) -> ProjectStatus:
    """The state of every stage, read from disk."""
    run = files.read_run()
    ledger = Ledger(files)
    found = standings(stages, files, ledger)
    waiting = [s.stage for s in found if s.state == "waiting"]
    return ProjectStatus(
        name=run.name,
        path=str(files.root),
        lang=run.lang,
        request=run.request,
        stages=[_line(standing, ledger) for standing in found],
        questions=[question for stage in waiting for question in open_questions(stage, files)],
        unmet=[*_unmet([s.stage for s in found if s.state == "fresh"], files), *_drifted(files, run.lang)],
    )


def _unmet(stages: list[Stage], files: ProjectFiles) -> list[str]:
    """As the latest artifact has it that speaks of all wishes."""
    tell = [stage.artifact for stage in stages if stage.artifact.TELLS_UNMET]
    return list(dict.fromkeys(files.read_artifact(tell[-1]).unmet_wishes())) if tell else []


def _drifted(files: ProjectFiles, lang: Lang) -> list[str]:
    """What the running service has ceased to keep, as the project's own watch has found it."""
    return [
        say(lang, "status.drifted", slot=row.slot, wanted=row.wanted, measured=row.measured, since=row.since)
        for row in reopened(files)
    ]


def _line(standing: Standing, ledger: Ledger) -> StageStatus:
    stage = standing.stage
    receipt, work = ledger.receipt(stage.name), ledger.work(stage.name)
    return StageStatus(
        name=stage.name,
        agents=list(stage.agents),
        state=standing.state,
        changed=list(standing.changed),
        attempts=ledger.attempts(stage.name),
        seconds=sum(step.seconds for step in work.steps) if work else None,
        adopted=receipt.adopted if receipt else False,
        artifact=f"reports/{stage.artifact.FILE}",
        evidence=[f"reports/{kind.FILE}" for kind in stage.evidence],
        findings=receipt.findings if receipt else [],
    )
