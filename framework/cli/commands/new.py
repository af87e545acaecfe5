"""`foundry new`: from a sentence to a project."""

from __future__ import annotations

from typing import Annotated

import typer

from framework.cli.options import (
    DEFAULT_OUT,
    AnswersFile,
    AsJson,
    BudgetMinutes,
    BudgetTokens,
    BudgetUsd,
    Data,
    Engine,
    InstallDocker,
    Out,
    SetAnswer,
    Specs,
    Until,
    WithDocker,
    Yes,
)

Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="TEXT", help="What you want, in your own words; - reads it from a pipe, @FILE from a file."),
]
Name = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="The project's name, which is also its folder's.")
]
Language = Annotated[str | None, typer.Option("--lang", metavar="en|zh", help="Language of the reports.")]
TrainOn = Annotated[str | None, typer.Option("--device", metavar="cpu|gpu", help="What it will train on.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what was understood; write nothing.")]


def new(
    text: Words = None,
    name: Name = None,
    lang: Language = None,
    engine: Engine = None,
    device: TrainOn = None,
    data: Data = None,
    answers: AnswersFile = None,
    set_: SetAnswer = None,
    until: Until = None,
    yes: Yes = False,
    docker: WithDocker = None,
    install_docker: InstallDocker = False,
    budget_usd: BudgetUsd = None,
    budget_tokens: BudgetTokens = None,
    budget_minutes: BudgetMinutes = None,
    specs: Specs = None,
    out: Out = DEFAULT_OUT,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> int:
    """Start a project from a sentence.

    It runs until it is done, has a question for you, or fails a gate.
    """
    from framework.cli import launch
    from framework.cli.answers import read_answers
    from framework.cli.console import Console
    from framework.cli.model import ForModel
    from framework.cli.naming import check_stage
    from framework.workflow.start import NewProject

    language = launch.language(lang)
    console = Console(language, as_json=as_json)
    check_stage("--until", until)
    model = ForModel.given(set_ or [], budget_usd, budget_tokens, budget_minutes)
    settings = launch.settings(
        engine=engine, device=device, data=data, specs=specs, docker=docker, install_docker=install_docker, model=model
    )
    given = read_answers(answers, model.answers)
    request = launch.request_text(console, text or [])
    planned = NewProject(request=request, out=out, settings=settings, name=name, lang=language)
    if dry_run:
        return launch.show_preview(console, planned)
    return launch.start(console, planned, given, until=until, yes=yes)
