"""`foundry`: the commands, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from errno import ENAMETOOLONG
from typing import Annotated

import typer

from framework import __version__
from framework.cli.commands.doctor import doctor
from framework.cli.commands.estimate import estimate
from framework.cli.commands.inspect import inspect
from framework.cli.commands.new import new
from framework.cli.commands.resume import resume
from framework.cli.commands.stages import graph, stages
from framework.cli.commands.status import status
from framework.cli.commands.verify import verify
from framework.errors import FoundryError

INTERRUPTED = 130
CALM = {3, INTERRUPTED}  # waiting for a human, stopped by one: a message, but nothing went wrong

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for command in (new, resume, status, inspect, verify, estimate, doctor, stages, graph):
    app.command()(command)


@app.callback(invoke_without_command=True)
def foundry(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and leave.")] = False,
) -> None:
    """From a fuzzy sentence to a complete, verified PyTorch LLM project.

    Start with: foundry new "a small model that writes bedtime stories, on my laptop"
    """
    if version or context.invoked_subcommand is None:
        from framework.cli.console import Console

        Console().raw(f"foundry {__version__}\n" if version else f"{context.get_help()}\n")
        raise typer.Exit()


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    as_json = "--json" in arguments
    try:
        code: int = app(list(arguments), prog_name="foundry", standalone_mode=False) or 0
    except FoundryError as error:
        return _refuse(type(error).__name__, error.message, error.hint, error.code, as_json)
    except typer.TyperException as error:
        return _refuse("UsageError", *_explain(error), 2, as_json)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence: a person never sees a traceback
        if isinstance(error, OSError) and error.errno == ENAMETOOLONG:
            return _refuse("UsageError", f"{str(error.filename)[:60]}... is too long for a path.", "", 2, as_json)
        from framework.cli.crash import record_crash

        return _refuse("InternalError", *record_crash(error, arguments), 1, as_json)
    if code == INTERRUPTED:  # typer makes this code of a Ctrl-C, and no sentence
        from framework.cli.language import tell

        return _refuse("Interrupted", tell("usage.stopped"), "", code, as_json)
    return code


def _refuse(kind: str, message: str, hint: str, code: int, as_json: bool) -> int:
    from framework.cli.console import Console, complain

    if as_json:
        error = {"kind": kind, "message": message, "hint": hint}
        Console(as_json=True).document({"error": error, "exit_code": code})
    else:
        complain(message, hint, calm=code in CALM)
    return code


def _explain(error: typer.TyperException) -> tuple[str, str]:
    """typer's own complaint about the command line, and where to read more."""
    from framework.cli.language import tell

    context: typer.Context | None = getattr(error, "ctx", None)
    message: str = error.format_message() if hasattr(error, "format_message") else str(error)
    return message, tell("usage.help", command=context.command_path if context else "foundry")


if __name__ == "__main__":
    main()
