"""What earlier runs of the stage found stays in the report, so that a clean run does not erase the history."""

from __future__ import annotations

from agents.coder.debugging.account import execution, proven
from agents.coder.debugging.training import Seen
from framework.artifacts.bugfix import Bugfix, Execution, Problem


def owes_tests(previous: Bugfix | None) -> bool:
    """Whether the last run of the stage changed the project and did not come to all the tests that this demands."""
    if previous is None or not previous.repaired:
        return False
    wanted = 2 if previous.final_tests == "all" else 1
    return len(previous.tests) < wanted or not all(one.passed for one in previous.tests)


def settled(left: list[Problem], seen: Seen) -> list[Problem]:
    """What a run that broke off had worked on: mended, once nothing fails any more, and proven by that."""
    if seen.failure is not None:
        return left
    passed = {"state": "fixed", "proof": execution(seen.trained)}
    return proven([one.model_copy(update=passed) for one in left], seen)


def with_past(report: Bugfix, previous: Bugfix | None) -> Bugfix:
    """The report with the problems of the last one before its own."""
    if previous is None:
        return report
    now = {one.signature for one in report.problems if one.state == "open"}
    earlier = [_closed(one, report.epoch, now) for one in previous.problems if _is_past(one, now, report)]
    known = {(one.signature, one.found) for one in earlier}
    mine = [one for one in report.problems if (one.signature, one.found) not in known]
    asked = {question.id for question in report.questions}
    decided = [one for one in previous.questions if one.answer is not None and one.id not in asked]
    return report.model_copy(
        update={"problems": [*earlier, *mine], "questions": [*decided, *report.questions]},
    )


def _is_past(one: Problem, open_now: set[str], report: Bugfix) -> bool:
    """What is open again is told anew; what waited for an answer is told with what became of it."""
    if one.state == "fixed" or one.repair:
        return True
    answered = any(again.signature == one.signature for again in report.problems)
    return not answered and one.signature not in open_now


def _closed(one: Problem, epoch: Execution | None, open_now: set[str]) -> Problem:
    """An open problem that is not seen any more was mended by hand, or before an interruption."""
    gone = one.state == "open" and epoch is not None and epoch.rc == 0 and not (one.repair and open_now)
    return one.model_copy(update={"state": "fixed", "proof": epoch}) if gone else one
