"""`python -m tests.bugbench.finetuning --python PATH`: which of the programs here are mended, with real libraries."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path

from agents.coder.debugging.playbook import Playbook
from framework.knowledge.specs import find_spec
from framework.runtime.venvs import Venv
from tests.bugbench.finetuning.run import PROGRAM, Bench, Tried

HERE = Path(__file__).parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the programs one after the other; 1 where one of them is left broken without a word, or was cheated."""
    options = _parser().parse_args(arguments)
    programs = sorted(path for path in options.programs.glob("*.py") if path.stem not in _NO_PROGRAMS)
    states: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="finetuning-") as folder:
        venv = Venv(options.python.absolute().parent.parent, "finetuning")
        playbook = find_spec("DEBUG_CODE.md", None).parse(Playbook)
        bench = Bench(venv, playbook, Path(folder, "project"), options.attempts)
        for program in programs:
            if not options.only or program.stem in options.only:
                tried = bench.try_program(program)
                states[tried.state] += 1
                _tell(tried, program, show=options.show)
    _say(", ".join(f"{count} {state}" for state, count in states.most_common()))
    return 1 if states["open"] or states["CHEATED"] else 0


_NO_PROGRAMS = ("__init__", "__main__", "run", "tiny")


def _tell(tried: Tried, program: Path, *, show: bool) -> None:
    ways = ", ".join(one.entry for one in tried.made) or ", ".join(tried.known)
    _say(f"{tried.state:8} {tried.name:28} {tried.attempts} tries  {ways}")
    if show and tried.failure:
        _say(f"  {tried.failure.error}: {tried.failure.message[:300]}")
        _say("".join(f"  {fault}\n" for fault in tried.faults))
        before = program.read_text("utf-8")
        for one in tried.made:
            after = one.texts.get(PROGRAM, before)
            _say("  " + "\n  ".join(unified_diff(before.split("\n"), after.split("\n"), n=0, lineterm="")))
            before = after


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bugbench.finetuning", description=__doc__)
    parser.add_argument("--python", type=Path, required=True, help="of the environment that has the libraries")
    parser.add_argument("--programs", type=Path, default=HERE, metavar="DIR", help="others than our own")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="try these")
    parser.add_argument("--attempts", type=int, default=5, metavar="N", help="repairs of one program (default: 5)")
    parser.add_argument("--show", action="store_true", help="tell the failure and the repair too")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
