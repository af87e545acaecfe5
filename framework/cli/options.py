"""Options that several commands share, and the help texts that go with them.

Values are taken as plain text and judged by `choices.one_of` against the choices where they are defined: a list of them
here would be a second truth, and importing them would make `--help` slow.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ProjectArgument = Annotated[
    str, typer.Argument(metavar="PROJECT", help="A project's folder, or its name in the output folder.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder in which the projects lie.")]
AnswersFile = Annotated[
    Path | None, typer.Option("--answers", metavar="FILE", help="Answers as YAML or JSON: question id -> answer.")
]
SetAnswer = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="One answer, or a setting llm.NAME; may be given several times."),
]
Until = Annotated[str | None, typer.Option("--until", metavar="STAGE", help="Stop when this stage has passed.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: take every default and adopt edited artifacts.")]
Engine = Annotated[str | None, typer.Option("--engine", metavar="NAME", help="Who judges: expert, llm or replay.")]
BudgetUsd = Annotated[float | None, typer.Option("--budget-usd", metavar="USD", help="What the model may cost in all.")]
BudgetTokens = Annotated[
    int | None, typer.Option("--budget-tokens", metavar="N", help="How many tokens the model may read and write.")
]
BudgetMinutes = Annotated[
    float | None, typer.Option("--budget-minutes", metavar="MIN", help="How long the model may be waited for.")
]
WithDocker = Annotated[
    bool | None,
    typer.Option("--docker/--no-docker", help="With or without everything that needs docker; a project remembers it."),
]
InstallDocker = Annotated[
    bool, typer.Option("--install-docker", help="Install a missing docker engine with the system's package manager.")
]

Data = Annotated[Path | None, typer.Option("--data", metavar="PATH", help="Your own data: a file or a folder.")]
Specs = Annotated[Path | None, typer.Option("--specs", metavar="DIR", help="Folder with your own spec documents.")]

DEFAULT_OUT = Path("generated")
