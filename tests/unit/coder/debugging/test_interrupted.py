"""A repair that was applied when the run was killed is told by the next one, which then runs all tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agents.coder.debugging.past import owes_tests, settled, with_past
from agents.coder.debugging.training import look
from framework.artifacts.bugfix import Problem, Try
from framework.artifacts.files import append_line, write_text
from framework.artifacts.receipts import CommandReceipt
from framework.runtime.events import Event
from framework.runtime.history import git
from framework.runtime.repair_journal import in_no_report, note
from tests.unit.coder.debugging.small_project import answering, make, mending
from tests.unit.coder.debugging.test_debug_answers import RAN, problem, report

RUN = "src/small/run.py"
BUG = (RUN, "range(1, steps + 1)", "range(1, stepss + 1)")
TRY = Try(entry="x", kind="code", title="t", why="", guess=False, diff="+y", outcome="interrupted")
APPLIED = problem("A", state="open", proof=None, tries=[TRY])


class Killed(BaseException):
    """The process ends here."""


def killed_at(event: str, times: int, root: Path) -> list[Problem]:
    """What is left of a run that ended when it announced that for the so-many-th time."""
    workspace = answering(make(root, bug=BUG), debug__repairs="all")
    told: list[str] = []

    def listener(said: Event) -> None:
        told.append(said.key)
        if told.count(event) == times:
            raise Killed

    with pytest.raises(Killed):
        mending(replace(workspace, listener=listener)).run()
    return in_no_report(workspace.files, [])


@pytest.mark.parametrize(("event", "times"), [("debug.training", 2), ("debug.probing", 1), ("debug.testing", 1)])
def test_a_repair_outlives_the_run_that_made_it_only_in_the_open(tmp_path: Path, event: str, times: int) -> None:
    [left] = killed_at(event, times, tmp_path)
    assert left.repair is not None
    files = make(tmp_path / "other").files
    assert in_no_report(files, []) == []
    assert (left.error, left.repair.outcome) == ("NameError", "interrupted")
    assert "range(1, steps + 1)" in left.repair.diff
    assert left.repair.title in git(replace(files, root=tmp_path), "show", "--format=%s", left.repair.commit)


def test_what_a_report_holds_is_forgotten(tmp_path: Path) -> None:
    [left] = killed_at("debug.testing", 1, tmp_path)
    files = replace(make(tmp_path / "other").files, root=tmp_path)
    assert in_no_report(files, []) == [left]  # also the next time, until a report has it
    assert in_no_report(files, [problem("B", tries=left.tries)]) == []
    assert in_no_report(files, []) == []


def test_what_was_taken_back_or_never_made_is_not_in_force(tmp_path: Path) -> None:
    workspace = make(tmp_path)
    new = {RUN: "x = 1\n"}
    note(workspace.files, APPLIED, new, "debug: t", "debug: taken back: t")
    append_line(workspace.files.state / "logs" / "repairs.jsonl", '{"torn')
    assert in_no_report(workspace.files, []) == []
    note(workspace.files, APPLIED, new, "debug: t", "debug: taken back: t")
    workspace.revert(workspace.put(new, "debug: t"), "debug: taken back: t")
    assert in_no_report(workspace.files, []) == []


def test_a_repair_that_was_written_but_not_committed_is_in_force(tmp_path: Path) -> None:
    workspace = make(tmp_path)
    note(workspace.files, APPLIED, {RUN: "x = 1\n"}, "debug: t", "debug: taken back: t")
    write_text(tmp_path / RUN, "x = 1\n")
    assert in_no_report(workspace.files, []) == [APPLIED]


@pytest.mark.slow
def test_it_counts_as_mended_only_once_nothing_fails(tmp_path: Path) -> None:
    sound = look(mending(make(tmp_path / "sound")).job)
    [fixed] = settled([APPLIED], sound)
    assert (fixed.state, fixed.proof and fixed.proof.rc) == ("fixed", 0)
    broken = look(mending(make(tmp_path / "broken", bug=BUG)).job)
    assert settled([APPLIED], broken) == [APPLIED]


def test_it_stays_in_the_report() -> None:
    other = problem("B", state="open", proof=None)
    again = problem("A", found="later", state="open", proof=None)
    for now in ([other], [again], [other, again]):
        [first, *_] = with_past(report(problems=now), report(problems=[APPLIED])).problems
        assert (first.state, first.tries) == ("open", [TRY])
    [closed] = with_past(report(), report(problems=[APPLIED])).problems
    assert (closed.state, closed.proof, closed.repair) == ("fixed", RAN, TRY)


def test_tests_that_an_earlier_run_did_not_come_to_are_still_owed() -> None:
    passed = CommandReceipt(command=["x"], rc=0, output_hash="", proved="", seconds=1.0, at="")
    failed = passed.model_copy(update={"rc": 1})
    assert not owes_tests(None)
    assert not owes_tests(report())
    assert owes_tests(report(repaired=True, tests=[passed]))
    assert owes_tests(report(repaired=True, tests=[passed, failed]))
    assert not owes_tests(report(repaired=True, tests=[passed, passed]))
    assert not owes_tests(report(repaired=True, tests=[passed], final_tests="fast"))


def test_what_is_owed_counts_as_repaired(tmp_path: Path) -> None:
    one = mending(make(tmp_path))
    assert not one.repaired
    assert replace(one, owed=True).repaired
