"""What earlier runs of the stage found stays in the report, so that a clean run does not erase the history."""

from __future__ import annotations

from framework.artifacts.bugfix import Bugfix, Execution, Problem


def with_past(report: Bugfix, previous: Bugfix | None) -> Bugfix:
    """The report with the problems of the last one before its own."""
    if previous is None:
        return report
    now = {one.signature for one in report.problems if one.state == "open"}
    earlier = [_closed(one, report.epoch) for one in previous.problems if _is_past(one, now, report)]
    known = {(one.signature, one.found) for one in earlier}
    mine = [one for one in report.problems if (one.signature, one.found) not in known]
    asked = {question.id for question in report.questions}
    decided = [one for one in previous.questions if one.answer is not None and one.id not in asked]
    return report.model_copy(
        update={"problems": [*earlier, *mine], "questions": [*decided, *report.questions]},
    )


def _is_past(one: Problem, open_now: set[str], report: Bugfix) -> bool:
    """What is open again is told anew; what waited for an answer is told with what became of it."""
    if one.state == "fixed":
        return True
    answered = any(again.signature == one.signature for again in report.problems)
    return not answered and one.signature not in open_now


def _closed(one: Problem, epoch: Execution | None) -> Problem:
    """An open problem that is not seen any more was mended by hand."""
    gone = one.state == "open" and epoch is not None and epoch.rc == 0
    return one.model_copy(update={"state": "fixed", "proof": epoch}) if gone else one
