"""The loop over real small projects in real git repositories: what fails is run, repaired, committed and run again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agents.coder.debugging.attempts import Mending
from agents.coder.debugging.training import look
from framework.artifacts.bugfix import CHECKS, Problem
from framework.artifacts.project_rules import Enforced
from framework.runtime.events import Event
from framework.runtime.history import git
from tests.unit.coder.debugging.small_project import CONFIG, answering, make, mending

MODEL, RUN = "src/small/model.py", "src/small/run.py"
ALL = {"debug__repairs": "all"}

NAN = """
    entries:
      - id: rate-zero
        class: config
        when: {error: [ZeroDivisionError]}
        why: {en: "The rate is too low.", zh: "太低"}
        repair:
          - kind: config
            change: [{keys: [rate], to: 0.5}]
"""


def log(one: Mending) -> list[str]:
    return git(one.job.workspace.files, "log", "--format=%s").splitlines()


def only(one: Mending) -> Problem:
    [found] = one.problems
    return found


@pytest.mark.slow
def test_a_sound_project_is_left_alone(tmp_path: Path) -> None:
    one = mending(make(tmp_path))
    seen = one.run()
    assert seen.depth == "passed"
    assert [check.name for check in seen.checks if check.passed] == list(CHECKS)
    assert one.problems == []
    assert not one.repaired
    assert log(one) == ["venv-spec: passed"]


@pytest.mark.slow
def test_a_repair_is_one_commit_and_proven_by_the_same_command(tmp_path: Path) -> None:
    workspace = answering(make(tmp_path, bug=(RUN, "range(1, steps + 1)", "range(1, stepss + 1)")), **ALL)
    one = mending(workspace)
    assert one.run().depth == "passed"
    found = only(one)
    assert (found.state, found.error) == ("fixed", "NameError")
    assert found.where is not None
    assert (found.where.file, found.where.function) == (RUN, "train")
    assert found.repair is not None
    assert "range(1, steps + 1)" in found.repair.diff
    assert found.proof is not None
    assert (found.proof.rc, found.proof.command) == (0, found.execution.command)
    assert log(one)[0] == f"debug: {found.repair.title}"
    assert log(one)[1:] == ["edits by hand", "venv-spec: passed"]
    assert git(workspace.files, "status", "--porcelain") == ""


@pytest.mark.slow
def test_nothing_is_changed_before_somebody_agrees(tmp_path: Path) -> None:
    workspace = make(tmp_path, bug=(RUN, "range(1, steps + 1)", "range(1, stepss + 1)"))
    before = (tmp_path / RUN).read_text(encoding="utf-8")
    one = mending(workspace)
    seen = one.run()
    assert seen.failure is not None
    assert one.waits
    [question] = one.questions
    assert question.is_open
    assert question.default == "apply it and all later ones"
    assert "range(1, steps + 1)" in question.text
    assert (tmp_path / RUN).read_text(encoding="utf-8") == before
    assert only(one).tries[0].outcome == "asked"

    again = mending(answering(workspace, **{question.id.replace(".", "__"): "apply it"}))
    assert again.run().depth == "passed"
    assert only(again).state == "fixed"
    assert [kept.answer for kept in again.questions] == ["apply it"]


def test_a_declined_repair_is_not_applied(tmp_path: Path) -> None:
    workspace = make(tmp_path, bug=(RUN, "range(1, steps + 1)", "range(1, stepss + 1)"))
    asked = mending(workspace)
    asked.run()
    word = {asked.questions[0].id.replace(".", "__"): "do not apply"}
    one = mending(answering(workspace, **word))
    one.run()
    assert only(one).tries[0].outcome == "declined"


@pytest.mark.slow
def test_two_bugs_are_mended_one_after_the_other(tmp_path: Path) -> None:
    workspace = make(
        tmp_path,
        one=(RUN, "range(1, steps + 1)", "range(1, stepss + 1)"),
        two=(RUN, "data = len(header)", "data = len(heder)"),
    )
    one = mending(answering(workspace, **ALL))
    assert one.run().depth == "passed"
    assert [found.state for found in one.problems] == ["fixed", "fixed"]
    assert len([line for line in log(one) if line.startswith("debug: ")]) == 2


@pytest.mark.slow
def test_a_setting_is_mended_by_the_playbook(tmp_path: Path) -> None:
    workspace = answering(make(tmp_path, bug=(CONFIG, "rate: 0.5", "rate: -1.0")), **ALL)
    one = mending(workspace, NAN)
    assert one.run().depth == "passed"
    assert only(one).repair is not None
    assert only(one).why


def test_a_repair_that_changes_nothing_is_taken_back(tmp_path: Path) -> None:
    useless = """
        entries:
          - id: wrong-guess
            class: config
            when: {error: [RuntimeError]}
            why: {en: "No.", zh: "否"}
            repair:
              - kind: config
                change: [{keys: [rate], to: 0.7}]
    """
    bug = (RUN, "steps = ROWS", 'raise RuntimeError("out of order")\n    steps = ROWS')
    one = mending(answering(make(tmp_path, bug=bug), **ALL), useless)
    before = (tmp_path / CONFIG).read_text(encoding="utf-8")
    one.run()
    first = only(one).tries[0]
    assert (first.entry, first.outcome) == ("wrong-guess", "unchanged")
    assert first.reverted
    assert (tmp_path / CONFIG).read_text(encoding="utf-8") == before
    assert f"debug: taken back: {first.title}" in log(one)


@pytest.mark.slow
def test_a_silent_bug_is_a_critical_error_and_is_mended_like_one(tmp_path: Path) -> None:
    one = mending(answering(make(tmp_path, bug=(MODEL, "return weight + 1.0", "return weight - 0.0")), **ALL))
    assert one.run().depth == "passed"
    assert only(one).error == "probe:update"
    assert only(one).execution.command[:2] == ["python", "scripts/probe.py"]
    assert "return weight + 1.0" in (tmp_path / MODEL).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("bug", "name"),
    [
        ((RUN, "range(1, steps + 1)", "range(1, 2)"), "steps"),
        ((RUN, '"loss": loss,', '"loss": float("nan"),'), "finite"),
        (
            (RUN, 'metrics.write(json.dumps({"step": steps, "val_loss"', 'len(json.dumps({"step": steps, "val_loss"'),
            "evaluated",
        ),
        ((RUN, "hexdigest()", "hexdigest()[::-1]"), "checkpoint"),
        (("scripts/generate.py", "print(", "print(1 / 0, "), ""),
    ],
)
def test_an_epoch_that_ends_well_must_have_done_its_work(tmp_path: Path, bug: tuple[str, str, str], name: str) -> None:
    seen = mending(make(tmp_path, bug=bug)).run()
    assert seen.depth == "checks"
    assert seen.failure is not None
    assert seen.failure.error == (f"check:{name}" if name else "ZeroDivisionError")


def test_the_rules_of_the_project_hold(tmp_path: Path) -> None:
    workspace = answering(make(tmp_path, bug=(RUN, "range(1, steps + 1)", "range(1, stepss + 1)")), **ALL)
    one = mending(workspace, enforced=Enforced(forbidden_paths=["src/"]))
    one.run()
    assert {found.outcome for found in only(one).tries} == {"refused"}
    assert log(one) == ["venv-spec: passed"]


@pytest.mark.slow
def test_no_more_repairs_than_the_rules_allow(tmp_path: Path) -> None:
    workspace = make(
        tmp_path,
        one=(RUN, "range(1, steps + 1)", "range(1, stepss + 1)"),
        two=(RUN, "data = len(header)", "data = len(heder)"),
    )
    one = mending(answering(workspace, **ALL), enforced=Enforced(max_attempts=1))
    one.run()
    assert [found.state for found in one.problems] == ["fixed", "open"]


def test_a_run_that_leaves_nothing_is_no_way_past_a_crash(tmp_path: Path) -> None:
    workspace = make(tmp_path, bug=(RUN, "range(1, steps + 1)", "range(1, stepss + 1)"))
    crashed = look(mending(workspace).job)
    (tmp_path / "scripts/train.py").write_text("pass\n", encoding="utf-8")
    silent = look(mending(workspace).job)
    assert (silent.depth, silent.epoch) == ("checks", None)
    assert silent.progress < crashed.progress


def test_an_approved_change_is_shown_before_it_is_made(tmp_path: Path) -> None:
    bug = (RUN, "range(1, steps + 1)", "range(1, stepss + 1)")
    told: list[Event] = []
    workspace = replace(answering(make(tmp_path, bug=bug), **ALL), listener=told.append)
    mending(workspace).run()
    keys = [one.key for one in told]
    shown = told[keys.index("debug.changing")]
    assert keys.index("debug.repairing") < keys.index("debug.changing") < len(keys) - 1
    assert "+" in str(shown.fields["diff"])
    assert "range(1, steps + 1)" in str(shown.fields["diff"])
