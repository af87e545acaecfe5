"""What the commands cost: CPU time, as ratios to a bare Python, all contenders in turn within one run.

    python -m benchmarks.startup [--rounds N]

Wall time on a shared machine measures its neighbours. The CPU time of child processes is steadier, the best of several
interleaved rounds steadier still, and the ratio to `python -c pass` is what two machines can be compared by.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from framework.artifacts.files import ProjectFiles
from framework.artifacts.records import Receipt, Settings
from framework.workflow.drive import drive
from framework.workflow.machine import Machine
from framework.workflow.project import Project
from framework.workflow.start import NewProject, create
from framework.workflow.table import Stage, stages_until

FOUNDRY = Path(sys.executable).with_name("foundry")
SENTENCE = "I want a small model that writes bedtime stories, we only have one 24 GB card"
STAGES = stages_until("technology")


@dataclass
class Contender:
    """Something that is measured once per round, with the bound it should keep."""

    name: str
    measure: Callable[[], float]
    at_most_ms: float | None
    seen_ms: list[float] = field(default_factory=list)

    @property
    def best_ms(self) -> float:
        """The round that was disturbed least."""
        return min(self.seen_ms)

    def row(self, bare_ms: float) -> str:
        """Its line in the table."""
        bound = f"{self.at_most_ms:.0f}" if self.at_most_ms else "-"
        ratio = self.best_ms / bare_ms
        return f"| {self.name} | {self.best_ms:.1f} | {max(self.seen_ms):.1f} | {ratio:.1f} | {bound} |"


@dataclass
class TimedMachine(Machine):
    """A machine that knows how much CPU time its skills and gates took."""

    working: float = 0.0

    def work(self, stage: Stage) -> bool:
        with self._timed():
            return super().work(stage)

    def judge(self, stage: Stage, *, adopted: bool = False) -> Receipt:
        with self._timed():
            return super().judge(stage, adopted=adopted)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        began = time.process_time()
        yield
        self.working += time.process_time() - began


def command_ms(*command: str | Path) -> float:
    """The CPU time of one process and of all that it starts, in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([str(part) for part in command], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def new_ms(folder: Path, until: str) -> float:
    """One whole `foundry new`, into a folder of its own."""
    with tempfile.TemporaryDirectory(dir=folder) as out:
        return command_ms(*new(until), "--out", out)


def new(until: str) -> list[str | Path]:
    """The command line of one `foundry new`."""
    return [FOUNDRY, "new", SENTENCE, "--yes", "--no-docker", "--until", until]


def langgraph_ms(project: Project) -> float:
    """What LangGraph adds to each stage: the CPU time of a drive that neither a skill nor a gate took."""
    project.reset_from(STAGES[0].name)
    machine = TimedMachine(project.files, lambda _: None, STAGES)
    began = time.process_time()
    drive(machine, None)
    return (time.process_time() - began - machine.working) * 1000 / len(STAGES)


def contenders(folder: Path) -> list[Contender]:
    """What is compared, the bare Python first. The finished project lies in the folder."""
    command_ms(*new("technology"), "--out", folder, "--name", "finished")
    finished = folder / "finished"
    project = Project(ProjectFiles(finished), STAGES)
    return [
        Contender("`python -c pass`", lambda: command_ms(sys.executable, "-c", "pass"), None),
        Contender("`foundry --help`", lambda: command_ms(FOUNDRY, "--help"), 150),
        Contender("`foundry status` on a finished project", lambda: command_ms(FOUNDRY, "status", finished), 350),
        Contender("`foundry new --until technology --yes`", lambda: new_ms(folder, "technology"), 3000),
        Contender("LangGraph, per stage", lambda: langgraph_ms(project), 15),
    ]


def own_ms(folder: Path) -> float:
    """What foundry itself takes of a whole project, without the programs that it starts."""
    with tempfile.TemporaryDirectory(dir=folder) as out:
        before = resource.getrusage(resource.RUSAGE_SELF)
        project = create(NewProject(request=SENTENCE, out=Path(out), settings=Settings()))
        while (outcome := project.advance(yes=True)).kind == "waiting":
            project.answer({question.id: (question.default, "default") for question in outcome.questions})
        after = resource.getrusage(resource.RUSAGE_SELF)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def whole(folder: Path) -> list[Contender]:
    """A project with everything, in the verification environment that an earlier one has left."""
    new_ms(folder, "guidance")
    return [
        Contender("`foundry new --until venv-spec --yes`", lambda: new_ms(folder, "venv-spec"), 40_000),
        Contender("`foundry new --until guidance --yes`", lambda: new_ms(folder, "guidance"), 240_000),
        Contender("of that foundry itself", lambda: own_ms(folder), 15_000),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table; exit code 1 when a bound is missed."""
    parser = argparse.ArgumentParser(description="CPU time of the commands, as ratios to a bare Python.")
    parser.add_argument("--rounds", type=int, default=7, help="how often each is measured, in turn (7)")
    parser.add_argument("--whole", action="store_true", help="whole projects too: two minutes more, and four a round")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        measured = contenders(Path(folder)) + (whole(Path(folder)) if options.whole else [])
        for _ in range(options.rounds):
            for contender in measured:
                contender.seen_ms.append(contender.measure())
    print(f"CPU ms, best and worst of {options.rounds} interleaved rounds; load {os.getloadavg()[0]:.1f}\n")
    print("| what | best | worst | times bare Python | bound |", "|---|---|---|---|---|", sep="\n")
    print(*(contender.row(measured[0].best_ms) for contender in measured), sep="\n")
    missed = [c.name for c in measured if c.at_most_ms and c.best_ms > c.at_most_ms]
    print(*(f"\nMISSED: {name}" for name in missed), sep="")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
