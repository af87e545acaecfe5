"""Several stages may ask, each hears its own answers; code that a hand has changed is tried before it is reviewed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import pytest
from pydantic import Field

from framework.artifacts.base import Artifact, Proof, Question
from framework.artifacts.codec import encode
from framework.artifacts.files import ProjectFiles, read_text, write_text
from framework.artifacts.ledger import Ledger
from framework.artifacts.records import Finding, RunRecord, Settings, Verdict
from framework.cli.console import Console
from framework.cli.journey import Journey
from framework.engines.base import Engine
from framework.errors import UsageError
from framework.messages import Lang
from framework.runtime.history import begin
from framework.runtime.workspace import Workspace
from framework.workflow.freshness import standings
from framework.workflow.project import Project
from framework.workflow.table import Stage
from framework.workflow.verification import judge_again

CODE = "src/model.py"


class Report(Artifact):
    heard: str = ""
    asked: list[Question] = Field(default_factory=list)

    @property
    def language(self) -> Lang:
        return "en"

    def body(self) -> str:
        return f"# {self.heard}"

    def open_questions(self) -> list[Question]:
        return [question for question in self.asked if question.is_open]


class Colour(Report):
    FILE: ClassVar[str] = "colour.md"


class Judged(Proof, Report):
    FILE: ClassVar[str] = "judged.md"


class Boxed(Report):
    FILE: ClassVar[str] = "boxed.md"


class Mended(Report):
    FILE: ClassVar[str] = "mended.md"


def asking(question: str, *, for_a_person: bool = False) -> Question:
    return Question(
        id=question,
        slot=question,
        text="?",
        why="!",
        choices=["yes", "no"],
        default="yes",
        score=0,
        for_a_person=for_a_person,
    )


def colour(workspace: Workspace, engine: Engine) -> None:
    answer = workspace.answers.answers.get("slot")
    workspace.write(Colour(heard=answer.text or "" if answer else "", asked=[] if answer else [asking("slot")]))


def judged(workspace: Workspace, engine: Engine) -> None:
    workspace.write(Judged(heard=workspace.code().texts[CODE]))


def mended(workspace: Workspace, engine: Engine) -> None:
    """Repairs `broken` if it may; what it cannot repair is `hopeless`."""
    tree = workspace.code()
    answer = workspace.answers.answers.get("mend.repair")
    if "broken" in tree.texts[CODE] and answer is None:
        workspace.write(Mended(asked=[asking("mend.repair", for_a_person="personally" in tree.texts[CODE])]))
        return
    workspace.put({CODE: tree.texts[CODE].replace("broken", "whole")}, "mended", over=tree)
    workspace.write(Mended(heard=workspace.code().texts[CODE]))


def fine(files: ProjectFiles) -> Verdict:
    return Verdict()


def sound(kind: type[Report], *bad: str) -> object:
    def judge(files: ProjectFiles) -> Verdict:
        heard = files.read_artifact(kind).heard
        found = [Finding(severity="error", where=CODE, message=word) for word in bad if word in heard]
        return Verdict(findings=found)

    return judge


def check(workspace: Workspace, question: str, text: str) -> None:
    if text not in ("yes", "no", "red", "blue"):
        raise UsageError(f"{question}: {text} is no answer.", hint="yes")


def whether_built(files: ProjectFiles) -> str:
    return "there" if (files.state / "built").exists() else "gone"


STAGES = (
    Stage("colour", ("planner.colour",), (), Colour, fine, check_answer="planner.check"),
    Stage("judge", ("planner.judged",), (), Judged, sound(Judged, "broken", "hopeless"), code="reads"),  # type: ignore[arg-type]
    Stage(
        "mend",
        ("planner.mended",),
        (),
        Mended,
        sound(Mended, "hopeless"),  # type: ignore[arg-type]
        check_answer="planner.check",
        code="reads",
        mends=True,
        product=whether_built,
    ),
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project of three small stages, all of which have passed."""
    for skill in (colour, judged, mended):
        _skill(monkeypatch, skill.__name__, skill)
    _skill(monkeypatch, "check", check)
    monkeypatch.setattr("framework.workflow.machine.load_role", lambda name: _role())
    monkeypatch.setattr("framework.workflow.project.load_role", lambda name: _role())
    files = ProjectFiles(tmp_path)
    files.write_run(RunRecord(name="demo", lang="en", request="x", settings=Settings(), created_at="now"))
    begin(files)
    write_text(tmp_path / CODE, "whole = 1\n")
    made = Project(files, STAGES)
    made.answer({"slot": ("red", "terminal")})
    assert made.advance().kind == "done"
    return made


def _role() -> object:
    from framework.runtime.workspace import Role

    return Role(role="planner", duty="", reads=["*"], writes=["*"], runs=[], specs=[])


def _skill(monkeypatch: pytest.MonkeyPatch, name: str, run: object) -> None:
    module = ModuleType(f"agents.planner.{name}")
    module.run = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, f"agents.planner.{name}", module)


def states(project: Project) -> dict[str, str]:
    return {one.stage.name: one.state for one in standings(STAGES, project.files, Ledger(project.files))}


def test_an_answer_to_a_later_stage_leaves_the_first_one_fresh(project: Project) -> None:
    project.answer({"mend.repair": ("no", "set")})
    assert states(project) == {"colour": "fresh", "judge": "fresh", "mend": "stale"}


def test_an_answer_is_judged_by_the_stage_it_is_for(project: Project) -> None:
    with pytest.raises(UsageError, match="perhaps is no answer"):
        project.answer({"mend.repair": ("perhaps", "set")})


@pytest.mark.parametrize(("code", "ends_with"), [("broken = 1\n", 0), ("broken = 'personally'\n", 3)])
def test_consent_to_everything_answers_no_question_that_is_for_a_person(
    project: Project, code: str, ends_with: int, capsys: pytest.CaptureFixture[str]
) -> None:
    write_text(project.files.root / CODE, code)

    assert Journey(Console("en", as_json=True), project, project.files.root.parent, yes=True).run({}) == ends_with

    assert ("mend.repair" in project.files.read_answers().answers) is (ends_with == 0)
    assert (project.files.root / CODE).read_text(encoding="utf-8") == (code if ends_with else "whole = 1\n")
    assert json.loads(capsys.readouterr().out)


def test_what_a_stage_has_made_in_the_world_must_stay(project: Project) -> None:
    (project.files.state / "built").touch()
    assert states(project) == {"colour": "fresh", "judge": "fresh", "mend": "stale"}


def test_an_edited_proof_does_not_verify(project: Project) -> None:
    assert all(verdict.passed for _, verdict in judge_again(project.files, STAGES))
    better = project.files.read_artifact(Judged).model_copy(update={"heard": "better"})
    write_text(project.files.report(Judged.FILE), encode(better, ""))

    verdicts = dict(judge_again(project.files, STAGES))

    assert [name for name, verdict in verdicts.items() if not verdict.passed] == ["judge"]


@pytest.mark.parametrize("lost", [True, False])
def test_no_proof_verifies_that_the_ledger_does_not_know(project: Project, lost: bool) -> None:
    better = encode(project.files.read_artifact(Judged).model_copy(update={"heard": "better"}), "")
    write_text(project.files.ledger if lost else project.files.report(Judged.FILE), "" if lost else better)
    write_text(project.files.baseline(Judged.FILE), read_text(project.files.report(Judged.FILE)))
    assert [name for name, verdict in judge_again(project.files, STAGES) if not verdict.passed] == ["judge"]


def test_what_is_gone_from_the_world_does_not_verify(project: Project) -> None:
    (project.files.state / "built").touch()
    assert [name for name, verdict in judge_again(project.files, STAGES) if not verdict.passed] == ["mend"]


def test_a_broken_edit_is_tried_and_mended_before_it_is_judged(project: Project) -> None:
    write_text(project.files.root / CODE, "broken = 1\n")

    outcome = project.advance()
    assert (outcome.kind, outcome.stage) == ("waiting", "mend")
    project.answer({"mend.repair": ("yes", "terminal")})

    assert project.advance().kind == "done"
    assert read_text(project.files.root / CODE) == "whole = 1\n"
    assert set(states(project).values()) == {"fresh"}


def test_where_the_trial_fails_that_is_what_the_user_hears_and_then_the_review(project: Project) -> None:
    write_text(project.files.root / CODE, "hopeless = 1\n")

    assert (first := project.advance()).kind == "failed"
    assert first.stage == "mend"
    assert (second := project.advance()).kind == "failed"
    assert second.stage == "judge"

    write_text(project.files.root / CODE, "fine = 1\n")
    assert project.advance().kind == "done"


def test_every_stage_runs_once_after_an_edit_though_a_later_one_writes_code(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []

    def boxed(workspace: Workspace, engine: Engine) -> None:
        runs.append("box")
        workspace.put({"README.md": f"{workspace.code().texts[CODE]} {len(runs)}"}, "box")
        workspace.write(Boxed(heard="packed"))

    _skill(monkeypatch, "boxed", boxed)
    whole = Project(project.files, (*STAGES, Stage("box", ("planner.boxed",), (Mended,), Boxed, fine, code="makes")))
    assert whole.advance().kind == "done"
    write_text(project.files.root / CODE, "fine = 1\n")

    told: list[str] = []
    outcome = whole.advance(lambda event: told.append(event.stage) if event.kind == "stage_started" else None)

    assert outcome.kind == "done"
    assert told == ["mend", "judge", "box"]
    assert set(states(whole).values()) == {"fresh"}


def test_what_is_left_out_is_not_run_where_something_before_it_was_made_again(project: Project) -> None:
    boxed = Stage("box", ("planner.judged",), (), Boxed, fine, needs_docker=True)
    asked = Project(project.files, (*STAGES, boxed))
    asked.configure(docker=False)
    write_text(project.files.root / CODE, "fine = 1\n")

    assert asked.advance().kind == "done"

    assert not project.files.report(Boxed.FILE).exists()


def test_a_run_that_ends_before_the_mending_stage_only_judges(project: Project) -> None:
    write_text(project.files.root / CODE, "broken = 1\n")

    outcome = project.advance(until="judge")

    assert (outcome.kind, outcome.stage) == ("failed", "judge")


def test_what_needs_docker_is_left_out_on_demand_and_comes_back(project: Project) -> None:
    boxed = Stage("box", ("planner.judged",), (), Boxed, fine, needs_docker=True)
    asked = Project(project.files, (*STAGES, boxed))
    assert asked.advance(until="mend").kind == "done"

    asked.configure(docker=False)
    assert asked.advance().kind == "done"
    left_out = standings(asked._stages, project.files, Ledger(project.files))[-1].state
    asked.configure(docker=True)

    assert left_out == "not_applicable"
    assert not project.files.report(Boxed.FILE).exists()
    assert standings(asked._stages, project.files, Ledger(project.files))[-1].state == "pending"
