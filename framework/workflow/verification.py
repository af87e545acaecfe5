"""Judging again: every gate from what is on disk now, or every stage made anew and compared with its receipt."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from framework.artifacts.base import Artifact, Proof
from framework.artifacts.codec import decode, judged_hash
from framework.artifacts.files import ProjectFiles, outside_failures, read_text
from framework.artifacts.ledger import Ledger
from framework.artifacts.records import Finding, Receipt, Verdict
from framework.messages import Lang, say
from framework.runtime.codetree import CodeTree
from framework.workflow.freshness import PRODUCT, is_altered
from framework.workflow.lock import locked
from framework.workflow.machine import Machine
from framework.workflow.table import STAGES, Stage

_RECORDS = ("run.json", "answers.json", "ledger.jsonl", "decisions")


def applicable(docker: bool) -> tuple[Stage, ...]:
    """The stages of a project that does with or without docker."""
    return tuple(stage for stage in STAGES if docker or not stage.needs_docker)


def judge_again(files: ProjectFiles, stages: tuple[Stage, ...] = STAGES) -> list[tuple[str, Verdict]]:
    """Every gate judged again, from what is on disk now. A stage without its artifact is not judged."""
    ledger = Ledger(files)
    judged = [stage for stage in stages if files.report(stage.artifact.FILE).exists()]
    return [(stage.name, Verdict(findings=[*_standing(stage, files, ledger)])) for stage in judged]


def _standing(stage: Stage, files: ProjectFiles, ledger: Ledger) -> Iterator[Finding]:
    yield from _edited(stage, files, ledger)
    yield from stage.gate(files).findings
    yield from _gone(stage, files, ledger)


def _edited(stage: Stage, files: ProjectFiles, ledger: Ledger) -> Iterator[Finding]:
    """What holds receipts and is not what foundry wrote there proves nothing."""
    for kind in stage.writes:
        if issubclass(kind, Proof) and (is_altered(kind.FILE, files) or _is_unknown(kind, stage, files, ledger)):
            message = say(files.read_run().lang, "workflow.edited_proof", file=kind.FILE)
            yield Finding(severity="error", where=f"reports/{kind.FILE}", message=message)


def _is_unknown(kind: type[Artifact], stage: Stage, files: ProjectFiles, ledger: Ledger) -> bool:
    """Whether the ledger knows of no such version: who edits a report can edit the copy beside it as well."""
    path = files.report(kind.FILE)
    return kind is stage.artifact and judged_hash(read_text(path)) not in ledger.written_hashes(stage.name)


def _gone(stage: Stage, files: ProjectFiles, ledger: Ledger) -> Iterator[Finding]:
    """What the stage has left outside the reports is there as it was: a report of what is gone is history."""
    receipt = ledger.receipt(stage.name)
    if stage.product and receipt and PRODUCT in receipt.inputs and stage.product(files) != receipt.inputs[PRODUCT]:
        message = say(files.read_run().lang, "status.product_gone", stage=stage.name)
        yield Finding(severity="error", where=PRODUCT, message=message)


def rerun(files: ProjectFiles, stages: tuple[Stage, ...] = STAGES) -> list[tuple[str, Verdict]]:
    """Every stage made again in a scratch copy: it must say what its receipt says that it said."""
    ledger = Ledger(files)
    with locked(files), _scratch_copy(files) as copy:
        machine = Machine(copy, lambda _: None, stages)
        return [
            (stage.name, Verdict(findings=_differences(stage, machine, receipt, files.read_run().lang)))
            for stage in stages
            if (receipt := ledger.receipt(stage.name))
        ]


def _differences(stage: Stage, machine: Machine, receipt: Receipt, lang: Lang) -> list[Finding]:
    where = f"reports/{stage.artifact.FILE}"
    if receipt.adopted:
        return [Finding(severity="warning", where=where, message=say(lang, "workflow.adopted_not_rerun"))]
    text = read_text(machine.make(stage).path)
    same = decode(stage.artifact, text, where).model.content_hash() == receipt.content_hash
    return [] if same else [Finding(severity="error", where=where, message=say(lang, "workflow.rerun_differs"))]


@contextmanager
def _scratch_copy(files: ProjectFiles) -> Iterator[ProjectFiles]:
    """The project with its records and history in a folder of its own, which is gone afterwards."""
    scratch = ProjectFiles(files.state / "scratch")
    try:
        with outside_failures(scratch.root):
            shutil.rmtree(scratch.root, ignore_errors=True)
            scratch.state.mkdir(parents=True)
            for part in ("reports", ".git", *(f".foundry/{name}" for name in _RECORDS)):
                _copy(files.root / part, scratch.root / part)
            CodeTree.read(files.root).write(scratch.root)
        _replay_models(scratch)
        yield scratch
    finally:
        shutil.rmtree(scratch.root, ignore_errors=True)


def _replay_models(scratch: ProjectFiles) -> None:
    """A model's answers are taken as they were given: asking again would cost money and may be answered otherwise."""
    run = scratch.read_run()
    if run.settings.engine == "llm":
        settings = run.settings.model_copy(update={"engine": "replay"})
        scratch.write_run(run.model_copy(update={"settings": settings}))


def _copy(source: Path, target: Path) -> None:
    """A file, or a folder with what is in it; nothing where there is none."""
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy(source, target)
