"""The stage review: real tools and checks of our own look at the project; what is mechanical is repaired."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from agents.ops.verification import verification
from agents.reviewer.checks import CHECKS
from agents.reviewer.proofs import prove_again
from agents.reviewer.repairs import REPAIRS, Rewrite, diff_of, proposed, with_texts
from agents.reviewer.senior import senior_look
from agents.reviewer.subject import Subject, package_of, reviewed
from agents.reviewer.tools import TOOLS, Report
from framework.artifacts.build import BuildLog, TaskList
from framework.artifacts.review import CheckRun, Repair, Review, ReviewFinding
from framework.engines.base import Engine
from framework.runtime.tools import Said, ask, tried
from framework.runtime.workspace import Workspace

Ask = Callable[[Sequence[str]], Said]


def run(workspace: Workspace, engine: Engine) -> None:
    """Write REVIEW_REPORT.md."""
    log, todo = workspace.read(BuildLog), workspace.read(TaskList)
    tree = reviewed(workspace.code())
    venv = verification(workspace, tree)
    asking: Ask = partial(ask, venv, tree.root)
    workspace.announce("review.looking", count=len(CHECKS) + len(TOOLS))
    subject = Subject(tree, package_of(tree), log, log.language, todo, workspace.render_of("tests"))
    checks, findings, repairs = review(workspace, subject, asking, partial(tried, venv))
    subject = replace(subject, tree=reviewed(workspace.code()))
    proofs, broken = prove_again(workspace, subject, venv)
    looked, remarks = senior_look(engine, subject, workspace.run.request, workspace.render_of("src"))
    workspace.write(
        Review(
            project=log.project,
            checks=[*checks, proofs, *looked],
            findings=[*findings, *broken, *remarks],
            repairs=repairs,
        )
    )


def review(
    workspace: Workspace, subject: Subject, asking: Ask, rewrite: Rewrite
) -> tuple[list[CheckRun], list[ReviewFinding], list[Repair]]:
    """What is found, what of it is repaired, and what is found then."""
    first = inspect(subject, asking)
    repairs = repair(workspace, subject, first.findings, rewrite)
    if not repairs:
        return first.runs, first.findings, []
    workspace.announce("review.looking_again", count=len(repairs))
    repaired = reviewed(workspace.code())
    last = inspect(replace(subject, tree=repaired), asking)
    if errors(last) > errors(first):  # no check of ours could foresee it, but a tool sees it
        old = {name: subject.tree.texts[name] for one in repairs for name in one.files}
        workspace.put(old, "review: repairs taken back", over=repaired)
        return first.runs, first.findings, []
    return last.runs, [*last.findings, *_gone(first.findings, last.findings)], repairs


def errors(report: Report) -> int:
    """How many findings are errors."""
    return sum(one.severity == "error" for one in report.findings)


def inspect(subject: Subject, asking: Ask) -> Report:
    """Every check, then every tool."""
    report = Report([], [], set())
    for name, check in CHECKS.items():
        found = check(subject)
        report.findings += found
        report.runs.append(CheckRun(name=name, looked_at=len(check.things(subject)), findings=len(found)))
    for tool in TOOLS:
        report.use(tool, subject, asking(tool.command(subject)))
    return report


def repair(workspace: Workspace, subject: Subject, findings: Sequence[ReviewFinding], rewrite: Rewrite) -> list[Repair]:
    """Commit every repair that helps. Each is judged by the project that it would make."""
    repairs: list[Repair] = []
    for check in REPAIRS:
        texts = proposed(check, subject, findings, rewrite)
        if texts and helps(check, subject, with_texts(subject, texts)):
            names = sorted(texts)
            workspace.announce("review.repairing", files=", ".join(names))
            commit = workspace.put(texts, f"review: {check}", over=subject.tree)
            repairs.append(Repair(check=check, files=names, diff=diff_of(subject, texts), commit=commit))
            subject = with_texts(subject, texts)
    return repairs


def helps(check: str, before: Subject, after: Subject) -> bool:
    """Whether no check of ours finds more than before, and the one that asked for it finds less."""
    counts = {name: (len(one(before)), len(one(after))) for name, one in CHECKS.items()}
    was, will_be = counts.get(check, (1, 0))
    return will_be < was and all(new <= old for old, new in counts.values())


def _gone(first: Sequence[ReviewFinding], last: Sequence[ReviewFinding]) -> list[ReviewFinding]:
    """What was found and is not there any more. Lines move: what is the same is told by its words."""
    left = [(one.check, one.file, one.evidence) for one in last]
    gone: list[ReviewFinding] = []
    for one in first:
        key = (one.check, one.file, one.evidence)
        if key in left:
            left.remove(key)
        else:
            gone.append(one.model_copy(update={"state": "repaired"}))
    return gone
