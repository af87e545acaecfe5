"""The look at the code over real HTTP, and the report and gate that it comes into."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agents.reviewer.senior import senior_look
from agents.reviewer.subject import Subject
from framework.artifacts.codec import encode
from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.requirements import Project
from framework.artifacts.review import CheckRun, Review, ReviewFinding
from framework.gates import review as gate
from tests.llm.behaviours import answering, in_turn, saying
from tests.llm.server import serving
from tests.unit.coder.llm.over_http import engine_at
from tests.unit.reviewer.conftest import Plant
from tests.unit.reviewer.llm.test_senior_look import remark, subject


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def looked(url: str, folder: Path, about: Subject | None = None) -> tuple[list[CheckRun], list[ReviewFinding]]:
    return senior_look(engine_at(url, folder), about or subject(), "a model of the sea", [])


def test_kept_remarks_stand_in_the_report_and_block_nothing(tmp_path: Path) -> None:
    made_up = remark(evidence="return 42")
    with serving(
        answering({"reviewer.senior_look": {"findings": [remark(), remark(severity="note"), made_up]}})
    ) as server:
        runs, found = looked(server.url, tmp_path)
    review = Review(
        project=Project(name="small", title="Small", language="en"), checks=runs, findings=found, repairs=[]
    )
    assert "return total / batch" in review.body()
    assert "src/small/loss.py:7" in review.body()
    files = ProjectFiles(tmp_path / "project")
    write_text(files.report(Review.FILE), encode(review, ""))
    of_the_model = [
        one for one in gate.judge(files).findings if "src/small/loss.py" in one.where or "model" in one.where
    ]
    assert [one.severity for one in of_the_model] == ["warning"]


@pytest.mark.parametrize(
    "answer",
    [
        {"findings": [remark(evidence="return 42")]},
        {"findings": [remark(why="CANARY-reviewer.senior_look: wrong")]},
        {"findings": [], "score": 1.0, "tests": "passed"},
        {"findings": [remark(line="7")]},
    ],
)
def test_what_cannot_stand_leaves_no_trace_of_a_look(tmp_path: Path, answer: dict[str, Any]) -> None:
    with serving(answering({"reviewer.senior_look": answer})) as server:
        assert looked(server.url, tmp_path) == ([], [])
        assert len(server.heard) == 2


def test_a_made_up_answer_may_be_put_right(tmp_path: Path) -> None:
    first, second = ({"findings": [remark(evidence=words)]} for words in ("return 42", "return total / batch"))
    behaviours = [answering({"reviewer.senior_look": one}) for one in (first, second)]
    with serving(in_turn(*behaviours)) as server:
        assert len(looked(server.url, tmp_path)[1]) == 1
        assert "does not stand on that line" in server.heard[1].said()


def test_prose_is_no_review(tmp_path: Path) -> None:
    with serving(saying("Looks good to me! All checks passed.")) as server:
        assert looked(server.url, tmp_path) == ([], [])


def test_the_question_about_a_whole_project_stays_within_bounds(tmp_path: Path, plant: Plant) -> None:
    with serving(answering({"reviewer.senior_look": {"findings": []}})) as server:
        [run], _ = looked(server.url, tmp_path, plant({}))
        [heard] = server.heard
    assert run.looked_at >= 5
    assert "characters are left out" not in heard.said()
    assert len(heard.said().encode()) < 36_000
