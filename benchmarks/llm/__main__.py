"""What a model adds, and what it gets past the checks.

    python -m benchmarks.llm [--sentences N] [--only WORK] [--details]
    python -m benchmarks.llm --base-url http://127.0.0.1:8000/v1 --model NAME

Without an endpoint five scripted models are played over real HTTP. With one, it is compared with the expert; the key
comes from OPENAI_API_KEY.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.llm.play import Contender, expert, real, scripted
from benchmarks.llm.score import HEAD, Row
from benchmarks.llm.work import WORK, works
from framework.errors import FoundryError
from tests.llm.personas import PERSONAS


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; exit code 1 when anything untrue has passed, or the error's own where an endpoint fails."""
    options = _options(arguments)
    try:
        rows = _measured(options)
    except FoundryError as error:
        print(f"{error.message}\n{error.hint}", file=sys.stderr)
        return int(error.code)
    _told("Falsely passed", [line for row in rows for line in row.passed])
    if options.details:
        _told("Wrong guesses", [line for row in rows for line in row.guessed])
        _told("Falsely blocked", [line for row in rows for line in row.blocked])
    return 1 if any(row.passed for row in rows) else 0


def _measured(options: argparse.Namespace) -> list[Row]:
    """Every contender at every kind of work, each row printed as soon as it is there."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder  # what is learnt of these endpoints is for this run alone
        print(HEAD, flush=True)
        for contender in _contenders(options):
            for name, cases in works(options.sentences, options.only).items():
                row = contender.at(name, cases, Path(folder))
                rows.append(row)
                print(row, flush=True)
    return rows


def _contenders(options: argparse.Namespace) -> list[Contender]:
    if options.base_url:
        return [expert(), real(options.base_url, options.model)]
    return [expert(), *(scripted(name) for name in PERSONAS if options.model in ("", name))]


def _told(title: str, lines: Sequence[str]) -> None:
    print(f"\n{title}: {len(lines)}", *lines, sep="\n- ")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.llm", description="Measure what models add and pass.")
    parser.add_argument("--sentences", type=int, default=40, help="how many labelled sentences (0: all)")
    parser.add_argument("--only", choices=WORK, help="one kind of work")
    parser.add_argument(
        "--details", action="store_true", help="list the wrong guesses and what was falsely blocked as well"
    )
    parser.add_argument("--base-url", default="", help="a real endpoint, up to and with its /v1")
    parser.add_argument("--model", default="", help="its model; or the one scripted model to play")
    options = parser.parse_args(arguments)
    if options.base_url and not options.model:
        parser.error("--base-url needs --model: name one that the endpoint has")
    return options


if __name__ == "__main__":
    sys.exit(main())
