"""Proofs: commands that are run in a project's folder with the programs of an environment, and what they showed.

Proofs that are pytest runs with the same options are run as one: importing torch costs more than most tests. Each
still gets a receipt of its own, from the outcomes of its own tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import parse as parse_xml

from framework.artifacts.base import sha256
from framework.artifacts.ledger import now
from framework.artifacts.receipts import CommandReceipt
from framework.runtime.passing_folders import passing_folder
from framework.runtime.tools import Said, ask

if TYPE_CHECKING:
    from framework.runtime.venvs import Venv

PYTEST = ["python", "-m", "pytest"]
_TAIL = 30  # lines
Ask = Callable[["Venv", Path, Sequence[str]], Said]


@dataclass(frozen=True)
class Outcome:
    """One test and how it ended."""

    file: str
    name: str
    result: str  # passed, failed, skipped
    seconds: float
    said: str
    group: str = ""  # the class that it stands in


def prove(venv: Venv, folder: Path, commands: Sequence[Sequence[str]], asking: Ask = ask) -> list[CommandReceipt]:
    """A receipt for each command, in their order. `asking` runs one."""
    together = [command for command in commands if list(command[:3]) == PYTEST]
    tested = _run_tests(venv, folder, together, asking) if together else {}
    return [tested.get(tuple(command)) or _run_alone(venv, folder, command, asking) for command in commands]


def _run_alone(venv: Venv, folder: Path, command: Sequence[str], asking: Ask) -> CommandReceipt:
    done = asking(venv, folder, command)
    return CommandReceipt(
        command=list(command),
        rc=done.rc,
        output_hash=sha256(f"exit {done.rc}"),
        proved=f"exit {done.rc}",
        tail="" if done.rc == 0 else _tail(done.stdout + done.stderr),
        seconds=done.seconds,
        at=now(),
    )


def _run_tests(
    venv: Venv, folder: Path, commands: Sequence[Sequence[str]], asking: Ask
) -> dict[tuple[str, ...], CommandReceipt]:
    """One run over the paths of all; those that name other options get a run of their own."""
    receipts: dict[tuple[str, ...], CommandReceipt] = {}
    by_options: dict[tuple[str, ...], list[Sequence[str]]] = {}
    for command in commands:
        by_options.setdefault(_options(command), []).append(command)
    for options, alike in by_options.items():
        paths = list(dict.fromkeys(path for command in alike for path in _paths(command)))
        with passing_folder("proof") as scratch:
            report = scratch / "junit"
            extra = [
                "-p",
                "no:cacheprovider",
                "--continue-on-collection-errors",
                "-o",
                "junit_family=xunit1",
                f"--junitxml={report}",
            ]
            done = asking(venv, folder, [*PYTEST, *options, *extra, f"--basetemp={report.parent / 'files'}", *paths])
            outcomes = list(outcomes_in(report)) if report.is_file() else []
        for command in alike:
            receipts[tuple(command)] = _receipt(command, outcomes, done)
    return receipts


def _options(command: Sequence[str]) -> tuple[str, ...]:
    return tuple(part for part in command[len(PYTEST) :] if not part.startswith("tests"))


def _paths(command: Sequence[str]) -> list[str]:
    return [part for part in command[len(PYTEST) :] if part.startswith("tests")]


def _receipt(command: Sequence[str], outcomes: Iterable[Outcome], done: Said) -> CommandReceipt:
    mine = [one for one in outcomes if _belongs(one.file, _paths(command))]
    passed = sum(one.result == "passed" for one in mine)
    failed = [one for one in mine if one.result == "failed"]
    proved = ", ".join([*([f"{len(failed)} failed"] if failed else []), f"{passed} passed"])
    rc = 0 if passed and not failed and done.rc in (0, 1) else 1
    said = failed[0].said if failed else done.stdout + done.stderr
    return CommandReceipt(
        command=list(command),
        rc=rc,
        output_hash=sha256("\n".join(sorted(f"{one.file}::{one.name} {one.result}" for one in mine))),
        proved=proved,
        tail="" if rc == 0 else _tail(said),
        seconds=round(sum(one.seconds for one in mine), 3),
        at=now(),
    )


def _belongs(file: str, paths: Sequence[str]) -> bool:
    return any(file == path or file.startswith(f"{path.rstrip('/')}/") for path in paths)


def outcomes_in(report: Path) -> Iterator[Outcome]:
    """The outcomes that a run of pytest has written down (as junit's xml, of the kind xunit1)."""
    for case in parse_xml(report).getroot().iter("testcase"):  # noqa: S314
        trouble = [child for child in case if child.tag in ("failure", "error")]
        skipped = any(child.tag == "skipped" for child in case)
        # A file that cannot even be imported is reported by the name of its module.
        file = case.get("file") or f"{case.get('name', '').replace('.', '/')}.py"
        module = file.removesuffix(".py").replace("/", ".")
        yield Outcome(
            file=file,
            name=case.get("name", ""),
            result="failed" if trouble else "skipped" if skipped else "passed",
            seconds=float(case.get("time", 0)),
            said="\n".join(child.text or child.get("message") or "" for child in trouble),
            group=case.get("classname", "").removeprefix(module).strip(".").replace(".", "::")
            if case.get("file")
            else "",
        )


def _tail(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_TAIL:])
