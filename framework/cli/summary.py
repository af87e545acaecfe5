"""The end of a run in words: what was understood, what is advised, where the reports are, what to type next."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framework.artifacts.base import Question
from framework.artifacts.records import Finding
from framework.cli.console import Console
from framework.cli.layout import Cell
from framework.cli.locate import reference, relative

if TYPE_CHECKING:
    from framework.artifacts.files import ProjectFiles
    from framework.engines.llm.spending import Spent
    from framework.workflow.edits import Edit
    from framework.workflow.project import Outcome, Project

EXIT = {"done": 0, "waiting": 3, "failed": 4}
SEVERITY_STYLE = {"error": "bold red", "warning": "yellow"}


def show(console: Console, project: Project, outcome: Outcome, out: Path, until: str | None) -> None:
    """How far the run came, for a person."""
    console.line()
    name = reference(project.files.root, out)
    _show_spent(console, project.files)
    if outcome.kind == "waiting":
        _show_waiting(console, outcome.questions, name)
    elif outcome.kind == "failed":
        console.say("cli.failed", "bold red", stage=outcome.stage)
        show_findings(console, outcome.findings)
        _show_reports(console, project.files)
        _next(console, [(f"foundry resume {name}", "cli.next_mend")])
    else:
        console.say("cli.until" if until else "cli.done", "bold green", project=project.run.name, stage=until)
        _show_headlines(console, project.files)
        _show_reports(console, project.files)
        _next_after_success(console, project.files, name)


def document(project: Project, outcome: Outcome, until: str | None) -> dict[str, Any]:
    """The same for a program."""
    from framework.workflow.report import status

    return {
        "project": project.run.name,
        "path": str(project.files.root),
        "outcome": outcome.kind,
        "exit_code": EXIT[outcome.kind],
        "stage": outcome.stage,
        "until": until,
        "questions": [question.model_dump() for question in outcome.questions],
        "findings": [finding.model_dump() for finding in outcome.findings],
        "headlines": dict(_headlines(project.files)),
        "llm": _spent_document(project.files),
        "status": status(project.files).model_dump(mode="json"),
    }


def _spent(files: ProjectFiles) -> Spent | None:
    """What language models have cost so far, if one was ever asked."""
    if not files.llm_journal.is_file():
        return None
    from framework.engines.llm.spending import Journal

    return Journal(files.llm_journal).spent()


def _show_spent(console: Console, files: ProjectFiles) -> None:
    if spent := _spent(files):
        usd = console.word("cli.spent_unknown") if spent.unpriced else f"{spent.usd:.4f} USD"
        tokens, minutes = f"{spent.tokens:,}", f"{spent.minutes:.1f}"
        console.say("cli.spent", "dim", calls=spent.calls, tokens=tokens, minutes=minutes, usd=usd)


def _spent_document(files: ProjectFiles) -> dict[str, Any] | None:
    spent = _spent(files)
    if spent is None:
        return None
    usd = None if spent.unpriced else round(spent.usd, 6)
    return {"calls": spent.calls, "tokens": spent.tokens, "minutes": round(spent.minutes, 3), "usd": usd}


def show_findings(console: Console, findings: Sequence[Finding]) -> None:
    """What a gate saw."""
    rows: list[list[Cell]] = [
        [(f.severity, SEVERITY_STYLE[f.severity]), (f.where, "cyan"), f.message] for f in findings
    ]
    console.table(rows, indent=2)


def show_edit(console: Console, edit: Edit) -> None:
    """An artifact that a person changed, with what they changed."""
    console.line()
    console.say(f"prompt.edit_{edit.reason}", "bold", file=f"reports/{edit.file}")
    console.diff(edit.diff)


def show_undecided(console: Console, edits: Sequence[Edit], name: str) -> None:
    """Edited artifacts that nobody could be asked about."""
    for edit in edits:
        show_edit(console, edit)
    console.line()
    console.say("cli.edit_how")
    files = " ".join(f"--regenerate {edit.file}" for edit in edits)
    rows: list[list[Cell]] = [
        [console.word("cli.edit_in_terminal"), (f"foundry resume {name}", "cyan")],
        [console.word("cli.edit_adopt"), (f"foundry resume {name} --yes", "cyan")],
        [console.word("cli.edit_regenerate"), (f"foundry resume {name} {files}", "cyan")],
    ]
    console.table(rows, indent=2)


def edits_document(project: Project, edits: Sequence[Edit]) -> dict[str, Any]:
    """The same for a program."""
    return {
        "project": project.run.name,
        "path": str(project.files.root),
        "outcome": "waiting",
        "exit_code": EXIT["waiting"],
        "edits": [asdict(edit) for edit in edits],
    }


def _show_waiting(console: Console, questions: Sequence[Question], name: str) -> None:
    console.say("cli.waiting", "bold yellow", count=len(questions))
    for number, question in enumerate(questions, start=1):
        console.line()
        console.line(f"{number}. ", (question.id, "cyan"), f"  {question.text}")
        console.line((console.word("prompt.why", why=question.why), "dim"), indent=3)
        if question.choices:
            console.say("cli.choices", indent=3, choices=" | ".join(question.choices))
        if question.default is not None:
            console.say("prompt.default", indent=3, default=question.default)
    console.line()
    console.say("cli.answer_how")
    first = questions[0]
    value = first.default or (first.choices[0] if first.choices else "...")
    rows: list[list[Cell]] = [
        [console.word("cli.answer_in_terminal"), (f"foundry resume {name}", "cyan")],
        [console.word("cli.answer_from_file"), (f"foundry resume {name} --answers answers.yaml", "cyan")],
        [console.word("cli.answer_one"), (f"foundry resume {name} --set {shlex.quote(f'{first.id}={value}')}", "cyan")],
        [console.word("cli.answer_defaults"), (f"foundry resume {name} --yes", "cyan")],
    ]
    console.table(rows, indent=2)
    console.line()
    console.say("cli.answers_example")
    for question in questions:
        console.line((_example(question), "cyan"), indent=2)


def _example(question: Question) -> str:
    """One line of an answers file that can be used as it stands."""
    value = question.default or (question.choices[0] if question.choices else None)
    return f"{question.id}: {json.dumps(value, ensure_ascii=False)}"


def _headlines(files: ProjectFiles) -> list[tuple[str, str]]:
    """Each stage's result in one line, where it has one."""
    from framework.workflow.table import STAGES

    made = [stage for stage in STAGES if files.report(stage.artifact.FILE).exists()]
    lines = [(stage.name, files.read_artifact(stage.artifact).headline()) for stage in made]
    return [(name, line) for name, line in lines if line]


def _show_headlines(console: Console, files: ProjectFiles) -> None:
    from framework.workflow.report import status

    if found := _headlines(files):
        console.line()
    for stage, headline in found:
        console.line((f"{stage}: ", "bold"), headline, indent=2)
    if unmet := status(files).unmet:
        console.line()
        console.say("cli.unmet", "yellow")
    for wish in unmet:
        console.line(f"- {wish}", indent=2)


def _show_reports(console: Console, files: ProjectFiles) -> None:
    from framework.workflow.table import STAGES

    console.line()
    kinds = [kind for stage in STAGES for kind in reversed(stage.writes)]
    made = [path for kind in kinds if (path := files.report(kind.FILE)).exists()]
    console.say("cli.reports", "dim")
    for path in made:
        console.line((relative(path), "cyan"), indent=2)


def _next_after_success(console: Console, files: ProjectFiles, name: str) -> None:
    from framework.workflow.report import status

    one = status(files)
    newest = [Path(stage.artifact).stem for stage in one.stages if stage.state == "fresh"][-1:]
    steps = [(f"foundry inspect {name} {report}", "cli.next_inspect") for report in newest]
    _next(console, [*steps, (f"foundry resume {name}", "cli.next_edit" if one.done else "cli.next_resume")])


def _next(console: Console, steps: Sequence[tuple[str, str]]) -> None:
    """Commands to type, each with the key of what it does."""
    console.line()
    console.say("cli.next", "dim")
    console.table([[(command, "cyan"), console.word(key)] for command, key in steps], indent=2)
