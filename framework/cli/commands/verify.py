"""`foundry verify`: judge again, from disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from framework.cli.options import DEFAULT_OUT, AsJson, Out, ProjectArgument

if TYPE_CHECKING:
    from framework.artifacts.records import Verdict
    from framework.cli.console import Console

Rerun = Annotated[bool, typer.Option("--rerun", help="Make every artifact again in a scratch copy and compare.")]


def verify(project: ProjectArgument, rerun: Rerun = False, out: Out = DEFAULT_OUT, as_json: AsJson = False) -> int:
    """Judge every gate again, from disk.

    The exit code is 4 if one of them fails, or if a stage has nothing yet that could be judged.
    """
    from framework.cli.console import Console
    from framework.cli.locate import find_project
    from framework.workflow import verification

    files = find_project(project, out)
    run = files.read_run()
    console, stages = Console(run.lang, as_json=as_json), verification.applicable(run.settings.docker)
    verdicts = dict(verification.rerun(files, stages) if rerun else verification.judge_again(files, stages))
    names = [stage.name for stage in stages]
    code = 0 if all(name in verdicts and verdicts[name].passed for name in names) else 4
    if as_json:
        console.document({"project": files.root.name, "rerun": rerun, **_document(verdicts, names), "exit_code": code})
    else:
        _show(console, verdicts, names)
    return code


def _document(verdicts: dict[str, Verdict], names: list[str]) -> dict[str, object]:
    """What was not judged is in neither list: no run means unverified, never passed."""
    judged = [
        {"stage": name, "passed": verdict.passed, "findings": [finding.model_dump() for finding in verdict.findings]}
        for name, verdict in verdicts.items()
    ]
    return {"verdicts": judged, "unverified": [name for name in names if name not in verdicts]}


def _show(console: Console, verdicts: dict[str, Verdict], names: list[str]) -> None:
    from framework.cli.summary import show_findings

    for name in names:
        verdict = verdicts.get(name)
        if verdict is None:
            console.line(("• ", "dim"), (name, "bold"), (f"  {console.word('status.unverified')}", "yellow"))
        else:
            mark, style = ("✓", "green") if verdict.passed else ("✗", "red")
            word = console.word("status.passed" if verdict.passed else "status.failed")
            console.line((f"{mark} ", f"bold {style}"), (name, "bold"), (f"  {word}", style))
            show_findings(console, verdict.findings)
