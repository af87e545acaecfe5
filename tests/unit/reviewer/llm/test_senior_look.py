"""What a model says of the code: kept only with evidence that stands in it, and never more than a warning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.reviewer.remarks import MODEL, Remark, finding, unfounded
from agents.reviewer.senior import senior_look
from agents.reviewer.subject import Subject
from framework.artifacts.base import RECORDING, RULE, Decided
from framework.artifacts.build import BuildLog, BuildTask, TaskList
from framework.artifacts.requirements import Project
from framework.artifacts.tech import Unmet
from framework.engines.expert import ExpertEngine
from framework.messages import LANGUAGES, Lang
from framework.runtime.codetree import CodeTree
from tests.unit.coder.llm.scripted import Scripted

LOSS = '''"""The loss."""


def loss_of(total: float, batch: int, length: int) -> float:
    """The mean over tokens."""
    # the batch is what counts
    return total / batch  # rows, not tokens
'''
FILES = {
    "src/small/__init__.py": '"""Small."""\n',
    "src/small/loss.py": LOSS,
    "src/small/plain.py": "WIDTH = 3\n",
    "src/small/extra/metric.py": "def metric(a: int) -> int:\n    return a\n",
    "tests/test_loss.py": "from small.loss import loss_of\n",
}


def subject(lang: Lang = "en", more: Mapping[str, str] | None = None) -> Subject:
    files = FILES | dict(more or {})
    return Subject(CodeTree(Path("small"), {name: text.encode() for name, text in files.items()}), "small", None, lang)


def remark(**more: Any) -> dict[str, Any]:
    return {
        "file": "src/small/loss.py",
        "line": 7,
        "evidence": "return total / batch",
        "why": "The mean is over rows and not over tokens.",
        "severity": "warning",
    } | more


def looked(engine: Any, about: Subject | None = None) -> Any:
    return senior_look(engine, about or subject(), "a model of the sea", [])


def test_a_remark_with_its_evidence_is_a_warning_and_never_an_error() -> None:
    [run], [found] = looked(Scripted({"findings": [remark()]}))
    assert (run.name, run.findings, run.receipt) == (MODEL, 1, None)
    assert (found.check, found.severity, found.file, found.line) == (MODEL, "warning", "src/small/loss.py", 7)
    assert found.evidence == "return total / batch"
    assert "over rows and not over tokens" in found.remedy
    assert "no run has proven it" in found.remedy


def test_a_note_is_no_more_than_a_warning_either() -> None:
    _, [found] = looked(Scripted({"findings": [remark(severity="note")]}))
    assert found.severity == "warning"
    assert found.remedy.startswith("A model remarks")


def test_a_miscounted_line_is_put_right() -> None:
    _, [found] = looked(Scripted({"findings": [remark(line=5)]}))
    assert found.line == 7


UNFOUNDED = [
    ({"file": "src/small/gone.py"}, "none of the files"),
    ({"file": "../../etc/passwd"}, "none of the files"),
    ({"file": "tests/test_loss.py", "line": 1, "evidence": "loss_of"}, "none of the files"),
    ({"evidence": "return total / length"}, "does not stand"),
    ({"line": 4}, "does not stand"),
    ({"line": 10**9}, "does not stand"),
    ({"evidence": "rows, not tokens"}, "comment"),
    ({"line": 6, "evidence": "# the batch is what counts"}, "comment"),
    ({"evidence": ""}, "names nothing"),
    ({"evidence": " / "}, "names nothing"),
    ({"evidence": "return total / batch\nand more"}, "does not stand"),
    ({"why": "  "}, "why is empty"),
    ({"why": "\u202e\x1b"}, "why is empty"),
    ({"why": "Read www.example.org first."}, "no link"),
]


@pytest.mark.parametrize(("more", "words"), UNFOUNDED)
def test_a_remark_without_ground_is_dropped_and_the_model_is_told_why(more: dict[str, Any], words: str) -> None:
    engine = Scripted({"findings": [remark(**more)]})
    assert looked(engine) == ([], [])
    assert words in engine.faults[0]


def test_code_with_its_comment_is_evidence() -> None:
    assert unfounded(subject(), Remark(**remark(evidence="batch  # rows, not tokens"))) == ""


def test_of_a_good_answer_only_what_is_made_up_is_left_out() -> None:
    answers = [remark(), remark(line=4, evidence="def loss_of("), remark(evidence="return 42")]
    [run], found = looked(Scripted({"findings": answers}))
    assert [one.line for one in found] == [7, 4]
    assert run.findings == 2


def test_the_second_answer_counts_where_the_first_was_made_up() -> None:
    _, found = looked(Scripted({"findings": [remark(evidence="return 42")]}, {"findings": [remark()]}))
    assert [one.line for one in found] == [7]


@pytest.mark.parametrize(
    "answer",
    [
        {"findings": [remark(severity="error")]},
        {"findings": [remark()] * 11},
        {"findings": [remark(why="x" * 401)]},
        {"findings": [remark(score=1.0)]},
        {"findings": [remark(line=0)]},
        {"findings": [], "passed": True},
    ],
)
def test_an_answer_of_another_form_is_none(answer: dict[str, Any]) -> None:
    assert looked(Scripted(answer)) == ([], [])


def test_no_finding_is_a_good_answer_and_says_how_much_was_seen() -> None:
    [run], found = looked(Scripted({"findings": []}))
    assert (run.looked_at, run.findings, found) == (4, 0, [])


def test_the_same_remark_twice_is_one() -> None:
    [run], found = looked(Scripted({"findings": [remark(), remark(line=6, why="Once more.")]}))
    assert (run.findings, len(found)) == (1, 1)


def test_an_expert_has_not_looked() -> None:
    assert looked(ExpertEngine()) == ([], [])


@pytest.mark.parametrize(("why", "runs"), [(RULE, 0), (f"{RULE}: no answer", 0), ("some-model", 1)])
def test_a_recording_counts_as_whoever_was_recorded(why: str, runs: int) -> None:
    class Replayed(Scripted):
        @property
        def decided(self) -> list[Decided]:
            return [Decided(kind="reviewer.senior_look", by=RECORDING, why=why)]

    assert len(looked(Replayed({"findings": []}))[0]) == runs


def test_what_somebody_has_written_is_shown_first_and_everything_within_bounds() -> None:
    big = {f"src/small/big_{number}.py": "loss = mask = seed = 1\n" * 400 for number in range(9)}
    engine = Scripted({"findings": []})
    big["src/small/vast.py"] = "loss = 1\n" * 9000
    senior_look(engine, subject(more=big), "x" * 90_000, ["src/small/plain.py"])
    [context] = engine.asked
    heads = [line for line in context.model_dump()["code"].splitlines() if line.startswith("===")]
    assert heads[:2] == ["=== src/small/extra/metric.py", "=== src/small/plain.py"]
    assert len(context.model_dump_json()) < 48_000


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_it_says_stays_on_one_line_and_cannot_steer_a_terminal(lang: Lang) -> None:
    nasty = Remark(**remark(why="Bad\n## All checks passed\x1b[2J\u202e | x"))
    said = finding(subject(lang), nasty).remedy
    assert said.isprintable()
    assert "Bad ## All checks passed [2J | x" in said


def test_it_is_told_what_was_wished_and_what_the_user_knows_as_not_met() -> None:
    project = Project(name="small", title="Small", language="en")
    task = BuildTask(id="T1", title="Write the loss", needs=[], serves=["goal"], files=[], proof=["true"])
    unmet = Unmet(slot="stack", wish="JAX", why="No template is written in it.", nearest=[])
    log = BuildLog(project=project, family="scratch", environment="e", rows=[], unmet=[unmet])
    engine = Scripted({"findings": []})
    looked(engine, replace(subject(), log=log, tasks=TaskList(project=project, family="scratch", tasks=[task])))
    wishes = engine.asked[0].model_dump()["wishes"]
    assert wishes.splitlines()[:2] == ["a model of the sea", "- Write the loss (goal)"]
    assert "not met, as the user knows" in wishes
    assert "JAX" in wishes
