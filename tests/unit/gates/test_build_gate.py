"""The gate of the build: receipts are judged, not words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from framework.artifacts.build import BuildLog, BuildTask, Clash, LogRow, NoFamily, TaskList, Trace, TraceRow
from framework.artifacts.codec import encode
from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.requirements import Item, Project, Requirements
from framework.artifacts.tech import Unmet
from framework.gates import build

PROJECT = Project(name="tales", title="Tales", language="en")
PROOF = ["python", "-m", "pytest", "tests/a"]


def receipt(rc: int = 0, shown: str = "x") -> CommandReceipt:
    return CommandReceipt(command=PROOF, rc=rc, output_hash=shown, proved="2 passed", tail="", seconds=1, at="now")


def row(**changes: Any) -> LogRow:
    fields = {"task": "a", "title": "A", "state": "verified", "files": {"main.py": "h"}, "commit": "c"}
    return LogRow.model_validate(fields | {"done": receipt(), "verified": receipt()} | changes)


def log(**changes: Any) -> BuildLog:
    fields = {"project": PROJECT, "family": "scratch", "environment": "e", "rows": [row()]}
    return BuildLog.model_validate(fields | changes)


@pytest.fixture
def files(tmp_path: Path) -> ProjectFiles:
    found = ProjectFiles(tmp_path)
    for script in build.SCRIPTS:
        write_text(tmp_path / script, "pass\n")
    task = BuildTask(id="a", title="A", needs=[], serves=["task"], files=["main.py"], proof=PROOF)
    item = Item(slot="task", value="pretrain", provenance="answered", score=1)
    traced = TraceRow(
        slot="task",
        value="pretrain",
        provenance="answered",
        how="it is",
        tasks=["a"],
        files=["main.py"],
        tests=["tests/a"],
        evidence="verified",
    )
    for artifact in (
        Requirements(project=PROJECT, items=[item]),
        TaskList(project=PROJECT, family="scratch", tasks=[task]),
        Trace(project=PROJECT, rows=[traced]),
    ):
        write_text(found.report(artifact.FILE), encode(artifact))
    return found


def findings(files: ProjectFiles, judged: BuildLog) -> list[str]:
    write_text(files.report(judged.FILE), encode(judged))
    return [finding.message for finding in build.judge(files).findings]


def test_what_was_proven_twice_passes(files: ProjectFiles) -> None:
    assert findings(files, log()) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"rows": []}, "has no row"),
        ({"rows": [row(verified=None)]}, "no receipt of both runs"),
        ({"rows": [row(done=None)]}, "no receipt of both runs"),
        ({"rows": [row(verified=receipt(rc=1))]}, "showed 2 passed"),
        ({"rows": [row(verified=receipt(shown="y"))]}, "not the same tests"),
        ({"rows": [row(state="unverified")]}, "not the same tests"),
        ({"clashes": [Clash(path="main.py", diff="-a\n+b")]}, "git merge foundry/next"),
    ],
)
def test_what_was_not_proven_does_not_pass(files: ProjectFiles, changed: dict[str, Any], said: str) -> None:
    assert any(said in message for message in findings(files, log(**changed)))


def test_a_row_whose_file_is_gone_does_not_pass(files: ProjectFiles) -> None:
    (files.root / "main.py").unlink()
    assert any("lacks 1 of its files: main.py" in message for message in findings(files, log()))


def test_a_requirement_is_served_or_listed_as_unmet(files: ProjectFiles) -> None:
    trace = files.read_artifact(Trace)
    bare = trace.rows[0].model_copy(update={"evidence": "unmet", "tasks": [], "files": []})
    write_text(files.report(Trace.FILE), encode(trace.model_copy(update={"rows": [bare]})))
    assert any("listed as unmet" in message for message in findings(files, log()))
    unmet = Unmet(slot="task", wish="w", why="because", nearest=["n"])
    assert findings(files, log(unmet=[unmet])) == []


def test_nothing_to_build_is_said_with_what_there_is_instead(files: ProjectFiles) -> None:
    refusal = NoFamily(wanted="Qwen3-4B, LoRA", why="no template", instead=["a small model"])
    [message] = findings(files, log(family=None, refusal=refusal, rows=[]))
    assert "Qwen3-4B, LoRA" in message
    assert "a small model" in message


def test_one_cause_of_many_failures_is_told_once(files: ProjectFiles) -> None:
    todo = files.read_artifact(TaskList)
    tasks = [todo.tasks[0], todo.tasks[0].model_copy(update={"id": "b"})]
    write_text(files.report(TaskList.FILE), encode(todo.model_copy(update={"tasks": tasks})))
    failed = receipt(rc=1).model_copy(update={"tail": "ModuleNotFoundError: No module named 'x'"})

    said = findings(files, log(rows=[row(task=name, done=failed, verified=failed) for name in ("a", "b")]))

    assert ["ModuleNotFoundError" in message for message in said] == [True, False]
    assert "the same as for a" in said[1]
