"""`python -m tests.bugbench`: injects bugs into a project, lets foundry repair them, and tells what became of them."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bugbench.bugs import Bug, load_bugs
from tests.bugbench.ground import Ground, prepare
from tests.bugbench.inject import DoesNotApply, inject
from tests.bugbench.judge import WALL_S, Outcome, measure_clean, try_bug
from tests.bugbench.sample import stratified
from tests.bugbench.table import line, report, totals
from tests.bugbench.training import train

BUGS = Path(__file__).with_name("bugs")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and try the bugs."""
    options = _parser().parse_args(arguments)
    bugs = _chosen(options)
    with tempfile.TemporaryDirectory(prefix="bugbench-") as scratch:
        _say("preparing a project (its environment is made once)")
        ground = prepare(options.project, options.scratch or Path(scratch))
        if options.check:
            return _check(bugs, ground)
        outcomes = try_all(bugs, ground, options.wall, options.report)
    _say(totals(outcomes))
    return 0


def try_all(bugs: Sequence[Bug], ground: Ground, wall_s: float, report_to: Path | None = None) -> list[Outcome]:
    """Try one bug after the other; the report is written anew after each, so that an interrupted run leaves one."""
    clean = measure_clean(ground)
    outcomes: list[Outcome] = []
    for number, bug in enumerate(bugs, start=1):
        try:
            outcomes.append(try_bug(bug, ground, clean, wall_s))
        except DoesNotApply as error:
            _say(f"[{number}/{len(bugs)}] {bug.id}: does not apply: {error}")
            continue
        _say(f"[{number}/{len(bugs)}] {line(outcomes[-1])}")
        if report_to is not None:
            report_to.write_text(report(outcomes), encoding="utf-8")
    return outcomes


def _check(bugs: Sequence[Bug], ground: Ground) -> int:
    """See that each bug is one: a crash crashes, a silent one does not. foundry has no part in this."""
    wrong = 0
    for bug in bugs:
        ground.restore()
        try:
            inject(bug, ground.site)
        except DoesNotApply as error:
            wrong += 1
            _say(f"WRONG {bug.id}: does not apply: {error}")
            continue
        trained = train(ground.site, ground.overrides, WALL_S)
        is_real = bool(trained.rc) == (bug.kind == "crash")
        wrong += not is_real
        _say(f"{'real ' if is_real else 'WRONG'} {bug.id}: {trained.last_line or trained.losses}")
    return min(wrong, 1)


def _chosen(options: argparse.Namespace) -> list[Bug]:
    bugs = load_bugs(options.bugs)
    if options.only:
        bugs = [bug for bug in bugs if bug.id in options.only]
    return stratified(bugs, options.sample, options.seed) if options.sample else bugs


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bugbench", description=__doc__)
    parser.add_argument("--bugs", type=Path, default=BUGS, metavar="DIR", help="folder of bugs (default: our own)")
    parser.add_argument("--project", type=Path, help="a project to copy, in place of making one")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="work there, and find the prepared project again")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="try N, from all classes (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the sample")
    parser.add_argument("--only", nargs="+", default=[], metavar="ID", help="try these")
    parser.add_argument("--report", type=Path, metavar="OUT.md", help="write the tables there")
    parser.add_argument("--wall", type=float, default=900, metavar="SECONDS", help="time for one debug stage")
    parser.add_argument("--check", action="store_true", help="only see that each bug crashes, or does not")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
