"""Options that several commands share, and the help texts that go with them.

Values are taken as plain text and judged by `one_of`, which knows the choices from where they are defined: a list of
them here would be a second truth, and importing them would make `--help` slow.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from framework.cli.language import tell
from framework.errors import UsageError

ProjectArgument = Annotated[
    str, typer.Argument(metavar="PROJECT", help="A project's folder, or its name in the output folder.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder in which the projects lie.")]
AnswersFile = Annotated[
    Path | None, typer.Option("--answers", metavar="FILE", help="Answers as YAML or JSON: question id -> answer.")
]
SetAnswer = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One answer; may be given several times.")
]
Until = Annotated[str | None, typer.Option("--until", metavar="STAGE", help="Stop when this stage has passed.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: take every default and adopt edited artifacts.")]
Engine = Annotated[str | None, typer.Option("--engine", metavar="NAME", help="Who judges: expert or replay.")]
NoDocker = Annotated[bool, typer.Option("--no-docker", help="Leave out everything that needs docker.")]

DEFAULT_OUT = Path("generated")


def nearest(value: str, choices: Iterable[str], count: int = 3) -> list[str]:
    """The choices that a mistyped value may have meant, best first."""
    from difflib import get_close_matches

    by_folded = {choice.casefold(): choice for choice in choices}
    return [by_folded[name] for name in get_close_matches(value.casefold(), by_folded, count, cutoff=0.5)]


def did_you_mean(value: str, choices: Iterable[str]) -> str:
    """A hint that names the nearest choices, or all of them where nothing is near."""
    known = list(choices)
    close = nearest(value, known)
    return tell("usage.did_you_mean", names=", ".join(close)) if close else tell("usage.choose", names=", ".join(known))


def one_of(option: str, value: str, choices: Iterable[str]) -> str:
    """The value if it is one of the choices; else an error that names them."""
    known = list(choices)
    if value not in known:
        raise UsageError(tell("usage.one_of", option=option, value=value, names=", ".join(known)), did_you_mean(value, known))
    return value
