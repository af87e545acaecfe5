"""Artifacts that a person has edited: shown with their diff, then adopted or made anew. Never overwritten silently."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff
from typing import Literal

from framework.artifacts.codec import encode
from framework.artifacts.files import ProjectFiles, read_text, write_text
from framework.artifacts.ledger import Ledger
from framework.artifacts.records import Verdict
from framework.workflow.freshness import EDITED, is_edited, standings
from framework.workflow.machine import Machine
from framework.workflow.table import Stage


@dataclass(frozen=True)
class Edit:
    """An artifact whose fate a person must decide."""

    stage: str
    file: str
    diff: str
    reason: Literal["edited", "inputs_changed"]


def pending_edits(stages: tuple[Stage, ...], files: ProjectFiles, ledger: Ledger) -> list[Edit]:
    """The edited artifacts, and those adopted earlier whose inputs have changed since."""
    found: list[Edit] = []
    for standing in standings(stages, files, ledger):
        stage = standing.stage
        receipt = ledger.receipt(stage.name)
        if is_edited(stage, files, ledger):
            found.append(_edit(stage, files, "edited"))
        elif receipt and receipt.adopted and standing.state == "stale" and EDITED not in standing.changed:
            found.append(_edit(stage, files, "inputs_changed"))
    return found


def _edit(stage: Stage, files: ProjectFiles, reason: Literal["edited", "inputs_changed"]) -> Edit:
    name = stage.artifact.FILE
    baseline = files.baseline(name)
    before = read_text(baseline) if baseline.exists() else ""
    after = read_text(files.report(name))
    diff = unified_diff(before.splitlines(), after.splitlines(), f"before/{name}", f"reports/{name}", lineterm="")
    return Edit(stage.name, name, "\n".join(diff), reason)


def adopt(machine: Machine, stage: Stage) -> Verdict:
    """Take the edited artifact as the stage's result: read it back, render its body anew, judge it."""
    files = machine.files
    edited = files.read_document(stage.artifact)
    name = stage.artifact.FILE
    model = edited.model
    if files.baseline(name).exists():
        model = model.adopted_over(files.read_baseline(stage.artifact))
    files.archive(name)
    for path in (files.report(name), files.baseline(name)):
        write_text(path, encode(model, edited.notes))
    receipt = machine.judge(stage, adopted=True)
    return Verdict(findings=receipt.findings)
