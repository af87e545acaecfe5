"""A project's own tests in a restricted process: which passed, which did not, and what the first failure said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from framework.artifacts.base import sha256
from framework.artifacts.ledger import now
from framework.artifacts.receipts import CommandReceipt
from framework.runtime.codetree import CodeTree
from framework.runtime.lines import Tell
from framework.runtime.passing_folders import passing_folder
from framework.runtime.proofs import PYTEST, Outcome, outcomes_in
from framework.runtime.restricted import Limits, Ran, run_restricted

if TYPE_CHECKING:
    from framework.runtime.venvs import Venv

_QUIET = ["-p", "no:cacheprovider", "--continue-on-collection-errors", "-o", "junit_family=xunit1", "--tb=native"]
_TAIL = 40  # lines


@dataclass(frozen=True)
class Suite:
    """One run of tests. `failed` names each test that did not pass with what it said."""

    ran: Ran
    passed: frozenset[str]
    failed: dict[str, str]
    receipt: CommandReceipt


def run_tests(venv: Venv, folder: Path, chosen: Sequence[str], limits: Limits, tell: Tell | None = None) -> Suite:
    """Run pytest in the folder with these words; at the most the tests that they choose."""
    with passing_folder("tests") as place:
        report = place / "junit"
        command = [*PYTEST, *_QUIET, f"--junitxml={report}", f"--basetemp={report.parent / 'files'}", *chosen]
        ran = run_restricted(venv, folder, command, limits, tell)
        outcomes = list(outcomes_in(report)) if report.is_file() else []
    return _suite([*PYTEST, *chosen], ran, outcomes)


def passing_before(venv: Venv, tree: CodeTree, tests: Sequence[str], limits: Limits) -> frozenset[str]:
    """Those of the tests that pass in an earlier state of the project."""
    with passing_folder("before") as place:
        tree.write(place)
        return run_tests(venv, place, list(tests), limits).passed & frozenset(tests)


def _suite(command: list[str], ran: Ran, outcomes: Sequence[Outcome]) -> Suite:
    passed = frozenset(_name(one) for one in outcomes if one.result == "passed")
    failed = {_name(one): one.said for one in outcomes if one.result == "failed"}
    well = bool(passed) and not failed and ran.rc == 0
    lines = (next(iter(failed.values()), "") or ran.stdout + ran.stderr).strip().splitlines()
    receipt = CommandReceipt(
        command=command,
        rc=0 if well else ran.rc or 1,
        output_hash=sha256("\n".join(sorted(f"{_name(one)} {one.result}" for one in outcomes))),
        proved=", ".join([*([f"{len(failed)} failed"] if failed else []), f"{len(passed)} passed"]),
        tail="" if well else "\n".join(lines[-_TAIL:]),
        seconds=ran.seconds,
        at=now(),
    )
    return Suite(ran, passed, failed, receipt)


def _name(one: Outcome) -> str:
    """The test as pytest takes it on its command line."""
    return "::".join(part for part in (one.file, one.group, one.name) if part)
