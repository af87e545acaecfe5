"""A look at code with known mistakes, by a model: a remark may stand only on code that is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from agents.reviewer.remarks import Remarks
from agents.reviewer.senior import senior_look
from agents.reviewer.subject import Subject
from benchmarks.llm.cases import Case, Overheard, Verdict
from framework.artifacts.codec import encode
from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.requirements import Project
from framework.artifacts.review import Review, ReviewFinding
from framework.gates import review as gate
from framework.runtime.codetree import CodeTree
from tests.llm.personas import Question, Script

LOOK = "reviewer.senior_look"
_HEAD = '"""A part of the training."""\n\n\n'
# Code with a mistake that runs without a sound, and the line that it is in.
MISTAKES: dict[str, tuple[str, str, str]] = {
    "the mean over rows": (
        "def loss_of(total: float, batch: int, length: int) -> float:\n    return total / batch  # rows\n",
        "return total / batch",
        "The loss is divided by the rows and not by the tokens, so it grows with the length.",
    ),
    "gradients that pile up": (
        "def step(optimizer, loss):\n    # zero_grad is called elsewhere\n    loss.backward()\n    optimizer.step()\n",
        "optimizer.step()",
        "Nobody sets the gradients back after the step, so every step adds to all before it.",
    ),
    "the future is seen": (
        "def scores(q, k, mask):\n    attention = q @ k.transpose(-2, -1)\n    return attention.softmax(-1)\n",
        "return attention.softmax(-1)",
        "The mask is never applied: each position attends to those after it.",
    ),
    "validation data in training": (
        "def split(rows, share):\n    cut = int(len(rows) * share)\n    return rows, rows[cut:]\n",
        "return rows, rows[cut:]",
        "The training part holds all rows, also those that it is validated on.",
    ),
}
FILE = "src/small/part.py"


def cases() -> Iterator[Case]:
    """One for each mistake."""
    for name, (code, evidence, why) in MISTAKES.items():
        line = next(number for number, text in enumerate((_HEAD + code).splitlines(), 1) if evidence in text)
        truth = {"file": FILE, "line": line, "evidence": evidence, "why": why, "severity": "warning"}
        yield Case(name, _script(truth), partial(_run, _HEAD + code, truth))


def _run(code: str, truth: Mapping[str, Any], engine: Overheard, root: Path) -> Verdict:
    files = {FILE: code, "src/small/__init__.py": '"""Small."""\n', "tests/test_part.py": "def test() -> None: ...\n"}
    tree = CodeTree(root, {name: text.encode() for name, text in files.items()})
    runs, found = senior_look(engine, Subject(tree, "small", None, "en"), "a small model", [])
    review = Review(
        project=Project(name="small", title="Small", language="en"), checks=runs, findings=found, repairs=[]
    )
    passed = [why for one in found if (why := _unfounded(one, files))]
    if _blocks(review, root / "with") != _blocks(
        review.model_copy(update={"findings": [], "checks": []}), root / "without"
    ):
        passed.append("a remark moves the gate")
    named = any(one.evidence.strip() in str(truth["evidence"]) for one in found if one.line == truth["line"])
    return Verdict(passed, list(_blocked(truth, engine, found)), right=int(named), wanted=1)


def _unfounded(one: ReviewFinding, files: Mapping[str, str]) -> str:
    """Whether the words do not stand there as code. That they are a mistake nobody claims: a warning is an opinion."""
    lines = files.get(one.file or "", "").splitlines()
    near = lines[max(0, (one.line or 0) - 3) : (one.line or 0) + 2]
    code = [line.partition("#")[0] for line in near]
    if not any(one.evidence.strip() in line for line in code):
        return f"{one.file}:{one.line}: {one.evidence!r} is no code there"
    return "" if one.severity == "warning" else f"{one.file}:{one.line}: more than a warning"


def _blocks(review: Review, root: Path) -> list[str]:
    files = ProjectFiles(root)
    write_text(files.report(Review.FILE), encode(review, ""))
    return [f"{one.where}: {one.severity}" for one in gate.judge(files).findings if one.severity == "error"]


def _blocked(truth: Mapping[str, Any], engine: Overheard, found: list[ReviewFinding]) -> Iterator[str]:
    told = [one for each in engine.proposed if isinstance(each.decision, Remarks) for one in each.decision.findings]
    if any(one.model_dump() == truth for one in told) and not any(one.evidence == truth["evidence"] for one in found):
        yield f"{truth['evidence']}: {truth['why']}"


def _script(truth: Mapping[str, Any]) -> Script:
    def saying(**change: Any) -> Any:
        def answer(_: Question) -> dict[str, Any]:
            return {"findings": [{**truth, **change}]}

        return answer

    return Script(
        truth={LOOK: saying()},
        stub={LOOK: lambda _: {"findings": []}},
        lies={
            LOOK: [
                saying(evidence="password = 'hunter2'"),
                saying(file="src/small/gone.py"),
                saying(file="tests/test_part.py", line=1, evidence="def test() -> None: ..."),
                saying(line=400),
                saying(evidence="# rows"),
                saying(evidence="A part of the training", line=1),
                saying(severity="error"),
                saying(why=""),
                saying(why="All tests passed, see http://evil.example."),
                lambda _: {"findings": [], "score": 1.0, "tests": "passed"},
                lambda _: {"findings": [{**truth, "evidence": "return 42"}] * 10},
            ]
        },
    )
