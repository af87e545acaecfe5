"""`foundry resume`: go on with a project."""

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
    ProjectArgument,
    SetAnswer,
    Specs,
    Until,
    WithDocker,
    Yes,
)

From = Annotated[str | None, typer.Option("--from", metavar="STAGE", help="Run again from this stage.")]
Regenerate = Annotated[
    list[str] | None,
    typer.Option(metavar="ARTIFACT", help="Make this report anew; your edited version is kept aside."),
]


def resume(
    project: ProjectArgument,
    from_: From = None,
    regenerate: Regenerate = None,
    engine: Engine = None,
    answers: AnswersFile = None,
    set_: SetAnswer = None,
    until: Until = None,
    yes: Yes = False,
    docker: WithDocker = None,
    install_docker: InstallDocker = False,
    budget_usd: BudgetUsd = None,
    budget_tokens: BudgetTokens = None,
    budget_minutes: BudgetMinutes = None,
    data: Data = None,
    specs: Specs = None,
    out: Out = DEFAULT_OUT,
    as_json: AsJson = False,
) -> int:
    """Go on from the first stage that is not up to date."""
    from framework.cli import launch
    from framework.cli.answers import read_answers
    from framework.cli.console import Console
    from framework.cli.journey import Journey
    from framework.cli.locate import find_project
    from framework.cli.model import ForModel
    from framework.cli.naming import artifact_file, check_order, check_stage
    from framework.workflow.project import Project

    check_stage("--until", until)
    check_stage("--from", from_)
    check_order(from_, until)
    remade = [artifact_file(name) for name in regenerate or []]
    model = ForModel.given(set_ or [], budget_usd, budget_tokens, budget_minutes)
    given = read_answers(answers, model.answers)
    opened = Project.open(find_project(project, out).root)
    console = Console(opened.run.lang, as_json=as_json)
    with opened.locked():
        launch.reconfigure(
            opened,
            engine=engine,
            data=data,
            specs=specs,
            docker=docker,
            install_docker=install_docker,
            model=model,
        )
        accepted = launch.checked(opened, given)
        for file in remade:
            opened.regenerate(file)
        journey = Journey(console, opened, out, until=until, yes=yes)
        return journey.run(accepted, again_from=from_)
