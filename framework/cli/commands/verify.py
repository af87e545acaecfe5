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
    from framework.workflow.table import STAGES

    files = find_project(project, out)
    console = Console(files.read_run().lang, as_json=as_json)
    verdicts = dict(verification.rerun(files) if rerun else verification.judge_again(files))
    code = 0 if all(stage.name in verdicts and verdicts[stage.name].passed for stage in STAGES) else 4
    if as_json:
        console.document({"project": files.root.name, "rerun": rerun, **_document(verdicts), "exit_code": code})
    else:
        _show(console, verdicts)
    return code


def _document(verdicts: dict[str, Verdict]) -> dict[str, object]:
    """What was not judged is in neither list: no run means unverified, never passed."""
    from framework.workflow.table import STAGES

    judged = [
        {"stage": name, "passed": verdict.passed, "findings": [finding.model_dump() for finding in verdict.findings]}
        for name, verdict in verdicts.items()
    ]
    return {"verdicts": judged, "unverified": [stage.name for stage in STAGES if stage.name not in verdicts]}


def _show(console: Console, verdicts: dict[str, Verdict]) -> None:
    from framework.cli.summary import show_findings
    from framework.workflow.table import STAGES

    for stage in STAGES:
        verdict = verdicts.get(stage.name)
        if verdict is None:
            console.line(("• ", "dim"), (stage.name, "bold"), (f"  {console.word('status.unverified')}", "yellow"))
        else:
            mark, style = ("✓", "green") if verdict.passed else ("✗", "red")
            word = console.word("status.passed" if verdict.passed else "status.failed")
            console.line((f"{mark} ", f"bold {style}"), (stage.name, "bold"), (f"  {word}", style))
            show_findings(console, verdict.findings)
