"""Answers to a repair, questions about one, and what earlier runs leave in the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.coder import check_debug
from agents.coder.debugging.account import shortened
from agents.coder.debugging.consent import asked, chosen, consent, question_id
from agents.coder.debugging.past import with_past
from agents.coder.debugging.scene import Proposal
from framework.artifacts.bugfix import Bugfix, Execution, Problem
from framework.artifacts.codec import encode
from framework.artifacts.files import write_text
from framework.artifacts.records import Answer, Answers, AnswerSource
from framework.artifacts.requirements import Project
from framework.errors import UsageError
from framework.messages import LANGUAGES, say
from tests.unit.coder.debugging.small_project import make

REPAIR = Proposal(entry="closest-name", kind="code", title="x -> y", why="It is y.")
RAN = Execution(command=["python", "x.py"], rc=0, ended="exit", seconds=1.0, cpu_seconds=1.0, peak_bytes=1)


def given(text: str | None, question: str = "debug.repairs", source: AnswerSource = "set") -> Answers:
    return Answers(answers={question: Answer(text=text, source=source, round=0)})


@pytest.mark.parametrize("word", ["all", "apply", "no"])
def test_a_choice_is_known_by_its_name_and_in_both_languages(word: str) -> None:
    said = [word, word.upper(), *(say(lang, f"debug.choice_{word}") for lang in LANGUAGES)]
    assert {chosen(f" {text} ") for text in said} == {word}
    assert chosen("perhaps") is None


def test_an_answer_stands_for_one_change_alone() -> None:
    question = question_id(REPAIR, "+y")
    assert question.startswith("debug.closest-name.")
    assert question != question_id(REPAIR, "+z")
    assert consent(given("apply", question), question, each=False) == "apply"
    assert consent(given("apply", question), question_id(REPAIR, "+z"), each=False) is None


def test_one_answer_can_stand_for_all() -> None:
    question = question_id(REPAIR, "+y")
    assert consent(given("all"), question, each=False) == "all"
    assert consent(given("apply it and all later ones", "debug.other.0"), question, each=False) == "all"
    assert consent(given(None, question), question, each=False) == "no"


def test_where_a_person_must_confirm_each_repair_a_default_does_not_count() -> None:
    question = question_id(REPAIR, "+y")
    assert consent(given("all"), question, each=True) is None
    assert consent(given("all", question, "default"), question, each=True) is None
    assert consent(given("apply", question, "terminal"), question, each=True) == "apply"


def test_what_yes_said_for_one_run_does_not_hold_for_the_next() -> None:
    question = question_id(REPAIR, "+y")
    for stored in ("debug.repairs", "debug.other.0"):
        assert consent(given("all", stored, "default"), question, each=False) is None
        assert consent(given("all", stored, "default"), question, each=False, yes=True) == "all"
    assert consent(Answers(), question, each=False, yes=True) == "all"
    assert consent(Answers(), question, each=True, yes=True) is None
    assert consent(given("no", question), question, each=False, yes=True) == "no"


def test_a_long_change_is_shown_in_part() -> None:
    assert shortened("+a\n+b") == "+a\n+b"
    shown = shortened("\n".join(f"+{n}" for n in range(100))).splitlines()
    assert (len(shown), shown[0], shown[-1]) == (20, "+0", "... (+81)")


def test_the_question_shows_what_would_be_changed() -> None:
    guess = REPAIR.model_copy(update={"guess": True, "requirement": "speed", "again": "install"})
    shown = asked("en", "debug.x.1", guess, "+y", "It failed.", Answers())
    assert shown.is_open
    assert all(word in shown.text for word in ("x -> y", "It is y.", "(a guess)", "speed", "+y"))
    assert not asked("en", "debug.x.1", guess, "", "It failed.", given(None, "debug.x.1")).is_open


def test_answers_are_judged(tmp_path: Path) -> None:
    workspace = make(tmp_path)
    question = asked("en", "debug.x.1", REPAIR, "+y", "It failed.", Answers())
    write_text(workspace.files.baseline(Bugfix.FILE), encode(report(questions=[question]), ""))
    check_debug.run(workspace, "debug.x.1", "apply it")
    check_debug.run(workspace, "debug.repairs", "all")
    with pytest.raises(UsageError, match="none of the choices"):
        check_debug.run(workspace, "debug.x.1", "perhaps")
    with pytest.raises(UsageError, match=r"no question debug\.y"):
        check_debug.run(workspace, "debug.y", "apply")


def problem(name: str, **changes: object) -> Problem:
    found = Problem(
        signature=name, found=f"when {name}", execution=RAN, error=name, message="", log="", where=None, why="",
        state="fixed", proof=RAN,
    )  # fmt: skip
    return found.model_copy(update=changes)


def report(**changes: object) -> Bugfix:
    empty = Bugfix(
        project=Project(name="demo", title="Demo", language="en"), device="cpu", config="c", overrides=[], epoch=RAN,
        bounds=None, problems=[], checks=[], probes=[], probed=None, repaired=False, tests=[], checkpoint=None,
        measures=None,
    )  # fmt: skip
    return empty.model_copy(update=changes)


def told(new: Bugfix, old: Bugfix | None) -> list[tuple[str, str]]:
    return [(one.signature, one.state) for one in with_past(new, old).problems]


def test_a_clean_run_does_not_erase_the_history() -> None:
    assert told(report(), report(problems=[problem("A")])) == [("A", "fixed")]
    assert told(report(problems=[problem("B")]), report(problems=[problem("A")])) == [("A", "fixed"), ("B", "fixed")]
    assert told(report(problems=[problem("B")]), None) == [("B", "fixed")]


def test_what_was_open_is_told_as_it_is_now() -> None:
    waiting = report(problems=[problem("A", state="open", proof=None)])
    assert told(report(problems=[problem("A", found="later")]), waiting) == [("A", "fixed")]
    assert told(report(problems=[problem("A", found="later", state="open")]), waiting) == [("A", "open")]
    assert told(report(), waiting) == [("A", "fixed")]  # mended by hand
    failed = RAN.model_copy(update={"rc": 1})
    assert told(report(epoch=failed), waiting) == [("A", "open")]
