"""`foundry inspect`: read a report in the terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from framework.cli.options import DEFAULT_OUT, AsJson, Out, ProjectArgument

if TYPE_CHECKING:
    from framework.artifacts.files import ProjectFiles
    from framework.cli.console import Console

Report = Annotated[
    str | None, typer.Argument(metavar="[ARTIFACT]", help="A report, as tech.md or tech; without it, the list.")
]
Raw = Annotated[bool, typer.Option("--raw", help="Print the file as it is, front matter included.")]
# What a reader has no use for: the front matter, and the comment that says where their notes may stand.
UNREAD = re.compile(r"\A\ufeff?---[ \t]*\n.*?^---[ \t]*\n|^<!--.*?-->\n", re.DOTALL | re.MULTILINE)


def inspect(
    project: ProjectArgument,
    artifact: Report = None,
    raw: Raw = False,
    out: Out = DEFAULT_OUT,
    as_json: AsJson = False,
) -> None:
    """Read a project's reports in the terminal."""
    from framework.cli.console import Console
    from framework.cli.locate import find_project
    from framework.cli.naming import artifact_file

    files = find_project(project, out)
    console = Console(files.read_run().lang, as_json=as_json)
    if artifact is None:
        _list(console, files)
        return
    file = artifact_file(artifact)
    text = _read(files, file)
    if as_json:
        console.document(_document(files, file))
    elif raw:
        console.raw(text)
    else:
        console.markdown(UNREAD.sub("", text))


def _read(files: ProjectFiles, file: str) -> str:
    from framework.artifacts.files import read_text
    from framework.cli.language import tell
    from framework.errors import UsageError

    path = files.report(file)
    if not path.exists():
        raise UsageError(tell("usage.not_written", file=file), tell("cli.go_on", project=files.root.name))
    return read_text(path)


def _list(console: Console, files: ProjectFiles) -> None:
    from framework.cli.commands.status import STYLES
    from framework.cli.locate import relative
    from framework.workflow.report import status

    one = status(files)
    found = [(report, stage) for stage in one.stages for report in (stage.artifact, *stage.evidence)]
    reports = [
        {
            "artifact": report,
            "path": str(files.root / report),
            "stage": stage.name,
            "state": stage.state,
            "exists": (files.root / report).exists(),
        }
        for report, stage in found
    ]
    if console.as_json:
        console.document({"project": one.name, "path": one.path, "reports": reports})
        return
    console.table(
        [
            [
                (relative(files.root / report), "bold"),
                (console.word(f"status.{stage.state}"), STYLES[stage.state]),
                (stage.name, "dim"),
            ]
            for report, stage in found
        ],
        headers=[console.word(f"cli.column_{name}") for name in ("report", "state", "stage")],
    )


def _document(files: ProjectFiles, file: str) -> dict[str, object]:
    from framework.artifacts.deciding import whole_body
    from framework.workflow.table import artifact_named, stage_writing

    stage = stage_writing(file)
    document = files.read_document(artifact_named(file))
    return {
        "artifact": f"reports/{file}",
        "path": str(files.report(file)),
        "stage": stage.name,
        "model": document.model.model_dump(mode="json"),
        "body": whole_body(document.model),
        "notes": document.notes,
    }
