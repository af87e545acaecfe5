"""`foundry status`: where a project stands, or all of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framework.cli.options import DEFAULT_OUT, AsJson, Out

if TYPE_CHECKING:
    from framework.cli.console import Console
    from framework.cli.layout import Cell
    from framework.workflow.report import ProjectStatus, StageStatus

STYLES = {
    "fresh": "green",
    "stale": "yellow",
    "waiting": "bold yellow",
    "failed": "bold red",
    "unverified": "yellow",
    "pending": "dim",
    "not_applicable": "dim",
}
SHORT = 60
OptionalProject = Annotated[
    str | None, typer.Argument(metavar="[PROJECT]", help="A project's folder or name; without it, all projects.")
]


def status(project: OptionalProject = None, out: Out = DEFAULT_OUT, as_json: AsJson = False) -> None:
    """Show where a project stands, or all of them.

    Each stage is done, stale, waiting, failed, unverified or to do; what could not be granted is named.
    """
    from framework.cli.console import Console

    console = Console(as_json=as_json)
    if project is None:
        _all(console, out)
    else:
        _one(console, project, out)


def _one(console: Console, project: str, out: Path) -> None:
    from framework.cli.locate import find_project, reference
    from framework.workflow import report

    one = report.status(find_project(project, out))
    console.lang = one.lang
    if console.as_json:
        console.document(one.model_dump(mode="json"))
        return
    console.line((one.name, "bold"), (f"  {_short(one.request)}", "dim"))
    console.line()
    console.table([_stage_row(console, stage) for stage in one.stages], indent=2)
    _show_open(console, one, reference(Path(one.path), out))


def _stage_row(console: Console, stage: StageStatus) -> list[Cell]:
    remarks = [console.word("status.because", what=", ".join(_reason(console, name) for name in stage.changed))]
    seconds = f"{stage.seconds:.1f} s" if stage.seconds is not None else ""
    if stage.adopted:
        remarks.append(console.word("status.adopted"))
    return [
        (stage.name, "bold"),
        (console.word(f"status.{stage.state}"), STYLES[stage.state]),
        (", ".join(stage.agents), "cyan"),
        (seconds, "dim"),
        (" ".join(remarks if stage.changed else remarks[1:]), "dim"),
    ]


def _reason(console: Console, changed: str) -> str:
    """What has changed since the receipt: a document goes by its own name."""
    from framework.messages import known

    key = f"status.changed_{changed}"
    return console.word(key) if known(console.lang, key) else changed


def _show_open(console: Console, one: ProjectStatus, name: str) -> None:
    """What still wants the person's attention, and the next command."""
    from framework.cli.summary import show_findings

    for stage in one.stages:
        if stage.findings and stage.state in ("failed", "fresh"):
            console.line()
            console.line((stage.name, "bold"))
            show_findings(console, stage.findings)
    for title, lines in (("status.unmet", one.unmet), ("status.questions", [q.text for q in one.questions])):
        if lines:
            console.line()
            console.say(title, "bold yellow")
            for line in lines:
                console.line(f"- {line}", indent=2)
    console.line()
    console.say("status.next_inspect" if one.done else "status.next_resume", "dim", project=name)


def _all(console: Console, out: Path) -> None:
    from framework.errors import FoundryError
    from framework.workflow import report

    found: list[ProjectStatus] = []
    unreadable: dict[str, str] = {}
    for files in report.projects(out):
        try:
            found.append(report.status(files))
        except FoundryError as error:  # one damaged project does not hide the others
            unreadable[files.root.name] = error.message
    if console.as_json:
        console.document({"projects": [one.model_dump(mode="json") for one in found], "unreadable": unreadable})
    elif found or unreadable:
        rows = [_project_row(console, one) for one in found]
        rows += [[(name, "bold"), "", ("!", "red"), message] for name, message in unreadable.items()]
        names = ("project", "stages", "state", "request")
        console.table(rows, headers=[console.word(f"cli.column_{name}") for name in names])
    else:
        console.say("status.no_projects", path=f"{out}/")


def _project_row(console: Console, one: ProjectStatus) -> list[Cell]:
    fresh = sum(stage.state == "fresh" for stage in one.stages)
    open_states = [stage.state for stage in one.stages if stage.state not in ("fresh", "not_applicable")]
    state = open_states[0] if open_states else "fresh"
    word = console.word(f"status.{state}")
    return [(one.name, "bold"), f"{fresh}/{len(one.stages)}", (word, STYLES[state]), (_short(one.request), "dim")]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHORT else line[: SHORT - 1] + "…"
