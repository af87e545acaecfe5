"""What is done and what is stale: receipts against the inputs as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from framework.artifacts.base import Artifact, Question, sha256
from framework.artifacts.codec import judged_hash
from framework.artifacts.files import ProjectFiles, read_text
from framework.artifacts.ledger import Ledger
from framework.artifacts.records import Answers, Receipt
from framework.knowledge.specs import spec_for
from framework.runtime.codetree import CodeTree
from framework.workflow.table import STAGES, Stage, stage_asking

StageState = Literal["fresh", "stale", "waiting", "failed", "unverified", "pending", "not_applicable"]
UPSTREAM, EDITED, MISSING, CODE, PRODUCT = "upstream", "edited", "missing", "code", "product"


@dataclass(frozen=True)
class Standing:
    """A stage's state, with what has changed since its receipt where it is stale."""

    stage: Stage
    state: StageState
    changed: tuple[str, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether nothing is to be done for it."""
        return self.state in ("fresh", "not_applicable")


def standings(stages: tuple[Stage, ...], files: ProjectFiles, ledger: Ledger) -> list[Standing]:
    """The state of every stage. What stands on something that is not fresh is not fresh either."""
    result: list[Standing] = []
    for stage in stages:
        current = _standing(stage, files, ledger, stages)
        if current.state == "fresh" and not all(s.is_settled for s in result):
            current = Standing(stage, "stale", (UPSTREAM,))
        result.append(current)
    return result


def _before(stages: tuple[Stage, ...], stage: Stage) -> frozenset[str]:
    return frozenset(one.name for one in stages[: stages.index(stage) + 1])


def _standing(stage: Stage, files: ProjectFiles, ledger: Ledger, stages: tuple[Stage, ...]) -> Standing:
    if stage.needs_docker and not files.read_run().settings.docker:
        return Standing(stage, "not_applicable")
    receipt = ledger.receipt(stage.name)
    if receipt is None:
        return Standing(stage, _unjudged(stage, files, ledger))
    changed = _changed(stage, receipt, files, ledger, stages)
    if changed:
        return Standing(stage, "stale", changed)
    return Standing(stage, "fresh" if receipt.passed else "failed")


def _unjudged(stage: Stage, files: ProjectFiles, ledger: Ledger) -> StageState:
    if ledger.work(stage.name) is None or not files.report(stage.artifact.FILE).exists():
        return "pending"
    if is_edited(stage, files, ledger):
        return "unverified"
    return "waiting" if open_questions(stage, files) else "unverified"


def _changed(
    stage: Stage, receipt: Receipt, files: ProjectFiles, ledger: Ledger, stages: tuple[Stage, ...]
) -> tuple[str, ...]:
    path = files.report(stage.artifact.FILE)
    if not all(files.report(kind.FILE).exists() for kind in stage.writes):
        return (MISSING,)
    if judged_hash(read_text(path)) != receipt.file_hash:
        return (EDITED,)
    if changed := tuple(kind.FILE for kind in stage.evidence if is_altered(kind.FILE, files)):
        return changed
    inputs = fingerprint(stage, files, ledger, stages)
    differing = {key for key in inputs | receipt.inputs if inputs.get(key) != receipt.inputs.get(key)}
    if CODE in differing and ledger.code_leads(receipt.inputs[CODE], inputs[CODE], apart_from=_before(stages, stage)):
        differing.remove(CODE)
    return tuple(sorted(differing))


def fingerprint(
    stage: Stage, files: ProjectFiles, ledger: Ledger, stages: tuple[Stage, ...] = STAGES
) -> dict[str, str]:
    """Every input of the stage, each by its hash, so that a change can be named."""
    run = files.read_run()
    parts = {"request": sha256(f"{run.name}\n{run.lang}\n{run.request}"), "version": str(stage.version)}
    for kind in stage.reads:
        parts[kind.FILE] = _content(kind, files, ledger)
    for name in stage.specs:
        parts[name] = sha256(spec_for(stage.own_specs, name, files, run).text)
    if stage.asks:
        parts["answers"] = answers_for(stage, files, stages).content_hash()
    if stage.probe:
        parts["probe"] = stage.probe(files)
    if stage.product:
        parts[PRODUCT] = stage.product(files)
    if stage.code == "reads":
        parts[CODE] = CodeTree.read(files.root).digest
    return parts


def answers_for(stage: Stage, files: ProjectFiles, stages: tuple[Stage, ...] = STAGES) -> Answers:
    """What was answered to the stage's own questions: no other answer makes it stale."""
    return files.read_answers().only(lambda question: stage_asking(question, stages) is stage)


def _content(kind: type[Artifact], files: ProjectFiles, ledger: Ledger) -> str:
    """What an artifact says, as it was judged last; evidence, which has no receipt of its own, as it stands."""
    if receipt := ledger.receipt_for(kind.FILE):
        return receipt.content_hash
    return files.read_artifact(kind).content_hash() if files.report(kind.FILE).exists() else ""


def is_edited(stage: Stage, files: ProjectFiles, ledger: Ledger) -> bool:
    """Whether a person has made of the artifact (their notes aside) something that foundry never wrote."""
    path, baseline = files.report(stage.artifact.FILE), files.baseline(stage.artifact.FILE)
    if not path.exists():
        return False
    now = judged_hash(read_text(path))
    ours = baseline.exists() and judged_hash(read_text(baseline)) == now  # also where the ledger was lost
    return not ours and now not in ledger.written_hashes(stage.name)


def is_altered(name: str, files: ProjectFiles) -> bool:
    """Whether a report is there that is not what foundry put there, notes aside."""
    path, baseline = files.report(name), files.baseline(name)
    if not (path.exists() and baseline.exists()):
        return False
    return judged_hash(read_text(path)) != judged_hash(read_text(baseline))


def open_questions(stage: Stage, files: ProjectFiles) -> list[Question]:
    """The stage's questions that nobody has answered yet: a pure read of the artifact and answers.json."""
    if not stage.asks:
        return []
    made = [files.read_artifact(kind) for kind in stage.writes if files.report(kind.FILE).exists()]
    answered = files.read_answers().answers
    return [question for one in made for question in one.open_questions() if question.id not in answered]
